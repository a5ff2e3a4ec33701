/** Keeps the screen on during a call: a locked phone stops its camera. */

export class Awake extends EventTarget {
  refused = false;
  /** @type {{release: () => Promise<void>} | null} */
  #lock = null;
  #wanted = false;

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

  #take = async () => {
    if (!this.#wanted || document.visibilityState === "hidden") return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
      this.refused = false;
    } catch {
      this.refused = true;
    }
    this.dispatchEvent(new Event("change"));
  };
}
