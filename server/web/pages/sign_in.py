"""Signing in and out, and the language a person reads."""

from aiohttp import web

from server.web import access
from server.web.answers import page, sentence
from server.web.forms import posted
from server.web.keys import DATABASE, LANGUAGE, LANGUAGES, TIME, TRIES
from server.web.language import COOKIE, SPOKEN
from server.web.tries import TooManyTries
from sessions.errors import FarhandError
from sessions.people.logins import LOGIN_LASTS, Login, SignInLink, SignInRefused

YEAR_SECONDS = 365 * 24 * 3600


async def home(request: web.Request) -> web.StreamResponse:
    """``GET /``"""
    raise web.HTTPSeeOther("/desk")


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /sign-in``"""
    return page(request, "desk/sign_in.html", email="", error=None)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """``POST /sign-in`` with email and password."""
    form = await posted(request)
    email, password = form.get("email", ""), form.get("password", "")
    now, where = request.app[TIME].now(), access.address(request)
    tries, who = request.app[TRIES], email.strip().lower()
    try:
        tries.begin(now, who, where)
        _, token = await Login.with_password(request.app[DATABASE], email, password, now, where)
    except (TooManyTries, SignInRefused) as refusal:
        return _refused(request, email, refusal)
    tries.succeeded(who, where)
    return _to_desk(request, token)


def _refused(request: web.Request, email: str, refusal: FarhandError) -> web.Response:
    return page(
        request,
        "desk/sign_in.html",
        status=refusal.status,
        email=email,
        error=sentence(request, refusal),
    )


async def by_link(request: web.Request) -> web.StreamResponse:
    """``GET /in/{token}``: a one-time link."""
    async with request.app[DATABASE].begin() as db:
        _, token, person = await SignInLink.use(
            db, request.match_info["token"], request.app[TIME].now(), access.address(request)
        )
    request[LANGUAGE] = request.app[LANGUAGES].choose(request, person.language)
    return _to_desk(request, token)


def _to_desk(request: web.Request, token: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": "/desk"})
    access.set_cookie(
        request,
        response,
        access.LOGIN_COOKIE,
        token,
        lasts=int(LOGIN_LASTS.total_seconds()),
    )
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """``POST /sign-out``"""
    token = request.cookies.get(access.cookie_name(request, access.LOGIN_COOKIE), "")
    now = request.app[TIME].now()
    async with request.app[DATABASE].begin() as db:
        found = await Login.find(db, token, now)
        if found:
            found[0].revoke(db, now)
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    access.drop_cookie(request, response, access.LOGIN_COOKIE)
    return response


async def choose_language(request: web.Request) -> web.StreamResponse:
    """``POST /language`` with ``language`` and the page to go ``back`` to."""
    form = await posted(request)
    language, back = form.get("language", ""), form.get("back", "/")
    own_page = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = web.Response(status=303, headers={"Location": back if own_page else "/"})
    if language in SPOKEN:
        response.set_cookie(COOKIE, language, max_age=YEAR_SECONDS, path="/", samesite="Lax")
    return response


async def catalogue(request: web.Request) -> web.StreamResponse:
    """``GET /locale/{language}.json``: English message to translation."""
    language = request.match_info["language"]
    if language not in SPOKEN:
        raise web.HTTPNotFound
    response = web.json_response(dict(request.app[LANGUAGES].catalogue(language)))
    response.headers["Cache-Control"] = "no-cache"
    response.enable_compression()
    return response
