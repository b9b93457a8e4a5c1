"""Who may ask: the token, and no page of another site; and the security headers of replies.

A pure ASGI layer in front of everything. CORS is closed: no reply ever allows another origin.
"""

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from landmark.server.bodies import Body
from landmark.server.replies import RequestError

_GUARDED = ("/v1/", "/metrics")  # the page, its files and the probes hold no secrets
_REFUSED_BODY_S = 60.0  # for a body that is refused, in which its sender may still read why
_PROBES = ("/healthz", "/readyz")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")

# The browser itself enforces that the page loads nothing from elsewhere and sends nothing elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Guard:
    """Let requests through that may ask, and put the security headers on every reply."""

    def __init__(self, app: ASGIApp, *, token: str | None, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._token = token
        self._hosts = {name.lower().strip("[]") for name in (*_LOCAL_NAMES, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_RAW_HEADERS]
            await send(message)

        try:
            self._check(scope)
        except RequestError as error:
            # A body that came after the reply would leave its connection open for good, and their number is limited.
            reply = Body(receive, send_with_headers, _REFUSED_BODY_S).send if _has_body(scope) else send_with_headers
            await error.response()(scope, receive, reply)
        else:
            await self._app(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if path in _PROBES:
            return
        if self._token is None:
            self._check_host(headers)
        if path.startswith(_GUARDED):
            _check_origin(headers)
            if self._token is not None and not any(self._is_token(sent) for sent in _sent_tokens(scope, headers)):
                raise RequestError(
                    401,
                    "No valid token came with the request. Expected the one that the server was started with, as the "
                    "header 'Authorization: Bearer TOKEN' or 'X-Goog-Api-Key: TOKEN', or as ?key=TOKEN.",
                )

    def _check_host(self, headers: Headers) -> None:
        """Refuse other names: a site may point its own name at this machine to read the answers (DNS rebinding)."""
        host = _host_of(f"//{headers['host']}") if "host" in headers else "localhost"
        if host not in self._hosts:
            raise RequestError(
                403,
                f"The server does not go by the name {host[:100]!r}. Expected one of {', '.join(sorted(self._hosts))}; "
                "start it with --allow-host NAME, or with a token.",
            )

    def _is_token(self, sent: str) -> bool:
        """Compare in constant time; of digests, since the comparison of texts depends on their lengths."""
        digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (sent, self._token or "")]
        return hmac.compare_digest(*digests)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in scope["headers"])


def _check_origin(headers: Headers) -> None:
    """Refuse requests from pages of other sites: browsers send forms anywhere, and say from where."""
    origin = headers.get("origin")
    same = origin is None or origin.lower().partition("//")[2] == headers.get("host", "").lower()
    if not same or headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        raise RequestError(403, "The request comes from a page of another site. Expected one of this server's own.")


def _sent_tokens(scope: Scope, headers: Headers) -> list[str]:
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    keys = parse_qs(scope["query_string"].decode("latin-1")).get("key", [])
    return [*([bearer.strip()] if kind.lower() == "bearer" else []), headers.get("x-goog-api-key", ""), *keys[:1]]


def _host_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # brackets that do not match
        return address
