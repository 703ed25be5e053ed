// A camera that is triggered by hand; without this script the form does it, and the page is loaded again.

const SHOWN = 2_000;

async function ask(form) {
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
    return answer.ok ? "Triggered" : `Refused: ${answer.status}`;
  } catch {
    return "No answer";
  }
}

async function trigger(form) {
  const button = form.querySelector("button");
  const text = button.textContent;
  button.disabled = true;
  button.textContent = await ask(form);
  setTimeout(() => { button.disabled = false; button.textContent = text; }, SHOWN);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".trigger")) return;
  event.preventDefault();
  trigger(event.target);
});
