"""What happens around every request: language, same-origin, errors, security headers."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from server.web.answers import error_json, error_page, wants_json
from server.web.forms import RequestRefused
from server.web.keys import LANGUAGE, LANGUAGES, SETTINGS
from sessions.errors import FarhandError
from sessions.live.loop import InternalError
from sessions.people.access import SignInNeeded

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
}


class OtherOrigin(FarhandError):
    code = "other-origin"
    text = "This request came from another website and was refused."
    status = 403


class PageUnknown(FarhandError):
    code = "page-unknown"
    text = "There is no such page."
    status = 404


class MethodRefused(FarhandError):
    code = "method-refused"
    text = "This address does not take that kind of request."
    status = 405


class BodyTooLarge(FarhandError):
    code = "body-too-large"
    text = "This request is too large."
    status = 413


@web.middleware
async def proxied(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Behind an own proxy, the request as the browser sent it: what the nearest proxy says."""
    if request.app[SETTINGS].trust_proxy:
        request = request.clone(
            scheme=_nearest(request, "X-Forwarded-Proto") or request.scheme,
            remote=_nearest(request, "X-Forwarded-For") or request.remote or "",
        )
    return await handler(request)


def _nearest(request: web.Request, name: str) -> str:
    return request.headers.get(name, "").rpartition(",")[2].strip()


@web.middleware
async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Security headers on every answer."""
    response = await handler(request)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


@web.middleware
async def language(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Which language this request is answered in."""
    request[LANGUAGE] = request.app[LANGUAGES].choose(request)
    return await handler(request)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals become answers with a stable code; anything else is logged and says sorry."""
    try:
        return await handler(request)
    except FarhandError as refusal:
        return _answer(request, refusal)
    except web.HTTPRequestEntityTooLarge:
        return _answer(request, BodyTooLarge())
    except web.HTTPNotFound:
        return _answer(request, PageUnknown())
    except web.HTTPMethodNotAllowed:
        return _answer(request, MethodRefused())
    except web.HTTPClientError:
        return _answer(request, RequestRefused())
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request failed", extra={"path": request.path})
        return _answer(request, InternalError())


def _answer(request: web.Request, refusal: FarhandError) -> web.Response:
    if wants_json(request):
        return error_json(request, refusal)
    if isinstance(refusal, SignInNeeded):
        return web.Response(status=303, headers={"Location": "/sign-in"})
    return error_page(request, refusal)


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unsafe requests and sockets come from our own pages, or from programs without cookies.

    By Sec-Fetch-Site (W3C Fetch Metadata), else by Origin against Host."""
    socket = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method not in SAFE_METHODS or socket:
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        if site is not None:
            allowed = site in ("same-origin", "none")
        else:
            allowed = origin is None or origin.partition("://")[2] == request.host
        if not allowed:
            raise OtherOrigin
    return await handler(request)


ALL = [proxied, headers, language, errors, same_origin]
