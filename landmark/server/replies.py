"""Errors of the API: one shape for all of them, that of Google's APIs."""

import math
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    413: "OUT_OF_RANGE",
    415: "INVALID_ARGUMENT",
    422: "FAILED_PRECONDITION",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ErrorDetail(BaseModel):
    """What is wrong."""

    code: int = Field(description="The HTTP status once more.")
    message: str = Field(description="What was found, what was expected, what to do next.")
    status: str = Field(description="The code's name in Google's APIs, such as INVALID_ARGUMENT.")


class ErrorReply(BaseModel):
    """The body of every reply that is an error."""

    error: ErrorDetail


class RequestError(Exception):
    """A request that is not answered: the HTTP status, and a sentence for whoever sent it."""

    def __init__(self, status: int, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s

    def response(self) -> JSONResponse:
        """Return the reply.

        >>> RequestError(503, "Busy.", retry_after_s=0.2).response().headers["retry-after"]
        '1'
        """
        headers = {"Cache-Control": "no-store"}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after_s)))
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="landmark"'
        return JSONResponse(error_body(self.status, self.message), self.status, headers)


def error_body(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error.

    >>> error_body(404, "No such path.")
    {'error': {'code': 404, 'message': 'No such path.', 'status': 'NOT_FOUND'}}
    """
    return {"error": {"code": status, "message": message, "status": _STATUS_NAMES.get(status, "UNKNOWN")}}


def busy(found: str) -> RequestError:
    """Return the error (503) of a server that is full, which says when to come back."""
    return RequestError(503, f"{found} Nothing was done; ask again after Retry-After seconds.", retry_after_s=1)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return these errors as the OpenAPI description of a route lists them."""
    return {status: {"model": ErrorReply, "description": _DESCRIPTIONS[status]} for status in statuses}


_DESCRIPTIONS = {
    400: "The request cannot be understood.",
    401: "The token is missing or wrong.",
    403: "A page of another site, or a name that this server does not go by.",
    408: "The body did not arrive in time.",
    413: "The body is larger than allowed, or has too many parts.",
    415: "The body is of another kind than expected.",
    422: "Nothing to write: no landmark that the model knows, or one far from the photo's own position.",
    503: "Too much to do: nothing was done, ask again after Retry-After seconds.",
}
