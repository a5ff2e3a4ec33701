"""What handlers find in the application and in a request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from recordings.gauge import Gauge
from server.settings import Settings
from server.web.album import Album
from server.web.language import Languages
from server.web.templates import Templates
from server.web.tries import Tries
from sessions.db import Database
from sessions.live.hub import Hub
from sessions.live.room import Timepiece
from sessions.people.persons import Person

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
ALBUM = web.AppKey("album", Album)
GAUGE = web.AppKey("gauge", Gauge)
TRIES = web.AppKey("tries", Tries)
HUB = web.AppKey("hub", Hub)
TIME = web.AppKey("time", Timepiece)
LANGUAGES = web.AppKey("languages", Languages)
TEMPLATES = web.AppKey("templates", Templates)
DRAW_QR: web.AppKey[Callable[[str], bytes]] = web.AppKey("draw_qr")
ICE_SERVERS: web.AppKey[Callable[[str, datetime], list[dict[str, Any]]]] = web.AppKey("ice_servers")

LANGUAGE = web.RequestKey("language", str)
PERSON = web.RequestKey("person", Person)
