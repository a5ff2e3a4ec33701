"""One operation of the API: its address, its models, its handler, its place in OpenAPI."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sessions.errors import FarhandError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body", bound=BaseModel)


class BodyRefused(FarhandError):
    code = "body-refused"
    text = "The request's body is not right at %(field)s: %(problem)s"
    status = 422


@dataclass(frozen=True)
class Operation:
    """``GET``, ``POST`` or ``DELETE`` on a path below ``/api/v1``. ``takes`` and ``gives`` are
    the models of the bodies; ``gives`` None means no body (204) or, with ``media_type``, a file."""

    method: str
    path: str
    handler: Handler
    summary: str
    gives: type[BaseModel] | None = None
    takes: type[BaseModel] | None = None
    status: int = 200
    media_type: str = "application/json"


def answer(model: BaseModel, status: int = 200) -> web.Response:
    """A model as JSON."""
    return web.Response(
        text=model.model_dump_json(), content_type="application/json", status=status
    )


def body(text: bytes, model: type[Body]) -> Body:
    """A request's JSON body as a model. Raises BodyRefused, naming the field.

    Read it before a transaction begins: nobody's slow line may hold the database."""
    try:
        return model.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise BodyRefused(field=field, problem=first["msg"]) from None
