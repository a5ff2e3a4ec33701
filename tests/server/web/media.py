"""Real media for stories that need it: a peer that connects through a signalling socket."""

from sessions.live.media import Answer
from tests.server.media.peer import Peer
from tests.world import Socket


async def connect(side: Socket, peer: Peer | None = None) -> Peer:
    """Offer, take the answer, and be connected by ICE and DTLS."""
    peer = peer or Peer()
    answer = await side.ask("offer", sdp=peer.offer)
    assert answer["type"] == "answer", answer
    await peer.connect(Answer(answer["leg"], answer["sdp"]))
    return peer
