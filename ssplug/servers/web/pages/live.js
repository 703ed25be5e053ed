// Cameras in a grid: live pictures for whoever looks, and the state of each as the event stream tells it.
//
// Only what is in view is played. A browser opens six connections to a server and no more: where the way to show
// pictures needs one for each camera, the cameras beyond a few take turns with stills.

import { follow } from "./events.js";
import { columns } from "./layout.js";
import { HAS_SOUND, HOLDS_CONNECTION, METHODS, PLAYERS } from "./players.js";
import { listen } from "./sound.js";

const CONNECTIONS = 4;
const MOTION_SHOWN = 15_000;
const REGION_SHOWN = 1_500;
const LEAST_WIDTH = 300;
const MODES = { C: "Continuous capture", M: "Motion capture", A: "Actions" };

const { auth, method, fps } = document.body.dataset;
const isFixed = document.body.hasAttribute("data-fixed");
const main = document.querySelector("main");
const connection = document.getElementById("connection");
const methods = METHODS[method] ?? METHODS[0];
const tiles = new Map();
let wasLost = false;

class Tile {
  constructor(element) {
    this.element = element;
    this.number = element.dataset.camera;
    this.stage = element.querySelector(".picture");
    this.image = element.querySelector("img");
    this.region = element.querySelector(".region");
    this.text = element.querySelector(".state");
    this.speaker = element.querySelector(".sound");
    this.video = null;
    this.inView = false;
    this.audible = false;
    this.hush = null;
    this.name = "";
    this.player = null;
    this.failures = 0;
    this.motionTimer = 0;
    this.regionTimer = 0;
    this.retryTimer = 0;
    this.speaker?.addEventListener("click", () => this.sound(!this.audible));
    this.stage.addEventListener("click", (event) => {
      event.preventDefault();
      this.enlarged ? shrink() : enlarge(this);
    });
  }

  get online() { return this.element.dataset.state === "online"; }
  get enlarged() { return this.element.hasAttribute("data-enlarged"); }
  get fps() { return Number(fps) || 0; }

  address(resource, more = "") {
    const sized = resource === "image" || resource === "video";
    return `${resource}?cameraNum=${this.number}${sized ? `&width=${this.pixels()}` : ""}${more}${auth}`;
  }

  pixels() {
    const wide = Math.max(this.stage.getBoundingClientRect().width, 160) * Math.min(devicePixelRatio, 2);
    const pixels = Math.ceil(wide / 160) * 160;
    return Math.min(pixels, Number(this.element.dataset.width) || pixels);
  }

  // As large as was asked for.
  size() {
    const [width, height] = (this.element.dataset.shown ?? "").split("x").map(Number);
    if (!width) return;
    this.element.style.setProperty("width", `${width + 2}px`);
    this.stage.style.setProperty("aspect-ratio", `${width} / ${height}`);
  }

  // -- playing

  shows(what) {
    if (what === "video" && !this.video) {
      this.video = document.createElement("video");
      this.video.autoplay = this.video.playsInline = this.video.muted = true;
      this.video.addEventListener("playing", () => { this.failures = 0; });
      this.image.after(this.video);
    }
    this.element.dataset.shows = what;
  }

  play(name) {
    const key = name && `${name} ${HAS_SOUND.has(name) ? "" : this.enlarged}`;
    if (key === this.key) return;
    this.player?.stop();
    [this.key, this.name, this.player] = [key, name, null];
    if (!name) return;
    this.player = new PLAYERS[name](this, () => this.fail(key));
    this.player.start();
    this.element.dataset.method = name;
  }

  // The next best way; and after a while the best again, for what was wrong may have passed.
  fail(key) {
    if (key !== this.key) return;
    this.failures += 1;
    this.play("");
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => { this.failures = 0; arrange(); }, 60_000);
    setTimeout(arrange, 500);
  }

  get method() { return methods[Math.min(this.failures, methods.length - 1)]; }

  // -- sound

  sound(on) {
    for (const tile of tiles.values()) if (tile !== this && tile.audible) tile.sound(false);
    this.audible = on;
    if (this.video) this.video.muted = !on;
    this.hush?.();
    this.hush = null;
    if (on && !HAS_SOUND.has(this.name)) this.hush = listen(this.address("audio"), () => this.sound(false));
    this.speaker.setAttribute("aria-pressed", String(on));
  }

  // -- state

  is(state, text) {
    if (state === "online" && !this.online) this.failures = 0;
    this.element.dataset.state = state;
    this.text.textContent = text;
    arrange();
  }

  moves(moving, [x, y, width, height] = []) {
    clearTimeout(this.motionTimer);
    this.element.toggleAttribute("data-motion", moving);
    if (moving) this.motionTimer = setTimeout(() => this.moves(false), MOTION_SHOWN);
    if (this.online) this.text.textContent = moving ? "Motion" : "Online";
    this.outline(moving && width ? [x, y, width, height] : null);
  }

  // Where it moves, over the picture as it is fitted into its place.
  outline(region) {
    clearTimeout(this.regionTimer);
    this.region.hidden = !region;
    if (!region) return;
    const place = this.stage.getBoundingClientRect();
    const { width, height } = this.element.dataset;
    const fit = document.body.hasAttribute("data-crops") ? Math.max : Math.min;
    const scale = fit(place.width / width, place.height / height);
    const [left, top] = [(place.width - width * scale) / 2, (place.height - height * scale) / 2];
    const [x, y, across, down] = region.map((pixels) => Number(pixels) * scale);
    this.region.style.setProperty("transform", `translate(${left + x}px, ${top + y}px)`);
    this.region.style.setProperty("width", `${across}px`);
    this.region.style.setProperty("height", `${down}px`);
    this.regionTimer = setTimeout(() => this.outline(null), REGION_SHOWN);
  }

  armed(mode, yes) {
    const badge = this.element.querySelector(`[data-mode="${mode}"]`);
    badge?.toggleAttribute("data-armed", yes);
    badge?.setAttribute("title", `${MODES[mode]}: ${yes ? "armed" : "disarmed"}`);
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
  const watched = new Set(wanted());
  let connections = CONNECTIONS;
  for (const tile of tiles.values()) {
    if (!watched.has(tile)) tile.play("");
    else if (!HOLDS_CONNECTION.has(tile.method)) tile.play(tile.method);
    else tile.play(connections-- > 0 ? tile.method : "stills");
  }
}

