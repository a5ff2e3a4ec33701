/**
 * What a test can find out in a page: pictures, sounds, connections, what the camera and the
 * microphone took in. It watches the browser's own interfaces, never the page's code.
 */

const BLOCKS = 32;
const WIDE = 8;

/** @param {number} height of a picture @returns where the clock's row of blocks is in it */
function row(height) {
  const block = Math.max(Math.floor(height / 45) & ~1, 6);
  return { block, left: 2 * block, top: (Math.floor(height / block) - 3) * block };
}

const farhandProbe = {
  /** Every RTCPeerConnection the page made; when it connected and closed, in the page's time. */
  connections: [],
  /** Every stream the page got from camera and microphone. */
  captured: [],
  /** When buttons were pressed, in milliseconds since the epoch, and what they say. */
  presses: [],
  /** Violations of the Content-Security-Policy. */
  violations: [],

  /** The video element that shows somebody, by name; "large" for the largest one. */
  picture(name) {
    const videos = [...document.querySelectorAll("video")].filter((video) => video.videoWidth);
    if (name !== "large") {
      return videos.find((video) => video.closest("farhand-tile")?.textContent.includes(name));
    }
    return videos.sort((a, b) => b.clientWidth - a.clientWidth)[0];
  },

  /** The milliseconds that the clock in a picture shows, or null (see server.demo.clock). */
  clock(video) {
    if (!video?.videoHeight) return null;
    const { left, top, block } = row(video.videoHeight);
    const canvas = new OffscreenCanvas(BLOCKS * WIDE, 1);
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    const span = BLOCKS * block;
    brush.drawImage(video, left, top + block / 2, span, 1, 0, 0, canvas.width, 1);
    const { data } = brush.getImageData(0, 0, canvas.width, 1);
    const middle = (nth) => data[4 * (nth * WIDE + WIDE / 2) + 1];
    return farhandProbe.decode(Array.from({ length: BLOCKS }, (_, nth) => middle(nth)));
  },

  /** Milliseconds from the levels of the blocks, or null if the check bits do not fit. */
  decode(levels) {
    if (levels[0] - levels[1] < 64) return null;
    const bits = levels.map((level) => (level > (levels[0] + levels[1]) / 2 ? 1 : 0));
    const value = bits.slice(2, 29).reduce((sum, bit) => sum * 2 + bit, 0);
    const check = bits.slice(29).reduce((sum, bit) => sum * 2 + bit, 0);
    return check === 7 - (value % 7) ? value : null;
  },

  /** Is a tone in what the page's audio elements play, at this moment? */
  async hears(hz) {
    const context = (farhandProbe.ears ??= new AudioContext());
    await context.resume();
    for (const player of document.querySelectorAll("audio")) {
      const [track] = player.srcObject?.getAudioTracks() ?? [];
      if (track && player.farhandTrack !== track.id) {
        player.farhandTrack = track.id;
        player.farhandEars = context.createAnalyser();
        player.farhandEars.smoothingTimeConstant = 0;
        const stream = new MediaStream([track]);
        context.createMediaStreamSource(stream).connect(player.farhandEars);
      }
      if (track && Math.abs(peak(player.farhandEars) - hz) < 60) return true;
    }
    return false;
  },

  /** Sums over all connections of a figure in their statistics (W3C webrtc-stats). */
  async count(type, kind, figure) {
    let sum = 0;
    for (const { pc } of farhandProbe.connections) {
      if (pc.connectionState === "closed") continue;
      for (const entry of (await pc.getStats()).values()) {
        if (entry.type === type && entry.kind === kind) sum += entry[figure] ?? 0;
      }
    }
    return sum;
  },

  /** Begins to keep what camera and microphone take in; see Source. */
  listen() {
    const tracks = farhandProbe.captured.flatMap((stream) => stream.getTracks());
    const live = (kind) => tracks.findLast((t) => t.kind === kind && t.readyState === "live");
    farhandProbe.source = new Source(live("video"), live("audio"));
  },
};

/** @param {AnalyserNode} ears @returns the strongest frequency, 0 if it is quiet */
function peak(ears) {
  const levels = new Float32Array(ears.frequencyBinCount);
  ears.getFloatFrequencyData(levels);
  const at = levels.indexOf(Math.max(...levels));
  return levels[at] > -60 ? (at * ears.context.sampleRate) / ears.fftSize : 0;
}

/**
 * What was captured and when, before anything is encoded. Chromium stamps camera frames with the
 * system's monotonic clock, and sound with the page's time (both measured, not specified).
 */
class Source {
  /** @type {[number, number][]} milliseconds of the system, what the clock in the frame shows */
  frames = [];
  /** @type {[number, number[]][]} milliseconds of the page, loudness of each millisecond after */
  sound = [];

  constructor(video, audio) {
    this.#see(new MediaStreamTrackProcessor({ track: video, maxBufferSize: 3 }).readable.getReader());
    this.#hear(new MediaStreamTrackProcessor({ track: audio, maxBufferSize: 1000 }).readable.getReader());
  }

  async #see(reader) {
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      const { timestamp, codedHeight } = frame;
      const { left, top, block } = row(codedHeight);
      const rect = { x: left, y: top + block / 2, width: BLOCKS * block, height: 2 };
      const line = new Uint8Array(frame.allocationSize({ rect }));
      const [{ offset }] = await frame.copyTo(line, { rect });
      frame.close();
      const middle = (nth) => line[offset + (nth + 0.5) * block];
      const levels = Array.from({ length: BLOCKS }, (_, nth) => middle(nth));
      this.frames.push([timestamp / 1000, farhandProbe.decode(levels)]);
    }
  }

  async #hear(reader) {
    for (;;) {
      const { value: data, done } = await reader.read();
      if (done) return;
      const { timestamp, sampleRate, numberOfFrames } = data;
      const samples = new Float32Array(numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      data.close();
      const step = sampleRate / 1000;
      const levels = [];
      for (let at = 0; at < numberOfFrames; at += step) {
        const part = samples.subarray(at, at + step);
        levels.push(part.reduce((sum, sample) => sum + Math.abs(sample), 0) / step);
      }
      this.sound.push([timestamp / 1000, levels]);
    }
  }
}

{
  const Original = RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...how) {
      super(...how);
      const record = { pc: this, connectedAt: null, closedAt: null };
      farhandProbe.connections.push(record);
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") record.connectedAt ??= performance.now();
      });
    }

    close() {
      const record = farhandProbe.connections.find(({ pc }) => pc === this);
      if (record) record.closedAt ??= performance.now();
      super.close();
    }
  };

  const { mediaDevices } = navigator;
  const original = mediaDevices?.getUserMedia.bind(mediaDevices);
  if (original) {
    mediaDevices.getUserMedia = async (wanted) => {
      const stream = await original(wanted);
      farhandProbe.captured.push(stream);
      return stream;
    };
  }

  addEventListener(
    "click",
    ({ target }) => {
      const said = target.closest?.("button")?.textContent ?? "";
      farhandProbe.presses.push([performance.timeOrigin + performance.now(), said]);
    },
    true,
  );
  document.addEventListener("securitypolicyviolation", (event) => {
    farhandProbe.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
  });
}
globalThis.farhandProbe = farhandProbe;
