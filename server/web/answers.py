"""Answers: pages with what every page needs, JSON, errors in either form."""

from typing import Any

from aiohttp import web

from server.web.keys import LANGUAGE, LANGUAGES, PERSON, TEMPLATES, TIME
from sessions.errors import FarhandError

JSON_PATHS = ("/api/", "/join/", "/whip/", "/socket")


def page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """Render a template for the person who asks."""
    text = request.app[TEMPLATES].render(
        template,
        request[LANGUAGE],
        {"person": request.get(PERSON), "now": request.app[TIME].now(), **context},
    )
    response = web.Response(text=text, content_type="text/html", status=status)
    response.headers["Cache-Control"] = "no-store"
    response.enable_compression()
    return response


def translate(request: web.Request, message: str) -> str:
    """A message in the request's language."""
    return request.app[LANGUAGES].text(request[LANGUAGE], message)


def sentence(request: web.Request, refusal: FarhandError) -> str:
    """What a refusal says, in the request's language."""
    return refusal.message(lambda text: translate(request, text))


def wants_json(request: web.Request) -> bool:
    """Whether a program asks: by path, by what it accepts, or by what it sends."""
    if request.path.startswith(JSON_PATHS) or request.content_type == "application/json":
        return True
    return "text/html" not in request.headers.get("Accept", "text/html")


def error_json(request: web.Request, refusal: FarhandError) -> web.Response:
    """``{"error": "stable-code", "message": "…"}``."""
    return web.json_response(
        {"error": refusal.code, "message": sentence(request, refusal)}, status=refusal.status
    )


def error_page(request: web.Request, refusal: FarhandError) -> web.Response:
    """The same as a page."""
    return page(
        request,
        "error.html",
        status=refusal.status,
        title=translate(request, "That did not work"),
        message=sentence(request, refusal),
        hint="",
        code=refusal.code,
        person=None,  # the row may have been expired by the rollback: stand outside the frame
    )
