"""Running the server until it is told to stop, cleanly."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from datetime import timedelta

import uvloop
from aiohttp import web

from server.app import build_app, tls_context
from server.settings import Settings
from server.web import keys

log = logging.getLogger(__name__)

Started = Callable[[web.Application, str], Coroutine[None, None, None]]


def serve(settings: Settings, started: Started) -> None:
    """Serve until SIGINT, or until the calls that run at SIGTERM are over; ``started`` is told
    the application and its address."""
    uvloop.run(_serve(settings, started))


async def _serve(settings: Settings, started: Started) -> None:
    stop, at_once = asyncio.Event(), asyncio.Event()

    def signalled(name: signal.Signals) -> None:
        if stop.is_set() or name is signal.SIGINT:
            at_once.set()
        stop.set()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, signalled, name)
    app = build_app(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=settings.drain_seconds)
    await runner.setup()
    try:
        tls = tls_context(settings)
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        address = settings.public_url or f"{'https' if tls else 'http'}://localhost:{port}"
        welcome = asyncio.create_task(started(app, address), name="started")
        welcome.add_done_callback(_report)
        await stop.wait()
        welcome.cancel()
        await asyncio.gather(welcome, return_exceptions=True)
        await _finish(app, settings, at_once)
    finally:
        await runner.cleanup()


async def _finish(app: web.Application, settings: Settings, at_once: asyncio.Event) -> None:
    """Let the calls that run end, unless somebody is in a hurry."""
    by = app[keys.TIME].now() + timedelta(minutes=settings.finish_minutes)
    waits = [
        asyncio.create_task(app[keys.HUB].finish(by), name="finish"),
        asyncio.create_task(at_once.wait(), name="hurry"),
    ]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        log.error("the welcome failed", exc_info=problem)
