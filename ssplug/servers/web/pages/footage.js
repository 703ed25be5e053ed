// Plays footage on the page, and keeps or deletes it. Without this script every file is a plain link.

const auth = document.body.dataset.auth.replace("&", "?");
const player = document.getElementById("player");
const stage = document.getElementById("stage");
const message = document.getElementById("message");
const title = document.getElementById("title");
const save = document.getElementById("save");
const keep = document.getElementById("keep");
const remove = document.getElementById("delete");
const steps = { newer: -1, older: 1 };
let shown = null;

const shots = () => [...document.querySelectorAll(".shot")];
const neighbour = (step) => shots()[shots().indexOf(shown) + step];

function show(shot) {
  shown = shot;
  title.textContent = shot.dataset.title;
  message.textContent = "";
  save.href = shot.href;
  stage.replaceChildren(shot.dataset.kind === "image" ? picture(shot) : movie(shot));
  for (const [id, step] of Object.entries(steps)) document.getElementById(id).disabled = !neighbour(step);
  describe();
  if (!player.open) player.showModal();
}

function picture(shot) {
  const image = new Image();
  image.alt = shot.dataset.title;
  image.src = shot.href;
  return image;
}

function movie(shot) {
  const video = document.createElement("video");
  Object.assign(video, { controls: true, autoplay: true, playsInline: true, src: shot.href });
  // What this browser cannot decode, the server can.
  video.addEventListener("error", () => {
    message.textContent = "This browser does not play the recording as it is; the server converts it.";
    video.addEventListener("error", () => { message.textContent = "The recording cannot be played here. Download it."; });
    video.src = shot.dataset.low;
  }, { once: true });
  return video;
}

function describe() {
  if (keep) keep.textContent = "kept" in shown.parentElement.dataset ? "No longer keep" : "Keep";
  if (remove) { remove.textContent = "Delete"; delete remove.dataset.sure; }
}

async function command(name, more) {
  const file = shown.parentElement.dataset.file;
  const body = new URLSearchParams(more);
  body.append("file", decodeURIComponent(file.replaceAll("+", " ")));
  const response = await fetch(name + auth, { method: "POST", body }).catch(() => null);
  if (response?.ok) return true;
  message.textContent = response ? `The server refused: ${await response.text()}` : "The server does not answer.";
  return false;
}

async function toggleKept() {
  const item = shown.parentElement;
  const kept = "kept" in item.dataset;
  if (!await command("setTags", { tag: kept ? "0" : "1" })) return;
  if (kept) delete item.dataset.kept; else item.dataset.kept = "";
  describe();
}

async function deleteShown() {
  if (!("sure" in remove.dataset)) {
    remove.dataset.sure = "";
    remove.textContent = "Really delete?";
    return;
  }
  if (!await command("delete", {})) return;
  const item = shown.parentElement;
  const next = neighbour(1) ?? neighbour(-1);
  item.remove();
  if (next) show(next); else player.close();
}

document.addEventListener("click", (event) => {
  const shot = event.target.closest(".shot");
  if (!shot || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(shot);
});
for (const [id, step] of Object.entries(steps)) {
  document.getElementById(id).addEventListener("click", () => show(neighbour(step)));
}
document.getElementById("close").addEventListener("click", () => player.close());
keep?.addEventListener("click", toggleKept);
remove?.addEventListener("click", deleteShown);
player.addEventListener("click", (event) => { if (event.target === player) player.close(); });
player.addEventListener("close", () => { stage.replaceChildren(); shown?.focus(); });
player.addEventListener("keydown", (event) => {
  if (event.target.localName === "video") return;
  const next = neighbour({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0);
  if (next && next !== shown) show(next);
});
document.addEventListener("error", (event) => { if (event.target.matches?.(".picture img")) event.target.remove(); }, true);
