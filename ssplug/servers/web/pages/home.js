// Live pictures for whoever looks, and the state of each camera as the event stream tells it.
//
// A browser opens six connections to a server and no more: the event stream has one of them, a
// few tiles have a video each, and all other tiles take turns with stills.

const VIDEO_LIMIT = 4;
const STILL_PAUSE = 700;
const SILENCE_LIMIT = 30_000;
const MOTION_SHOWN = 15_000;
const LONGEST_PAUSE = 30_000;

const auth = document.body.dataset.auth;
const connection = document.getElementById("connection");
const summary = connection.textContent;
const tiles = new Map();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Tile {
  constructor(element) {
    this.element = element;
    this.number = element.dataset.camera;
    this.image = element.querySelector("img");
    this.text = element.querySelector(".state");
    this.inView = false;
    this.shows = "";
    this.motionTimer = 0;
  }

  get online() { return this.element.dataset.state === "online"; }
  get enlarged() { return location.hash === `#${this.element.id}`; }

  address(resource, more = "") {
    const box = this.image.getBoundingClientRect();
    const pixels = Math.ceil(Math.max(box.width, 160) * Math.min(devicePixelRatio, 2) / 160) * 160;
    const width = Math.min(pixels, Number(this.element.dataset.width) || pixels);
    return `${resource}?cameraNum=${this.number}&width=${width}${more}${auth}`;
  }

  show(what) {
    const key = what && `${what} ${this.enlarged}`;
    if (key === this.shows) return;
    this.shows = key;
    if (what === "video") this.image.src = this.address("video", `&fps=${this.enlarged ? 15 : 5}`);
    // Taking the address away is what makes a browser close a video's connection.
    else if (this.image.src.includes("/video?")) this.image.removeAttribute("src");
  }

  async still() {
    this.image.src = this.address("image", `&_=${Date.now()}`);
    await Promise.race([this.image.decode().catch(() => {}), sleep(10_000)]);
  }

  is(state, text) {
    this.element.dataset.state = state;
    this.text.textContent = text;
    arrange();
  }

  moves(moving) {
    clearTimeout(this.motionTimer);
    this.element.toggleAttribute("data-motion", moving);
    if (moving) this.motionTimer = setTimeout(() => this.moves(false), MOTION_SHOWN);
    if (this.online) this.text.textContent = moving ? "Motion" : "Online";
  }
}

// -- pictures ------------------------------------------------------------------------------------

function wanted() {
  if (document.hidden) return [];
  const all = [...tiles.values()].filter((tile) => tile.online);
  const enlarged = all.filter((tile) => tile.enlarged);
  return enlarged.length ? enlarged : all.filter((tile) => tile.inView);
}

function arrange() {
  const watched = wanted();
  for (const tile of tiles.values()) {
    const place = watched.indexOf(tile);
    tile.show(place < 0 ? "" : place < VIDEO_LIMIT ? "video" : "stills");
  }
}

async function takeTurns() {
  for (;;) {
    for (const tile of wanted().slice(VIDEO_LIMIT)) await tile.still();
    await sleep(STILL_PAUSE);
  }
}

// -- events --------------------------------------------------------------------------------------

function hear(line) {
  const [, , number, event, ...info] = line.split(" ");
  if (event === "CONFIGCHANGE") return location.reload();
  const tile = tiles.get(number);
  if (!tile) return;
  if (event === "ONLINE") tile.is("online", "Online");
  else if (event === "OFFLINE") tile.is("offline", "Offline");
  else if (event === "ERROR" && !tile.online) tile.is("offline", `Offline: ${info.slice(1).join(" ")}`);
  else if (event === "MOTION") tile.moves(true);
  else if (event === "MOTION_END") tile.moves(false);
}

async function catchUp() {
  const reply = await fetch(`camStatus?_=${Date.now()}${auth}`);
  if (!reply.ok) throw new Error(reply.statusText);
  for (const camera of await reply.json()) {
    const tile = tiles.get(String(camera.num));
    if (!tile || camera.online === tile.online) continue;
    if (camera.online) tile.is("online", "Online");
    else tile.is("offline", camera.errDesc ? `Offline: ${camera.errDesc}` : "Offline");
  }
}

async function listen() {
  const abort = new AbortController();
  let watchdog = 0;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => abort.abort(), SILENCE_LIMIT);
  };
  heard();
  try {
    const reply = await fetch(`eventStream?version=3${auth}`, { signal: abort.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    await catchUp();
    connected(true);
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + value).split("\r");
      rest = lines.pop();
      lines.forEach(hear);
    }
  } finally {
    clearTimeout(watchdog);
    abort.abort();
  }
}

function connected(yes) {
  connection.textContent = yes ? summary : "Connection lost, trying again";
  connection.classList.toggle("lost", !yes);
}

async function keepListening() {
  for (let pause = 1000; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const began = Date.now();
    await listen().catch(() => {});
    connected(false);
    if (Date.now() - began > SILENCE_LIMIT) pause = 1000;
    await sleep(pause);
  }
}

// -- keys ----------------------------------------------------------------------------------------

function turn(by) {
  const all = [...tiles.values()];
  const place = all.findIndex((tile) => tile.enlarged);
  if (place >= 0) location.replace(`#${all[(place + by + all.length) % all.length].element.id}`);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape" && location.hash.startsWith("#camera-")) location.hash = "#top";
  else if (event.key === "ArrowRight") turn(1);
  else if (event.key === "ArrowLeft") turn(-1);
});

// -- begin ---------------------------------------------------------------------------------------

for (const element of document.querySelectorAll("[data-camera]")) {
  tiles.set(element.dataset.camera, new Tile(element));
}
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) tiles.get(entry.target.dataset.camera).inView = entry.isIntersecting;
  arrange();
});
for (const tile of tiles.values()) observer.observe(tile.element);
addEventListener("hashchange", arrange);
document.addEventListener("visibilitychange", arrange);
if (tiles.size) {
  keepListening();
  takeTurns();
}
