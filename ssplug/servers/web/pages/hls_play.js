// HTTP Live Streaming: by hls.js, which plays it at low latency, or else by the browser itself.
//
//   const stop = playHLS(video, "hls?cameraNum=0", { onstate: (state, text) => ... });
//   stop();
//
// States: "connecting", "playing", and "failed", after which nothing more happens. Nothing is thrown.
// `native: true` leaves it to the browser in any case.

const HLS_TYPE = "application/vnd.apple.mpegurl";
const FIRST_PAUSE = 2000; // milliseconds
const LONGEST_PAUSE = 30_000;
const ATTEMPTS = 2; // without ever having played
const BEHIND_LIMIT = 6; // seconds behind live, at which the video jumps
const STALL = 10_000; // milliseconds without a new picture, after which the browser's own player begins anew

export function playHLS(video, url, { onstate = () => {}, native = false } = {}) {
  let stopped = false;
  let player = null;
  chosen(native).then((Player) => {
    if (stopped) return;
    if (Player === null) onstate("failed", "this browser plays no HLS");
    else player = new Player(video, url, onstate).begin();
  });
  return () => {
    stopped = true;
    player?.stop();
  };
}

async function chosen(native) {
  if (!native && (await library())?.isSupported()) return Library;
  return document.createElement("video").canPlayType(HLS_TYPE) ? Native : null;
}

let Hls = null; // once it has been needed

async function library() {
  Hls ??= await import("./vendor/hls.js-1.7.4/hls.light.min.mjs").then((module) => module.default, () => null);
  return Hls;
}

class Attempts {
  constructor(video, url, onstate) {
    this.video = video;
    this.url = new URL(url, document.baseURI).href;
    this.onstate = onstate;
    this.state = "";
    this.attempts = 0;
    this.pause = FIRST_PAUSE;
    this.playing = () => {
      this.attempts = 0;
      this.pause = FIRST_PAUSE;
      this.is("playing");
    };
    video.addEventListener("playing", this.playing);
  }

  is(state, text = "") {
    if (this.state === "ended" || (state === this.state && !text)) return;
    this.state = state;
    this.onstate(state, text);
  }

  begin() {
    this.is("connecting");
    this.attempts += 1;
    this.load();
    return this;
  }

  again(text) {
    if (this.state === "ended") return;
    this.unload();
    if (this.attempts >= ATTEMPTS) {
      this.is("failed", text);
      this.stop();
      return;
    }
    this.is("connecting", text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), this.pause);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
  }

  stop() {
    this.state = "ended";
    clearTimeout(this.timer);
    this.video.removeEventListener("playing", this.playing);
    this.unload();
  }
}

class Library extends Attempts {
  load() {
    const hls = (this.hls = new Hls({
      enableWorker: false, // a worker from a blob is what a strict Content-Security-Policy forbids
      lowLatencyMode: true,
      maxLiveSyncPlaybackRate: 1.1,
      backBufferLength: 20,
    }));
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !this.recovered) {
        this.recovered = true;
        hls.recoverMediaError();
      } else this.again(data.details);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.video.play().catch(() => {}));
    hls.on(Hls.Events.LEVEL_UPDATED, () => {
      if (hls.latency > BEHIND_LIMIT && hls.liveSyncPosition) this.video.currentTime = hls.liveSyncPosition;
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  unload() {
    this.hls?.destroy();
    this.hls = null;
    this.recovered = false;
  }
}

class Native extends Attempts {
  constructor(video, url, onstate) {
    super(video, url, onstate);
    this.broken = () => this.again(video.error?.message ?? "the video cannot be played");
    this.moved = () => {
      clearTimeout(this.watchdog);
      this.watchdog = setTimeout(() => { if (!video.paused) this.again("the video stands still"); }, STALL);
    };
  }

  load() {
    this.video.addEventListener("error", this.broken);
    this.video.addEventListener("timeupdate", this.moved);
    this.moved();
    this.video.src = this.url;
    this.video.play().catch(() => {});
  }

  unload() {
    clearTimeout(this.watchdog);
    this.video.removeEventListener("error", this.broken);
    this.video.removeEventListener("timeupdate", this.moved);
    this.video.removeAttribute("src");
    this.video.load();
  }
}
