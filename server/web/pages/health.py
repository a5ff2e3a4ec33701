"""Is the server well?"""

from aiohttp import web
from sqlmodel import select

from server.web.keys import DATABASE, HUB
from sessions.people.persons import Person


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /health``: 200 with the number of live rooms, whether the server stops,
    and the media loop's lag."""
    async with request.app[DATABASE].begin() as db:
        (await db.exec(select(Person).limit(1))).first()
    hub = request.app[HUB]
    lag = hub.lag
    return web.json_response(
        {
            "rooms": len(hub.rooms),
            "stopping": hub.admission.finish_by is not None,
            "media_lag_p99_ms": lag.p99_ms if lag else None,
        }
    )
