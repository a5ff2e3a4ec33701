"""Running the server until it is told to stop, cleanly."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine

import uvloop
from aiohttp import web

from server.app import build_app, tls_context
from server.settings import Settings

log = logging.getLogger(__name__)

Started = Callable[[web.Application, str], Coroutine[None, None, None]]


def serve(settings: Settings, started: Started) -> None:
    """Serve until SIGINT or SIGTERM; ``started`` is told the application and its address."""
    uvloop.run(_serve(settings, started))


async def _serve(settings: Settings, started: Started) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
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
    finally:
        await runner.cleanup()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        log.error("the welcome failed", exc_info=problem)
