// What a camera hears, where its pictures come without sound: mu-law by HTTP, decoded here.

const RATE = 8000;
const AHEAD = 0.15;
const LATE = 0.6;

const SAMPLES = Float32Array.from({ length: 256 }, (_, octet) => {
  const inverted = ~octet & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 132) << ((inverted & 0x70) >> 4)) - 132;
  return (inverted & 0x80 ? -magnitude : magnitude) / 32768;
});

// Plays until the function that it returns is called; `ended` is told when it breaks off by itself.
export function listen(address, ended) {
  const abort = new AbortController();
  const context = new AudioContext();
  let next = 0;

  function play(octets) {
    const buffer = context.createBuffer(1, octets.length, RATE);
    buffer.copyToChannel(Float32Array.from(octets, (octet) => SAMPLES[octet]), 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    const now = context.currentTime;
    if (next < now || next > now + LATE) next = now + AHEAD;
    source.start(next);
    next += buffer.duration;
  }

  async function run() {
    const reply = await fetch(address, { signal: abort.signal });
    if (!reply.ok) throw new Error(await reply.text());
    const reader = reply.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (value.length) play(value);
    }
  }

  run().catch((error) => error).then((error) => {
    context.close();
    if (!abort.signal.aborted) ended(error);
  });
  return () => abort.abort();
}
