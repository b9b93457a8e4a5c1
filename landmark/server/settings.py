"""The settings of a server, checked before anything listens."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from landmark.core.cpu import available_cpus
from landmark.core.errors import ConfigurationError
from landmark.photo import Limits

MEGABYTE = 1_000_000
TOKEN_VARIABLE = "LANDMARK_TOKEN"


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens, who may ask, and how much it takes on.

    Raises `ConfigurationError` for values that cannot be, and for a host that others can reach without a token.

    >>> ServerSettings(host="0.0.0.0")
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: The host 0.0.0.0 can be reached from other machines, and no token is set. \
Expected --token-file FILE (or LANDMARK_TOKEN), so that not everybody can use it; or --host 127.0.0.1.
    """

    model: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1  # processes; each loads the network for itself, about 250 MB
    token: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()  # names by which a local server may be called, beside localhost
    deadline_s: float = 5.0  # for each photo of a request, from when it has arrived
    queue: int = 3  # photos in flight for each core; more are refused
    max_upload_mb: float = 32  # a whole request
    upload_s: float = 60.0  # for a whole body: a phone on a slow line needs some
    max_photos: int = 16  # in a request, as at Google Vision
    max_megapixels: float = 100
    log_photos: bool = False

    def __post_init__(self) -> None:
        for name in ("workers", "queue", "max_photos"):
            if (count := getattr(self, name)) < 1:
                raise ConfigurationError(f"{name} is {count}. Expected at least 1.")
        for name in ("deadline_s", "max_upload_mb", "upload_s", "max_megapixels"):
            if not 0 < (amount := getattr(self, name)) < float("inf"):
                raise ConfigurationError(f"{name} is {amount}. Expected a number above 0.")
        if not 0 <= self.port <= 65_535:
            raise ConfigurationError(f"port is {self.port}. Expected 0 (any free one) to 65535.")
        if self.token is not None:
            _check_token(self.token)
        elif not self.is_local:
            raise ConfigurationError(
                f"The host {self.host} can be reached from other machines, and no token is set. Expected "
                f"--token-file FILE (or {TOKEN_VARIABLE}), so that not everybody can use it; or --host 127.0.0.1."
            )

    @property
    def is_local(self) -> bool:
        """Return whether only this machine can reach the server.

        >>> [ServerSettings(host=host, token="t").is_local for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0")]
        [True, True, True, False]
        """
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # any other name may be anybody's
            return self.host == "localhost"

    @property
    def threads(self) -> int:
        """Return how many photos each process computes at once: its share of the cores."""
        return max(1, available_cpus() // self.workers)

    @property
    def max_in_flight(self) -> int:
        """Return how many photos each process takes on at once."""
        return self.queue * self.threads

    @property
    def max_upload_bytes(self) -> int:
        """Return the size of the largest body of a request, in bytes."""
        return int(self.max_upload_mb * MEGABYTE)

    @property
    def photo_limits(self) -> Limits:
        """Return the limits of a photo; they are stricter than for files on one's own disk."""
        return Limits(
            max_bytes=self.max_upload_bytes,
            max_pixels=int(self.max_megapixels * MEGABYTE),
            max_frames=1_000,
            max_metadata_bytes=min(16 * MEGABYTE, self.max_upload_bytes // 2),
        )

    @classmethod
    def with_token_file(cls, token_file: Path | None, **settings: object) -> Self:
        """Make settings, with the token of a file's first line where one is named. Raises `ConfigurationError`."""
        if token_file is not None:
            if settings.get("token") is not None:
                raise ConfigurationError("Found both a token and a token file. Expected one of them.")
            settings["token"] = _read_token(token_file)
        return cls(**settings)  # type: ignore[arg-type]  # what they are is checked above


def _check_token(token: str) -> None:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            "The token is empty, or holds spaces or signs that a header cannot carry. Expected letters, digits and "
            "punctuation, such as the output of: openssl rand -hex 24"
        )


def _read_token(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}). Expected a file with the token in its first line."
        ) from error
    return lines[0].strip() if lines else ""
