"""The OpenAPI description: FastAPI's, corrected where our routes differ from what it assumes, with the token."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_TOKENS = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Goog-Api-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
}


def describe_api(app: FastAPI, *, has_token: bool) -> None:
    """Make /openapi.json describe the API as it is."""

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
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]  # wrong parameters get the same 400 as everything else
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            components["schemas"].update(body.pop("$defs", {}))  # which pydantic nests in a body's schema
            if has_token and path.startswith(("/v1/", "/metrics")):
                operation["security"] = [{name: []} for name in _TOKENS]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    if has_token:
        components["securitySchemes"] = _TOKENS
    return schema
