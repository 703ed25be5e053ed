// A click does what the link says and stays on the page.

const said = document.getElementById("said");

function say(text, wrong) {
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
}

async function follow(link) {
  const name = link.textContent;
  try {
    const answer = await fetch(link.href, { cache: "no-store" });
    const text = answer.ok ? link.dataset.done : `${answer.status}: ${await answer.text()}`;
    say(`${name}: ${text}`, !answer.ok);
  } catch {
    say(`${name}: the server does not answer`, true);
  }
}

document.querySelector("main").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  follow(link);
});
