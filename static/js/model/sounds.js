/** The page's one audio context, and the few sounds the page itself makes. */

const ALARM = 0.25;

/** @type {AudioContext | null} */
let context = null;

/** Made at the first need; a browser that wants a tap first gets it from the next one. */
export function audio() {
  if (!context) {
    context = new AudioContext();
    const wake = () => context?.resume();
    addEventListener("pointerdown", wake);
    addEventListener("keydown", wake);
  }
  if (context.state === "suspended") context.resume();
  return context;
}

/** An always silent track, for a machine without a microphone. */
export function silence() {
  const destination = audio().createMediaStreamDestination();
  return /** @type {MediaStreamTrack} */ (destination.stream.getAudioTracks()[0]);
}

/**
 * Two rising tones for "can you hear this?"
 * @param {number} [volume] 0 to 1
 */
export async function chime(volume = 0.4) {
  await Promise.all([tone(659, 0, volume), tone(880, 0.22, volume)]);
}

/** Two falling tones for "look here now". */
export async function alarm() {
  await Promise.all([tone(784, 0, ALARM), tone(523, 0.25, ALARM)]);
}

/** @param {number} hertz @param {number} delay seconds @param {number} volume */
function tone(hertz, delay, volume) {
  const at = audio();
  const start = at.currentTime + delay;
  const [oscillator, gain] = [at.createOscillator(), at.createGain()];
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.7);
  oscillator.connect(gain).connect(at.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.75);
  return new Promise((resolve) => (oscillator.onended = resolve));
}
