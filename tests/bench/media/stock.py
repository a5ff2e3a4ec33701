"""A server such as aiortc's documentation shows: MediaRelay to the receiver, MediaRecorder to disk.

Speaks JSON lines like the load: ``{"join": "publisher", "sdp": …}`` gives ``{"sdp": …}``.
"""

import asyncio
import json
import sys
from typing import Any

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder, MediaRelay


class Stock:
    """One-way calls: a publisher's tracks are relayed to the next receiver that joins."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._relay = MediaRelay()
        self._tracks: list[Any] = []
        self._kept: list[Any] = []

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._kept.append(connection)
        offer = RTCSessionDescription(command["sdp"], "offer")
        if command["join"] == "publisher":
            self._tracks = []
            connection.on("track", self._tracks.append)
            await connection.setRemoteDescription(offer)
            recorder = MediaRecorder(f"{self._folder}/stock-{len(self._kept)}.mp4")
            for track in self._tracks:
                recorder.addTrack(self._relay.subscribe(track))
            await recorder.start()
            self._kept.append(recorder)
        else:
            await connection.setRemoteDescription(offer)
            for track in self._tracks:
                connection.addTrack(self._relay.subscribe(track))
        await connection.setLocalDescription(await connection.createAnswer())
        return {"sdp": connection.localDescription.sdp}


async def main(address: str, folder: str) -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address]
    stock = Stock(folder)
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        print(json.dumps(await stock.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
