// The event stream of the server, for as long as somebody looks: it is opened again whenever it breaks off.
//
// A browser opens six connections to a server, for all its pages: those in the background must not keep theirs.

const ADDRESS = new URL("../eventStream", import.meta.url).href;
const SILENCE_LIMIT = 30_000;
const BACKGROUND_LIMIT = 10_000;
const LONGEST_PAUSE = 30_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const inFront = () => new Promise((resolve) => {
  if (document.hidden) document.addEventListener("visibilitychange", resolve, { once: true });
  else resolve();
});

async function listen(auth, { event, caughtUp }) {
  const abort = new AbortController();
  let watchdog = 0;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => abort.abort(), SILENCE_LIMIT);
  };
  let forgotten = 0;
  const hidden = () => {
    clearTimeout(forgotten);
    if (document.hidden) forgotten = setTimeout(() => abort.abort(), BACKGROUND_LIMIT);
  };
  document.addEventListener("visibilitychange", hidden);
  heard();
  hidden();
  try {
    const reply = await fetch(`${ADDRESS}?version=3${auth}`, { signal: abort.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    await caughtUp();
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + value).split("\r");
      rest = lines.pop();
      for (const line of lines) {
        const [, , camera, name, ...info] = line.split(" ");
        event(camera, name, info);
      }
    }
  } finally {
    document.removeEventListener("visibilitychange", hidden);
    clearTimeout(watchdog);
    clearTimeout(forgotten);
    abort.abort();
  }
}

// `event(camera, name, info)` hears each event; `caughtUp()` is awaited whenever the stream has been opened, for
// what happened before; `lost()` is told when it breaks off.
export async function follow(auth, { event, caughtUp, lost }) {
  for (let pause = 1000; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    await inFront();
    const began = Date.now();
    await listen(auth, { event, caughtUp }).catch(() => {});
    lost();
    if (Date.now() - began > SILENCE_LIMIT) pause = 1000;
    await sleep(document.hidden ? 0 : pause);
  }
}
