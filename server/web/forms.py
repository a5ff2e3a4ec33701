"""Forms as browsers post them."""

from aiohttp import web

from sessions.errors import FarhandError


class RequestRefused(FarhandError):
    code = "request-refused"
    text = "The server could not understand this request."


async def posted(request: web.Request) -> dict[str, str]:
    """The text fields of a posted form; files are passed over. Raises RequestRefused.

    Read before a transaction begins: nobody's slow line may hold the database."""
    try:
        fields = await request.post()
    except (ValueError, LookupError):  # no such charset, no boundary, no text
        raise RequestRefused from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}
