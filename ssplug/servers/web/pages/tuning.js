// What the motion detector sees, drawn over the picture and over time.
//
// A look comes some moments after its picture was shown: the rectangles follow what moves.

import { watch } from "./picture.js";

const SHOWN_SECONDS = 60;
const FORGOTTEN_AFTER = 1000;

const { auth, camera } = document.body.dataset;
const connection = document.getElementById("connection");
const overlay = document.querySelector("#picture canvas");
const chart = document.getElementById("chart");
const now = document.getElementById("now");
const slider = document.getElementById("sensitivity");
const level = document.getElementById("level");
const saved = document.getElementById("saved");

let setup = { masks: [], zones: [], enabled: true };
let looks = [];
let latest = null;
let latestAt = 0;

const threshold = () => 100 - Number(slider.value);

// -- drawing -------------------------------------------------------------------------------------

function fitted(canvas) {
  const scale = devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function outline(context, points, width, height) {
  context.beginPath();
  points.forEach(([x, y], place) => context[place ? "lineTo" : "moveTo"](x * width, y * height));
  context.closePath();
}

function labelled(context, text, x, y) {
  context.font = "600 13px system-ui, sans-serif";
  const { width } = context.measureText(text);
  context.fillStyle = "#0b0e10cc";
  context.fillRect(x, y, width + 8, 18);
  context.fillStyle = "#ffffff";
  context.fillText(text, x + 4, y + 13);
}

function drawAreas(context, width, height) {
  context.fillStyle = "#0b0e1099";
  for (const mask of setup.masks) {
    outline(context, mask, width, height);
    context.fill();
  }
  context.lineWidth = 2;
  context.strokeStyle = "#4fd07f";
  context.setLineDash([7, 5]);
  for (const zone of setup.zones) {
    outline(context, zone.polygon, width, height);
    context.stroke();
    const [x, y] = zone.polygon[0];
    labelled(context, [zone.name, zone.classes.join(", ")].filter(Boolean).join(": "), x * width, y * height);
  }
  context.setLineDash([]);
}

function drawLook(context, width, height) {
  const [across, down] = latest.size;
  if (!across || !down) return;
  const box = ([x, y, w, h]) => [x * width / across, y * height / down, w * width / across, h * height / down];
  const counts = latest.score >= threshold();
  context.lineWidth = 2;
  context.strokeStyle = "#9aa7af";
  for (const region of latest.motion) context.strokeRect(...box(region));
  context.strokeStyle = "#ff8c1a";
  context.lineWidth = 3;
  const counting = latest.counting.length ? latest.counting : setup.zones.length ? [] : latest.motion;
  if (counts) for (const region of counting) context.strokeRect(...box(region));
  context.strokeStyle = "#35b6ff";
  context.lineWidth = 2;
  for (const { kind, score, region } of latest.findings) {
    const place = box(region);
    context.strokeRect(...place);
    labelled(context, `${kind} ${score}`, place[0], Math.max(0, place[1] - 18));
  }
}

function drawPicture() {
  const { context, width, height } = fitted(overlay);
  drawAreas(context, width, height);
  if (latest && performance.now() - latestAt < FORGOTTEN_AFTER) drawLook(context, width, height);
}

function drawChart() {
  const { context, width, height } = fitted(chart);
  const style = getComputedStyle(document.body);
  const ink = (name) => style.getPropertyValue(name);
  const y = (score) => height - 4 - (height - 8) * score / 100;
  const end = latest ? latest.at + (performance.now() - latestAt) / 1000 : 0;
  const x = (at) => width - (end - at) * width / SHOWN_SECONDS;
  for (const look of looks) {
    context.fillStyle = look.score >= threshold() ? ink("--motion") : ink("--soft");
    context.fillRect(x(look.at) - 1.5, y(look.score), 3, Math.max(1, height - 4 - y(look.score)));
  }
  context.strokeStyle = ink("--accent");
  context.lineWidth = 2;
  context.setLineDash([6, 4]);
  context.beginPath();
  context.moveTo(0, y(threshold()));
  context.lineTo(width, y(threshold()));
  context.stroke();
  context.setLineDash([]);
}

function draw() {
  drawPicture();
  drawChart();
  requestAnimationFrame(draw);
}

// -- what is told --------------------------------------------------------------------------------

function told(look) {
  if (look.at < (looks.at(-1)?.at ?? 0)) looks = [];
  latest = look;
  latestAt = performance.now();
  looks = [...looks.filter(({ at }) => at > look.at - SHOWN_SECONDS), look];
  const most = Math.max(...looks.map(({ score }) => score));
  say();
  now.textContent = `Score ${look.score.toFixed(0)}, most of the last minute ${most.toFixed(0)}`;
}

function changed(to) {
  setup = to;
  slider.value = setup.sensitivity;
  level.textContent = slider.value;
  say();
}

// A camera that is away shows nothing to look at.
function say() {
  const looking = latest ? "Looking" : "Waiting for the first look";
  connection.textContent = setup.enabled ? looking : "Motion detection is switched off: see Settings";
}

const shown = watch(document.querySelector("#picture img"), document.querySelector("#picture figcaption"));
let events = listen();

function listen() {
  const source = new EventSource(`looks?cameraNum=${camera}${auth}`);
  source.addEventListener("setup", (event) => {
    connection.classList.remove("lost");
    shown.found();
    changed(JSON.parse(event.data));
  });
  source.addEventListener("look", (event) => told(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    connection.textContent = "Connection lost, trying again";
    connection.classList.add("lost");
    latest = null;
    shown.lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
  return source;
}

// A browser opens six connections to a server, for all its pages.
document.addEventListener("visibilitychange", () => {
  events.close();
  if (!document.hidden) events = listen();
});

// -- sensitivity ---------------------------------------------------------------------------------

slider.addEventListener("input", () => {
  level.textContent = slider.value;
  saved.textContent = slider.value === String(setup.sensitivity) ? "" : "Not saved yet";
  saved.classList.remove("wrong");
});

document.getElementById("tune").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  saved.textContent = "Saving";
  try {
    const reply = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!reply.ok) throw new Error(await reply.text() || reply.statusText);
    saved.textContent = "Saved";
    saved.classList.remove("wrong");
  } catch (error) {
    saved.textContent = `Not saved: ${error.message}`;
    saved.classList.add("wrong");
  }
});

draw();