function fit() {
  if (isFixed || !tiles.size) return;
  const style = getComputedStyle(main);
  const gap = parseFloat(style.columnGap) || 0;
  const sides = (one, other) => parseFloat(style[one]) + parseFloat(style[other]);
  const width = main.clientWidth - sides("paddingLeft", "paddingRight");
  const height = innerHeight - main.getBoundingClientRect().top - scrollY - sides("paddingTop", "paddingBottom");
  const footer = main.querySelector("article footer")?.getBoundingClientRect().height ?? 0;
  const least = Math.min(LEAST_WIDTH, width);
  const grid = columns(tiles.size, width, height, { extra: footer + 2, gap, least });
  main.style.setProperty("grid-template-columns", `repeat(${grid.across}, minmax(0, ${Math.floor(grid.width)}px))`);
}

// -- one camera alone ----------------------------------------------------------------------------

// Nothing behind a picture that fills the screen can be reached, also not by keyboard.
function cover(tile) {
  document.querySelector("body > header").inert = Boolean(tile);
  for (const other of tiles.values()) other.element.inert = Boolean(tile) && other !== tile;
}

function enlarge(tile) {
  for (const other of tiles.values()) other.element.toggleAttribute("data-enlarged", other === tile);
  document.body.toggleAttribute("data-one", true);
  cover(tile);
  tile.stage.focus({ preventScroll: true });
  if (!document.fullscreenElement) document.documentElement.requestFullscreen?.().catch(() => {});
  history.replaceState(null, "", `#${tile.element.id}`);
  arrange();
}

function shrink() {
  const tile = enlarged();
  if (!tile) return;
  tile.element.removeAttribute("data-enlarged");
  document.body.removeAttribute("data-one");
  cover(null);
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  history.replaceState(null, "", location.pathname + location.search);
  tile.stage.focus({ preventScroll: true });
  arrange();
}

const enlarged = () => [...tiles.values()].find((tile) => tile.enlarged);
const focused = () => [...tiles.values()].find((tile) => tile.element.contains(document.activeElement));

function step(by) {
  const all = [...tiles.values()];
  const from = enlarged() ?? focused();
  const next = from ? all[(all.indexOf(from) + by + all.length) % all.length] : all[0];
  if (enlarged()) enlarge(next);
  else next?.stage.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const tile = enlarged() ?? focused();
  if (event.key === "Escape") shrink();
  else if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
  else if (event.key === "m" && tile?.speaker) tile.speaker.click();
  else return;
  event.preventDefault();
});

document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement) shrink();
});

// -- events --------------------------------------------------------------------------------------

const counted = () => {
  const online = [...tiles.values()].filter((tile) => tile.online).length;
  return `${tiles.size} ${tiles.size === 1 ? "camera" : "cameras"}, ${online} online`;
};

function connected(yes) {
  wasLost = !yes;
  connection.textContent = yes ? counted() : "Connection lost, trying again";
  connection.classList.toggle("lost", !yes);
}

function hear(number, event, info) {
  if (event === "CONFIGCHANGE") return location.reload();
  const tile = tiles.get(number);
  if (!tile) return;
  if (event === "ONLINE") tile.is("online", "Online");
  else if (event === "OFFLINE") tile.is("offline", "Offline");
  else if (event === "ERROR" && !tile.online) tile.is("offline", `Offline: ${info.slice(1).join(" ")}`);
  else if (event === "MOTION") tile.moves(true, info);
  else if (event === "MOTION_END") tile.moves(false);
  else if (/^(DIS)?ARM_[CMA]$/.test(event)) tile.armed(event.at(-1), event.startsWith("ARM"));
  connected(true);
}

async function catchUp() {
  // What else has changed meanwhile, nobody has heard; and some ways to show pictures do not notice a server that goes.
  if (wasLost) return location.reload();
  const reply = await fetch(`camStatus?_=${Date.now()}${auth}`);
  if (!reply.ok) throw new Error(reply.statusText);
  for (const camera of await reply.json()) {
    const tile = tiles.get(String(camera.num));
    if (!tile || camera.online === tile.online) continue;
    if (camera.online) tile.is("online", "Online");
    else tile.is("offline", camera.errDesc ? `Offline: ${camera.errDesc}` : "Offline");
  }
  connected(true);
}

// -- begin ---------------------------------------------------------------------------------------

for (const element of document.querySelectorAll("[data-camera]")) {
  tiles.set(element.dataset.camera, new Tile(element));
}
const observer = new IntersectionObserver((entries) => {
  for (const entry of entries) tiles.get(entry.target.dataset.camera).inView = entry.isIntersecting;
  arrange();
});
for (const tile of tiles.values()) observer.observe(tile.element);
addEventListener("resize", fit);
document.addEventListener("visibilitychange", arrange);
document.documentElement.toggleAttribute("data-live", true);
for (const tile of tiles.values()) tile.size();
fit();
const named = location.hash && tiles.get(location.hash.replace("#camera-", ""));
if (named) enlarge(named);
if (tiles.size) follow(auth, { event: hear, caughtUp: catchUp, lost: () => connected(false) });
