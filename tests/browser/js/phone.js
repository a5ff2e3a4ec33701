/**
 * What happens to phones, as the browser tells a page of it: a camera that is taken and given back,
 * a page that is hidden, a light, a wake lock. Only the browser's own interfaces are stood in for.
 */

const farhandPhone = {
  /** What the light is told; `works` is whether the phone obeys. */
  light: { on: false, works: true },
  /** Wake locks that were given; `refuse` is whether no more are. */
  locks: { given: [], refuse: false },

  /** The newest track of a kind that the page got from the browser. */
  track(kind) {
    return farhandProbe.captured.flatMap((stream) => stream.getTracks()).findLast((t) => t.kind === kind);
  },

  /** How often the page has asked for camera and microphone. */
  get asked() {
    return farhandProbe.captured.length;
  },

  take(kind) {
    Object.defineProperty(farhandPhone.track(kind), "muted", { value: true, configurable: true });
    farhandPhone.track(kind).dispatchEvent(new Event("mute"));
  },

  giveBack(kind) {
    delete farhandPhone.track(kind).muted;
    farhandPhone.track(kind).dispatchEvent(new Event("unmute"));
  },

  /** @param {boolean} told whether the browser tells the page of it */
  end(kind, told = true) {
    const track = farhandPhone.track(kind);
    track.stop();
    if (told) track.dispatchEvent(new Event("ended"));
  },

  hide(hidden) {
    const value = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  },
};

{
  const { getCapabilities, getSettings, applyConstraints } = MediaStreamTrack.prototype;
  const lit = new WeakSet();
  Object.assign(MediaStreamTrack.prototype, {
    getCapabilities() {
      return { ...getCapabilities.call(this), ...(this.kind === "video" && { torch: true }) };
    },
    getSettings() {
      const torch = farhandPhone.light.on && lit.has(this);
      return { ...getSettings.call(this), ...(this.kind === "video" && { torch }) };
    },
    async applyConstraints(wanted) {
      const { torch } = wanted?.advanced?.[0] ?? {};
      if (torch === undefined) return applyConstraints.call(this, wanted);
      if (!farhandPhone.light.works) throw new DOMException("no light", "OverconstrainedError");
      farhandPhone.light.on = torch;
      lit.add(this);
    },
  });

  const request = async () => {
    if (farhandPhone.locks.refuse) throw new DOMException("battery is low", "NotAllowedError");
    const lock = new EventTarget();
    lock.released = false;
    lock.release = async () => {
      if (lock.released) return;
      lock.released = true;
      lock.dispatchEvent(new Event("release"));
    };
    farhandPhone.locks.given.push(lock);
    return lock;
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request } });
}
globalThis.farhandPhone = farhandPhone;
