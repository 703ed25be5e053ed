// A grid in which pictures are as large as the screen allows, however many they are.

// The number of columns in which `count` pictures of one aspect (width by height) are largest in a place of that
// size; `extra` is the height of what stands below each picture, `gap` what is between them. Where they would get
// narrower than `least`, they are that wide and the page scrolls.
export function columns(count, width, height, { aspect = 16 / 9, extra = 0, gap = 0, least = 0 } = {}) {
  let best = 1;
  let widest = 0;
  for (let across = 1; across <= count; across += 1) {
    const down = Math.ceil(count / across);
    const byWidth = (width - gap * (across - 1)) / across;
    const byHeight = ((height - gap * (down - 1)) / down - extra) * aspect;
    const size = Math.min(byWidth, byHeight);
    if (size > widest) [best, widest] = [across, size];
  }
  if (widest >= least) return { across: best, width: widest };
  const across = Math.max(1, Math.min(count, Math.floor((width + gap) / (least + gap))));
  return { across, width: (width - gap * (across - 1)) / across };
}
