"""The whole of Farhand put together: the only place where its parts meet."""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import web

from recordings.gauge import Gauge
from recordings.recorder import Recorder
from server import tables
from server.integrations.qr import qr_svg
from server.integrations.turn import ice_servers
from server.media.remote import RemotePlane
from server.media.settings import MediaSettings
from server.production import Production
from server.settings import Settings
from server.web import keys, middleware
from server.web.album import Album
from server.web.language import Languages
from server.web.routes import routes
from server.web.static import Assets
from server.web.templates import Templates
from server.web.tries import Tries
from sessions.db import Database
from sessions.live.admission import Admission, Limits
from sessions.live.hub import Hub
from sessions.live.room import Room, Timepiece

PRODUCTION = web.AppKey("production", Production)
PLANE = web.AppKey("plane", RemotePlane)
log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
KIB = 1024


def build_app(settings: Settings) -> web.Application:
    """Farhand as an aiohttp application."""
    app = web.Application(middlewares=middleware.ALL, client_max_size=settings.body_limit_kib * KIB)
    assets = Assets()
    app[keys.SETTINGS] = settings
    app[keys.LANGUAGES] = Languages()
    app[keys.TEMPLATES] = Templates(app[keys.LANGUAGES], assets.url)
    app[keys.TIME] = Timepiece(now=lambda: datetime.now(UTC), monotonic_ns=time.monotonic_ns)
    app[keys.DRAW_QR] = qr_svg
    app[keys.ICE_SERVERS] = ice_servers(
        settings.turn_servers, settings.turn_secret.get_secret_value(), settings.turn_lasts
    )
    app[keys.TRIES] = Tries()
    app[keys.ALBUM] = Album(settings.photos_dir)
    app[keys.GAUGE] = Gauge(settings.recordings_dir, settings.rated_calls)
    app.add_routes(routes(assets))
    app.cleanup_ctx.extend([_database, _media, _production, _rooms])
    return app


async def _database(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = app[keys.DATABASE] = Database(settings.database)
    await tables.upgrade(database)
    yield
    await database.close()


async def _media(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    plane = app[PLANE] = await RemotePlane.start(
        MediaSettings(
            host=settings.media_host,
            port=settings.media_port,
            public_addresses=settings.public_addresses,
        )
    )
    yield
    await plane.stop()


async def _production(app: web.Application) -> AsyncIterator[None]:
    production = app[PRODUCTION] = Production(
        app[keys.SETTINGS], app[keys.DATABASE], app[keys.TIME]
    )
    await production.start()
    yield
    await production.stop()


async def _rooms(app: web.Application) -> AsyncIterator[None]:
    settings = app[keys.SETTINGS]
    limits = Limits(cpu=settings.admission_cpu, lag_ms=settings.admission_lag_ms)
    hub = app[keys.HUB] = Hub(app[keys.DATABASE], app[PLANE], app[keys.TIME], Admission(limits))

    def recorder(room: Room) -> Recorder:
        folder = settings.recordings_dir / room.id
        return Recorder(room, folder, app[PRODUCTION].complete, settings.rated_calls)

    hub.observe(recorder)
    ticker = asyncio.create_task(_tick(hub), name="tick")
    # Sockets must be told before the server waits for them to close.
    app.on_shutdown.append(_drain)
    yield
    ticker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticker


async def _tick(hub: Hub) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await hub.tick()


async def _drain(app: web.Application) -> None:
    try:
        async with asyncio.timeout(app[keys.SETTINGS].drain_seconds):
            await app[keys.HUB].drain()
    except TimeoutError:
        log.exception("rooms did not close in time; their logs are sealed at the next start")


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """For HTTPS, where a certificate is set."""
    if settings.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context
