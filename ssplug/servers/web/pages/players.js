// The ways in which a tile shows its camera. Each has `start()` and `stop()`; one that cannot go on calls `failed`.
//
// A tile gives `image` and `video` (elements), `address(name, more)`, `fps` and `audible`.

const STILL_SECONDS = 10;
const STILLS_FPS = 1;
const FASTEST_STILLS = 25;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class JPEGPlayer {
  constructor(tile, failed) {
    this.tile = tile;
    this.failed = failed;
  }

  start() {
    this.tile.shows("image");
  }
}

// Server push: one response in which each picture takes the place of the last.
class Push extends JPEGPlayer {
  start() {
    super.start();
    const { image } = this.tile;
    image.addEventListener("error", this.failed);
    image.src = this.tile.address("video", this.tile.fps ? `&fps=${this.tile.fps}` : "");
  }

  stop() {
    const { image } = this.tile;
    image.removeEventListener("error", this.failed);
    // Taking the address away is what makes a browser close the connection.
    image.removeAttribute("src");
  }
}

// One still after the other, each asked for when the one before has been shown.
class Stills extends JPEGPlayer {
  get pause() {
    return 1000 / Math.min(this.tile.fps || STILLS_FPS, FASTEST_STILLS);
  }

  start() {
    super.start();
    this.runs = true;
    this.run();
  }

  stop() {
    this.runs = false;
  }

  async run() {
    while (this.runs) {
      const asked = performance.now();
      await this.next();
      await sleep(Math.max(0, asked + this.pause - performance.now()));
    }
  }

  async next() {
    const { image } = this.tile;
    image.src = this.tile.address("image", `&_=${Date.now()}`);
    await Promise.race([image.decode().catch(() => {}), sleep(STILL_SECONDS * 1000)]);
  }
}

// The same by script: it fetches each picture, and so knows that there is none without showing a broken one.
class Script extends Stills {
  get pause() {
    return 1000 / Math.min(this.tile.fps || 10, FASTEST_STILLS);
  }

  async next() {
    const reply = await fetch(this.tile.address("image", `&_=${Date.now()}`)).catch(() => null);
    if (!reply || !reply.ok) {
      await sleep(1000);
      return;
    }
    const shown = this.tile.image.src;
    const address = URL.createObjectURL(await reply.blob());
    if (this.runs) {
      this.tile.image.src = address;
      await this.tile.image.decode().catch(() => {});
    }
    if (shown.startsWith("blob:")) URL.revokeObjectURL(shown);
  }
}

// Video in a <video>; what plays it is loaded when it is first needed.
class VideoPlayer {
  constructor(tile, failed) {
    this.tile = tile;
    this.failed = failed;
    this.isOver = false;
  }

  async start() {
    this.tile.shows("video");
    const { video } = this.tile;
    video.muted = !this.tile.audible;
    const options = { onstate: (state) => { if (state === "failed") this.failed(); } };
    try {
      const play = await this.load();
      if (!this.isOver) this.end = play(video, this.address, options);
    } catch {
      this.failed();
    }
  }

  stop() {
    this.isOver = true;
    this.end?.();
  }
}

class MSE extends VideoPlayer {
  get address() {
    const address = new URL(this.tile.address("mse"), location.href);
    address.protocol = address.protocol.replace("http", "ws");
    return address.href;
  }

  async load() {
    return (await import("./mse.js")).playMSE;
  }
}

class HLS extends VideoPlayer {
  get address() {
    return this.tile.address("hls");
  }

  async load() {
    return (await import("./hls_play.js")).playHLS;
  }
}

export const PLAYERS = { mse: MSE, hls: HLS, push: Push, script: Script, stills: Stills };

// What the numbers of `viewMethod` mean, the best first.
export const METHODS = {
  0: ["mse", "hls", "push", "stills"],
  3: ["script"],
  4: ["push"],
  5: ["stills"],
  7: ["hls"],
};

// Those that keep a connection for themselves; a browser has six for a server.
export const HOLDS_CONNECTION = new Set(["push", "hls"]);
// Those whose video brings its own sound.
export const HAS_SOUND = new Set(["mse", "hls"]);
