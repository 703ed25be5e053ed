// A camera's picture by server push, for as long as somebody looks.
//
// A browser says nothing when that breaks off, and goes on without a picture: somebody else has to tell.

const AGAIN = 3000; // milliseconds

// Shows what `image` names in data-source, and `caption` while there is none. `lost()` is for whoever notices that
// the server has gone, `found()` that it is back.
export function watch(image, caption) {
  let timer = 0;
  let isLost = false;
  const open = () => { if (!document.hidden) image.src = `${image.dataset.source}&at=${Date.now()}`; };
  image.addEventListener("load", () => { caption.hidden = true; });
  image.addEventListener("error", () => {
    caption.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(open, AGAIN);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) image.removeAttribute("src");
    open();
  });
  open();
  return {
    lost() {
      isLost = true;
      caption.hidden = false;
    },
    found() {
      if (isLost) open();
      isLost = false;
    },
  };
}
