// Moving a camera by hand: a control moves it as long as it is held, whatever it is held with.
//
// Commands go to the server one after the other: a stop that overtook its movement would leave the camera moving.

import { follow } from "./events.js";
import { watch } from "./picture.js";

const STOP = 99;
const RENEW = 4000; // milliseconds; the server ends a movement after ten seconds
const STEP = 350;
const DIAGONALS = { "1,3": 8, "2,3": 9, "1,4": 10, "2,4": 11 };
const OPPOSITE = { 1: 2, 2: 1, 3: 4, 4: 3 };
const KEYS = { ArrowLeft: 1, ArrowRight: 2, ArrowUp: 3, ArrowDown: 4, "+": 5, "=": 5, "-": 6 };

const { auth, camera, continuous } = document.body.dataset;
const isContinuous = continuous !== undefined;
const said = document.getElementById("said");
const speed = document.getElementById("speed");
const saving = document.getElementById("saving");

// -- commands --------------------------------------------------------------------------------------

let waiting = [];
let busy = false;

const isMove = (command) => command < 12 && command !== 7;
const isTurn = (command) => isMove(command) && command !== 5 && command !== 6;

function address(command) {
  const fast = speed && command < 100 ? `&speed=${speed.value}` : "";
  return `command?cameraNum=${camera}&command=${command}${fast}${auth}`;
}

function say(text, wrong = false) {
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
}

async function send(command) {
  try {
    const reply = await fetch(address(command), { cache: "no-store", keepalive: true });
    if (reply.ok) return true;
    say(reply.status === 401 ? "This account may not do that" : await reply.text(), true);
  } catch {
    say("The server does not answer", true);
  }
  return false;
}

// Of what waits, the newest movement counts; stops and presets stay.
function give(command, done = "") {
  if (isMove(command)) waiting = waiting.filter((each) => !isMove(each.command));
  waiting.push({ command, done });
  if (!busy) work();
}

async function work() {
  busy = true;
  while (waiting.length) {
    const { command, done } = waiting.shift();
    if (await send(command)) say(done);
  }
  busy = false;
}

// -- movements -------------------------------------------------------------------------------------

let moving = 0;
let timer = 0;

function move(command) {
  if (command === moving) return;
  // A turn goes over into another one; whatever else was under way has to end.
  if (moving && !(command && isTurn(moving) && isTurn(command))) halt();
  clearInterval(timer);
  moving = command;
  for (const button of document.querySelectorAll(".hold")) {
    button.classList.toggle("held", Number(button.dataset.command) === moving);
  }
  if (!moving) return;
  give(moving);
  timer = setInterval(() => { if (isContinuous || !busy) give(moving); }, isContinuous ? RENEW : STEP);
}

function halt() {
  clearInterval(timer);
  if (isContinuous) give(STOP);
}

function release() {
  const wasMoving = moving;
  move(0);
  held.clear();
  return wasMoving;
}

// The page may be gone before what waits is sent.
function leave() {
  release();
  if (waiting.some(({ command }) => command === STOP)) send(STOP);
}

// -- mouse and touch ---------------------------------------------------------------------------------

const held = new Set();

for (const button of document.querySelectorAll(".hold")) {
  const command = Number(button.dataset.command);
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    move(command);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    button.addEventListener(kind, () => { if (moving === command) release(); });
  }
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) move(command);
  });
  button.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") release();
  });
  button.addEventListener("blur", () => { if (moving === command) release(); });
}

addEventListener("blur", release);
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });

// -- keys ------------------------------------------------------------------------------------------

// Two arrows at once are a diagonal.
function together() {
  const turns = [...held].filter((command) => command < 5 && !held.has(OPPOSITE[command])).sort();
  const zooms = [...held].filter((command) => command > 4);
  return DIAGONALS[turns.join()] ?? turns[0] ?? zooms[0] ?? 0;
}

const offered = (command) => document.querySelector(`[data-command="${command}"]`);

addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.altKey || event.metaKey) return;
  const command = KEYS[event.key];
  if (command && offered(command)) {
    event.preventDefault();
    if (event.repeat) return;
    held.add(command);
    move(together());
  } else if (event.key === " " && !event.target.matches("button, a")) {
    event.preventDefault();
    stop();
  } else if (/^[1-8]$/.test(event.key)) {
    offered(11 + Number(event.key))?.click();
  } else if (event.key === "h" || event.key === "Home") {
    offered(7)?.click();
  }
});

addEventListener("keyup", (event) => {
  const command = KEYS[event.key];
  if (!command || !held.delete(command)) return;
  move(together());
});

// -- the rest --------------------------------------------------------------------------------------

function stop() {
  if (!release()) halt();
}

function preset(button) {
  const number = Number(button.dataset.command) - 11;
  const isFree = button.classList.contains("free");
  if (saving?.getAttribute("aria-pressed") !== "true") {
    if (isFree) say("There is no such preset yet: save it first");
    else give(number + 11);
    return;
  }
  saving.setAttribute("aria-pressed", "false");
  button.classList.remove("free");
  if (isFree) button.textContent = `${number} Preset ${number}`;
  give(number + 111, `Preset ${number} is here now`);
}

document.getElementById("stop")?.addEventListener("click", stop);
offered(7)?.addEventListener("click", () => give(7));
for (const button of document.querySelectorAll(".presets button")) button.addEventListener("click", () => preset(button));
saving?.addEventListener("click", () => {
  const on = saving.getAttribute("aria-pressed") !== "true";
  saving.setAttribute("aria-pressed", String(on));
  say(on ? "Choose the preset that shall be here" : "");
});
speed?.addEventListener("input", () => { document.getElementById("level").textContent = speed.value; });

const shown = watch(document.querySelector("#picture img"), document.querySelector("#picture figcaption"));
follow(auth, { event() {}, async caughtUp() { shown.found(); }, lost: shown.lost });
