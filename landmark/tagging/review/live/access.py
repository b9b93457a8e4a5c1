"""Who may ask the review server: the browser that came with the token, asking this machine by its own name.

The token is in the address that is opened. It is exchanged once for a cookie, so that an address in a history, a log or
over a shoulder opens nothing. Other programs and other pages of the browser have neither.
"""

import hmac
import secrets
import threading
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

_LOCAL_NAMES = ("127.0.0.1", "localhost")

# The browser itself enforces that the page loads nothing from elsewhere and sends nothing elsewhere.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Access:
    """The token of one run, and the cookie that it is exchanged for.

    >>> access = Access()
    >>> cookie = access.exchange(access.token, 8000)
    >>> access.knows(cookie, 8000), access.knows(None, 8000), access.exchange(access.token, 8000)
    (True, False, None)
    """

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self._secret = secrets.token_urlsafe(32)
        self.is_spent = False
        self._lock = threading.Lock()

    def exchange(self, token: str, port: int) -> str | None:
        """Return the Set-Cookie for the right token, the first time; else None."""
        with self._lock:
            if self.is_spent or not hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode()):
                return None
            self.is_spent = True
        return f"{_cookie_name(port)}={self._secret}; Path=/; HttpOnly; SameSite=Strict"

    def knows(self, cookies: str | None, port: int) -> bool:
        """Return whether a request's cookies hold ours."""
        try:
            found = SimpleCookie(cookies or "").get(_cookie_name(port))
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode("utf-8", "replace"), self._secret.encode())


def is_local(host: str | None) -> bool:
    """Return whether a Host header names this machine itself; another name that leads here is a page's trick.

    >>> is_local("127.0.0.1:8000"), is_local("example.org:8000"), is_local("127.0.0.1.example.org")
    (True, False, False)
    """
    try:
        return urlsplit(f"//{host or ''}").hostname in _LOCAL_NAMES
    except ValueError:
        return False


def is_same_origin(origin: str | None, host: str | None, site: str | None) -> bool:
    """Return whether a request that changes something comes from our own page, by Origin and Sec-Fetch-Site."""
    return origin == f"http://{host}" and site in (None, "same-origin")


def _cookie_name(port: int) -> str:
    return f"landmark-review-{port}"  # browsers do not tell ports of one host apart
