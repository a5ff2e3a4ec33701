/**
 * What flows into a page: when each picture of somebody else was shown, and whether their sound
 * arrives. Times are milliseconds since 1970.
 */
const farhandFlow = {
  /** When pictures of others were shown. */
  shown: [],

  /** How long each picture stood between two times, in ms, and when the next one came. */
  stood(from, to) {
    const within = farhandFlow.shown.filter((at) => at >= from && at <= to);
    return [...within, to].map((at, nth) => [at - (within[nth - 1] ?? from), at]);
  },

  /** Waits until pictures and sound that came after a time are here; when that was. */
  async back([since, patience]) {
    const end = performance.now() + patience;
    const before = new Map();
    let heard = 0;
    for (;;) {
      for (const { pc } of farhandProbe.connections) {
        if (pc.connectionState !== "connected" || heard) continue;
        const count = await received(pc);
        if (count > (before.get(pc) ?? Infinity)) heard = performance.timeOrigin + performance.now();
        before.set(pc, count);
      }
      const seen = farhandFlow.shown.find((at) => at > since);
      if (seen && heard > since) return Math.max(seen, heard);
      if (performance.now() > end) throw new Error(`not back: seen ${seen}, heard ${heard}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
};

/** @param {RTCPeerConnection} pc @returns how many packets of sound it has received */
async function received(pc) {
  const entries = [...(await pc.getStats()).values()];
  return entries
    .filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio")
    .reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
}

{
  const seen = new WeakSet();
  const own = (video) => {
    const [track] = video.srcObject?.getVideoTracks() ?? [];
    return farhandProbe.captured.some((stream) => stream.getTracks().includes(track));
  };
  const watch = (video) =>
    video.requestVideoFrameCallback((_, { presentationTime }) => {
      if (!own(video)) farhandFlow.shown.push(performance.timeOrigin + presentationTime);
      watch(video);
    });
  new MutationObserver(() => {
    for (const video of document.querySelectorAll("video")) {
      if (!seen.has(video)) watch(video);
      seen.add(video);
    }
  }).observe(document, { subtree: true, childList: true });
}
globalThis.farhandFlow = farhandFlow;
