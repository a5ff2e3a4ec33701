"""The API's description (OpenAPI 3.1), generated from the models that the handlers use."""

import re
from typing import Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from server.web.api import invitations, recordings, sessions, tickets
from server.web.api.models import ErrorModel
from server.web.api.operation import Operation

PREFIX = "/api/v1"
REFERENCE = "#/components/schemas/{model}"
OPERATIONS = [
    *tickets.OPERATIONS,
    *invitations.OPERATIONS,
    *sessions.OPERATIONS,
    *recordings.OPERATIONS,
]


def description() -> dict[str, Any]:
    """The whole document."""
    models = {m for op in OPERATIONS for m in (op.takes, op.gives) if m} | {ErrorModel}
    _, schemas = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=lambda m: m.__name__)],
        ref_template=REFERENCE,
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = PREFIX + re.sub(r":[^}]+}", "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Farhand", "version": "1"},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": operation.summary}
    if operation.gives is not None:
        done["content"] = {operation.media_type: {"schema": _ref(operation.gives)}}
    elif operation.status != 204:
        done["content"] = {operation.media_type: {"schema": {"type": "string", "format": "binary"}}}
    refused = {
        "description": "Refused: a stable code and a sentence",
        "content": {"application/json": {"schema": _ref(ErrorModel)}},
    }
    described: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": f"{operation.handler.__module__.rpartition('.')[2]}-"
        f"{operation.handler.__name__}-{operation.method.lower()}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)", operation.path)
        ],
        "responses": {str(operation.status): done, "4XX": refused},
    }
    if operation.takes is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(operation.takes)}},
        }
    return described


def _ref(model: type[Any]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /api/v1/openapi.json``"""
    return web.json_response(description())
