"""The servers that are compared, each joined by the load in its own way."""

import asyncio
import contextlib
import secrets
import shutil
import socket
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from server.media.remote import RemotePlane
from server.media.settings import MediaSettings
from sessions.live.media import Seating
from tests.bench.media.child import Child

JANUS = "janus"


class Server(Protocol):
    """``pid`` is the process whose cost counts."""

    pid: int

    async def join(self, load: Child, call: int) -> None: ...

    async def stop(self) -> None: ...


class Farhand:
    """This project's media process, recording."""

    def __init__(self, plane: RemotePlane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        assert plane.pid is not None
        self.pid = plane.pid

    @classmethod
    async def start(cls, address: str, folder: Path) -> "Farhand":
        settings = MediaSettings(host=address, log_level="error")
        return cls(await RemotePlane.start(settings), folder)

    async def join(self, load: Child, call: int) -> None:
        room = f"room-{call}"
        await self._plane.seat(room, "receiver", Seating({0: "publisher"}))
        await self._plane.record(room, str(self._folder / room), {"session": room})
        for role in ("receiver", "publisher"):
            offer = await load.do(offer=call, role=role)
            answer = await self._plane.join(room, role, offer["sdp"])
            await load.do(take=call, role=role, sdp=answer.sdp)
            await load.do(**{"await": call, "role": role})

    async def stop(self) -> None:
        await self._plane.stop()


class Stock:
    """aiortc as its documentation shows it, recording."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.pid = child.pid

    @classmethod
    async def start(cls, address: str, folder: Path) -> "Stock":
        return cls(await Child.start("tests.bench.media.stock", address, str(folder)))

    async def join(self, load: Child, call: int) -> None:
        for role in ("publisher", "receiver"):
            offer = await load.do(offer=call, role=role)
            answer = await self._child.do(join=role, sdp=offer["sdp"])
            await load.do(take=call, role=role, sdp=answer["sdp"])
            await load.do(**{"await": call, "role": role})

    async def stop(self) -> None:
        await self._child.stop()


class Janus:
    """Janus with its video room, recording (https://janus.conf.meetecho.com/docs/videoroom)."""

    def __init__(
        self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession, folder: Path
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._http = http
        self._folder = folder
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session = 0

    @staticmethod
    def is_installed() -> bool:
        return shutil.which(JANUS) is not None

    @classmethod
    async def start(cls, address: str, folder: Path) -> "Janus":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        configs = folder / "janus"
        configs.mkdir()
        libraries = next(Path("/usr/lib").glob("*/janus"))
        (configs / "janus.jcfg").write_text(
            f'general: {{ plugins_folder = "{libraries}/plugins"\n'
            f'transports_folder = "{libraries}/transports"\nprotected_folders = [] }}\n'
            'plugins: { disable = "libjanus_audiobridge.so,libjanus_streaming.so,'
            "libjanus_sip.so,libjanus_nosip.so,libjanus_lua.so,libjanus_duktape.so,"
            'libjanus_voicemail.so" }\n'
            'transports: { disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_rabbitmq.so,'
            'libjanus_mqtt.so,libjanus_nanomsg.so" }\n'
            f'nat: {{ ice_lite = true\nice_enforce_list = "{address}" }}\n'
        )
        (configs / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ ws = true\nws_port = {port}\nws_ip = "127.0.0.1" }}\n'
        )
        process = await asyncio.create_subprocess_exec(
            JANUS,
            f"--configs-folder={configs}",
            f"--config={configs}/janus.jcfg",
            "--debug-level=1",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        janus = cls(process, aiohttp.ClientSession(), folder)
        await janus._open(f"ws://127.0.0.1:{port}/")
        return janus

    async def _open(self, url: str) -> None:
        for _ in range(100):
            with contextlib.suppress(aiohttp.ClientConnectionError):
                self._socket = await self._http.ws_connect(url, protocols=["janus-protocol"])
                break
            await asyncio.sleep(0.1)
        self._session = (await self._ask(janus="create"))["data"]["id"]

    async def _ask(self, final: str = "success", **message: Any) -> dict[str, Any]:
        transaction = secrets.token_hex(6)
        if self._session:
            message["session_id"] = self._session
        assert self._socket is not None, "Janus did not start"
        await self._socket.send_json({**message, "transaction": transaction})
        while True:
            reply = await self._socket.receive_json(timeout=10)
            if reply.get("transaction") == transaction and reply["janus"] != "ack":
                assert reply["janus"] == final, reply
                return reply

    async def _attach(self) -> int:
        plugin = "janus.plugin.videoroom"
        return (await self._ask(janus="attach", plugin=plugin))["data"]["id"]

    async def _say(self, handle: int, body: dict[str, Any], sdp: str = "", kind: str = "") -> Any:
        jsep = {"jsep": {"type": kind, "sdp": sdp}} if sdp else {}
        return await self._ask("event", janus="message", handle_id=handle, body=body, **jsep)

    async def join(self, load: Child, call: int) -> None:
        room = 1000 + call
        publisher, receiver = await self._attach(), await self._attach()
        body = {
            "request": "create",
            "room": room,
            "publishers": 1,
            "videocodec": "vp8",
            "audiocodec": "opus",
            "record": True,
            "rec_dir": str(self._folder / f"janus-{room}"),
            "fir_freq": 0,
        }
        await self._ask(janus="message", handle_id=publisher, body=body)
        joined = await self._say(publisher, {"request": "join", "ptype": "publisher", "room": room})
        feed = joined["plugindata"]["data"]["id"]
        offer = await load.do(offer=call, role="publisher")
        reply = await self._say(publisher, {"request": "publish"}, offer["sdp"], "offer")
        await load.do(take=call, role="publisher", sdp=reply["jsep"]["sdp"])
        await load.do(**{"await": call, "role": "publisher"})
        body = {"request": "join", "ptype": "subscriber", "room": room}
        reply: dict[str, Any] = {}
        while "jsep" not in reply:  # refused until the publisher's first packets are in
            await asyncio.sleep(0.05)
            reply = await self._say(receiver, {**body, "streams": [{"feed": feed}]})
        answer = await load.do(answer=call, role="receiver", sdp=reply["jsep"]["sdp"])
        await self._say(receiver, {"request": "start"}, answer["sdp"], "answer")
        await load.do(**{"await": call, "role": "receiver"})

    async def stop(self) -> None:
        await self._http.close()
        self._process.terminate()
        await self._process.wait()
