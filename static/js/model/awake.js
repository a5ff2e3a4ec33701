/** Keeps the screen on during a call: a locked phone stops its camera. */

/** A lock that is taken away sooner than this is not fought for. */
const WORTH_MS = 2_000;

export class Awake extends EventTarget {
  /** The phone may go dark, and the person has not been told yet. */
  refused = false;
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #wanted = false;
  #told = false;

  begin() {
    if (this.#wanted) return;
    this.#wanted = true;
    document.addEventListener("visibilitychange", this.#take);
    this.#take();
  }

  end() {
    this.#wanted = false;
    document.removeEventListener("visibilitychange", this.#take);
    this.#lock?.release();
    this.#lock = null;
  }

  /** The person has read it. */
  accept() {
    this.#told = true;
    this.#say(false);
  }

  // Private

  #take = async () => {
    if (!this.#wanted || this.#lock || document.visibilityState === "hidden") return;
    const asked = performance.now();
    try {
      const lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => this.#lost(lock, asked));
      if (this.#wanted && !lock.released) this.#lock = lock;
      else await lock.release();
      this.#say(false);
    } catch {
      this.#say(true);
    }
  };

  /**
   * Hidden pages lose it, and so does a low battery: it is taken again while somebody looks.
   * @param {WakeLockSentinel} lock
   * @param {number} asked when
   */
  #lost(lock, asked) {
    if (lock !== this.#lock) return;
    this.#lock = null;
    if (document.visibilityState === "hidden") return;
    if (performance.now() - asked < WORTH_MS) this.#say(true);
    else this.#take();
  }

  /** @param {boolean} refused */
  #say(refused) {
    this.refused = refused && !this.#told;
    this.dispatchEvent(new Event("change"));
  }
}
