"""The OpenAPI description: what FastAPI makes of the routes, put right where ours differ, and the token."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_TOKENS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Goog-Api-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
}


def describe_api(app: FastAPI, *, has_token: bool) -> None:
    """Let /openapi.json say what is so."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app, has_token)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]  # FastAPI's documented way


def _describe(app: FastAPI, has_token: bool) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    components = schema["components"]
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)  # wrong parameters get the same 400 as everything else
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            _move_definitions(body, components["schemas"])
            if has_token and path.startswith(("/v1/", "/metrics")):
                operation["security"] = [{name: []} for name in _TOKENS]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    if has_token:
        components["securitySchemes"] = _TOKENS
    return schema


def _move_definitions(body: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put the parts of a body's schema that pydantic hangs on itself beside all the others."""
    schemas.update({name: _lead_there(part) for name, part in body.pop("$defs", {}).items()})
    body.update(_lead_there(body))


def _lead_there(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/") if key == "$ref" else _lead_there(value)
            for key, value in part.items()
        }
    return [_lead_there(item) for item in part] if isinstance(part, list) else part
