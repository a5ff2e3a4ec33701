"""Ways into a call where a network blocks UDP."""

import time

from tests.faults.calls import Call

PAIR = """async () => {
  const { pc } = farhandProbe.connections.findLast(({ pc }) => pc.connectionState === "connected");
  const stats = await pc.getStats();
  const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === "transport");
  const { localCandidateId } = stats.get(selectedCandidatePairId);
  return stats.get(localCandidateId);
}"""


async def joins(call: Call, count: int) -> list[float]:
    """Kim leaves and joins again, so often; seconds from each tap on Join until both see and
    hear each other."""
    found = []
    for _ in range(count):
        await call.kim.press("Leave")
        await call.kim.reads("You have left the call")
        await call.kim.page.reload()
        await call.kim.reads("Your microphone works.")
        tapped = time.monotonic()
        await call.kim.join()
        found.append(await call.back(tapped))
        await call.runs()
    return found


async def protocol(call: Call) -> str:
    """What carries Kim's media: ``udp``, ``tcp``, or ``relay`` by a TURN server."""
    candidate = await call.kim.page.evaluate(PAIR)
    is_relayed = candidate["candidateType"] == "relay"
    found: str = "relay" if is_relayed else candidate["protocol"]
    return found
