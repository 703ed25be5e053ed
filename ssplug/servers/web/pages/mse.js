// Live video at low latency: MP4 that the server pushes over a WebSocket, played by Media Source Extensions.
//
//   const stop = playMSE(video, "mse?cameraNum=0", { onstate: (state, text) => ... });
//   stop();
//
// States: "connecting", "playing", "offline" (the camera is; it goes on by itself), and "failed", after
// which nothing more happens: this browser, this camera or this network does not do it, and the
// caller shows the video in another way. Nothing is thrown.

const BEHIND_LIMIT = 0.6; // seconds behind what has come, at which the video jumps
const BEHIND_WANTED = 0.15; // seconds; as much as keeps it from stopping
const BEHIND_SLOW = 0.3; // seconds, at which it is played faster
const FASTER = 1.08;
const KEPT = 20; // seconds of the past
const QUEUE_LIMIT = 500; // messages that may wait until the browser has taken those before
const FIRST_PAUSE = 1000; // milliseconds
const LONGEST_PAUSE = 30_000;
const ATTEMPTS = 2; // without ever having been connected: then a proxy or a refusal is in the way
const REPAIRS = 3; // of what the browser could not decode, before it is given up

export function playMSE(video, url, { onstate = () => {} } = {}) {
  const player = new Player(video, url, onstate);
  player.connect();
  return () => player.end();
}

class Player {
  constructor(video, url, onstate) {
    this.video = video;
    this.url = new URL(url, document.baseURI);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.onstate = onstate;
    this.state = "";
    this.attempts = 0;
    this.repairs = 0;
    this.pause = FIRST_PAUSE;
    this.source = null;
    this.onerror = () => this.repair(video.error?.message ?? "the video cannot be decoded");
    video.addEventListener("error", this.onerror);
  }

  is(state, text = "") {
    if (this.state === "ended" || (state === this.state && !text)) return;
    this.state = state;
    this.onstate(state, text);
  }

  fail(text) {
    this.is("failed", text);
    this.end();
  }

  end() {
    this.state = "ended";
    clearTimeout(this.timer);
    this.video.removeEventListener("error", this.onerror);
    this.socket?.close();
    this.detach();
  }

  // -- the connection ----------------------------------------------------------------------------

  connect() {
    if (!mediaSource()) return this.fail("this browser has no Media Source Extensions");
    this.is("connecting");
    this.attempts += 1;
    const socket = (this.socket = new WebSocket(this.url));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.attempts = 0; };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket || this.state === "ended") return;
      if (typeof data === "string") this.hear(JSON.parse(data));
      else this.put(data);
    };
    socket.onclose = () => { if (socket === this.socket) this.closed(); };
  }

  closed() {
    if (this.state === "ended") return;
    if (this.attempts >= ATTEMPTS) return this.fail("no WebSocket to the server");
    this.is("connecting", "the connection was lost");
    this.timer = setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  hear(message) {
    if (message.type === "offline") this.is("offline", message.reason);
    if (message.type !== "codecs") return;
    if (!mediaSource().isTypeSupported(message.mimeType)) return this.fail(`not played here: ${message.mimeType}`);
    this.begin(message.mimeType);
  }

  // -- the media ---------------------------------------------------------------------------------

  begin(mimeType) {
    if (this.source === null) this.attach();
    this.queue.push({ mimeType });
    this.pump();
  }

  put(data) {
    if (this.source === null) return;
    this.queue.push({ data });
    // A page that is hidden or a browser that is busy: begin again rather than wait ever longer.
    if (this.queue.length > QUEUE_LIMIT) this.repair("the browser does not keep up");
    else this.pump();
  }

  attach() {
    this.queue = [];
    this.buffer = null;
    const source = (this.source = new (mediaSource())());
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      URL.revokeObjectURL(this.address);
      this.pump();
    });
    this.video.disableRemotePlayback = true; // what ManagedMediaSource asks for
    this.address = URL.createObjectURL(source);
    this.video.src = this.address;
    this.playing = () => this.is("playing");
    this.video.addEventListener("playing", this.playing);
    this.video.addEventListener("timeupdate", this.keepUp);
  }

  detach() {
    if (this.source === null) return;
    this.video.removeEventListener("playing", this.playing);
    this.video.removeEventListener("timeupdate", this.keepUp);
    this.source = null;
    this.buffer = null;
    this.video.removeAttribute("src");
    this.video.load();
  }

  pump() {
    const source = this.source;
    if (source === null || source.readyState !== "open" || this.buffer?.updating || !this.queue.length) return;
    try {
      if ("mimeType" in this.queue[0]) this.change(this.queue.shift().mimeType);
      else this.append();
    } catch (error) {
      if (error.name === "QuotaExceededError" && this.forget(2)) return;
      this.repair(error.message);
      return;
    }
    if (!this.buffer.updating) this.pump();
  }

  change(mimeType) {
    if (this.buffer !== null) return this.buffer.changeType(mimeType);
    this.source.duration = Infinity;
    this.buffer = this.source.addSourceBuffer(mimeType);
    this.buffer.addEventListener("updateend", () => {
      if (this.source === null) return;
      this.keepUp();
      this.pump();
    });
  }

  append() {
    const end = this.queue.findIndex((item) => "mimeType" in item);
    const taken = this.queue.slice(0, end < 0 ? undefined : end);
    this.buffer.appendBuffer(joined(taken.map((item) => item.data)));
    this.queue.splice(0, taken.length);
  }

  // Stay with what has just come: a little behind it, so that the video does not stop.
  keepUp = () => {
    const { video } = this;
    const ranges = video.buffered;
    if (!ranges.length || this.buffer === null) return;
    const begin = ranges.start(ranges.length - 1);
    const end = ranges.end(ranges.length - 1);
    const behind = end - video.currentTime;
    if (behind > BEHIND_LIMIT || video.currentTime < begin || behind < -BEHIND_LIMIT) {
      video.currentTime = Math.max(begin, end - BEHIND_WANTED);
    }
    video.playbackRate = behind > BEHIND_SLOW ? FASTER : 1;
    if (video.paused && !this.starting) this.start();
    if (video.currentTime - ranges.start(0) > 2 * KEPT) this.forget(KEPT);
  };

  start() {
    this.starting = true;
    this.video.play().catch(() => {}).finally(() => { this.starting = false; });
  }

  forget(seconds) {
    const until = this.video.currentTime - seconds;
    if (this.buffer.updating || !this.video.buffered.length || until <= this.video.buffered.start(0)) return false;
    this.buffer.remove(0, until);
    return true;
  }

  // What cannot be decoded, or came too fast: begin anew with the next connection.
  repair(text) {
    if (this.state === "ended" || this.source === null) return;
    this.repairs += 1;
    if (this.repairs > REPAIRS) return this.fail(text);
    this.detach();
    this.is("connecting", text);
    const socket = this.socket;
    this.socket = null;
    socket.close();
    this.timer = setTimeout(() => this.connect(), this.pause);
  }
}

function mediaSource() {
  return globalThis.MediaSource ?? globalThis.ManagedMediaSource;
}

function joined(buffers) {
  if (buffers.length === 1) return buffers[0];
  const all = new Uint8Array(buffers.reduce((size, buffer) => size + buffer.byteLength, 0));
  let at = 0;
  for (const buffer of buffers) {
    all.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return all;
}
