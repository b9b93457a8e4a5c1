"""A review of an album on a page that this machine serves to its own browser, until Ctrl-C."""

import os
import sys
import webbrowser
from collections.abc import Callable, Generator
from pathlib import Path

from landmark.core.errors import ConfigurationError
from landmark.core.lock import exclusive_lock
from landmark.tagging.request import TagRun
from landmark.tagging.review.live.carrying_out import CarryingOut
from landmark.tagging.review.live.server import HOST, ReviewServer
from landmark.tagging.review.live.session import ReviewSession
from landmark.tagging.review.paths import review_path
from landmark.tagging.rows import TagRow
from landmark.tagging.writing import Target


def prepare_review(run: TagRun, port: int = 0) -> ReviewServer:
    """Return the server of the review of a run whose rows have all been yielded. Raises `ConfigurationError`."""
    entries = run.entries
    if entries is None:
        raise ConfigurationError("This run keeps nothing to review. Expected one that was begun with reviews=True.")

    def write(decisions: Path, target: Target) -> Generator[TagRow, None, None]:
        applied = TagRun(
            entries.album,
            write=target.value,
            apply=decisions,
            limits=run.limits,
            names=run.names,
            keywords=run.keywords,
        )
        yield from applied.rows()

    entries.finish()
    file = review_path(entries.album, ".json")
    session = ReviewSession(entries, run.settings, file, run.known_places)
    try:
        return ReviewServer(session, CarryingOut(session, write), port)
    except OSError as error:
        raise ConfigurationError(f"Port {port}: {error.strerror}. Without --port, a free one is found.") from error


def _print_at_once(text: str) -> None:
    print(text, flush=True)  # into a pipe too, since nothing follows for long


def serve_review(
    run: TagRun, *, port: int = 0, opens: bool = True, tell: Callable[[str], None] = _print_at_once
) -> None:
    """Serve the review of a run until Ctrl-C, and open it in a browser where there is one; `tell` says where it is.

    Raises `TaggingError` where another process reviews the same album: the last to decide would win.
    """
    album = run.settings.album
    lock = exclusive_lock(
        review_path(album, ".lock"),
        f"{album} is being reviewed already. Decide on that page, or end that landmark review with Ctrl-C.",
    )
    try:
        with prepare_review(run, port) as server:
            if server.review.session.entries:
                _serve(server, opens, tell)
            else:
                tell("There is nothing to decide on.")
    finally:
        lock.release()


def _serve(server: ReviewServer, opens: bool, tell: Callable[[str], None]) -> None:
    tell(f"Review: {server.url}")
    if not (opens and has_browser() and webbrowser.open(server.url)):
        tell(
            "Open this address in a browser of this machine; it works once. From another machine, first: "
            f"ssh -L {server.server_port}:{HOST}:{server.server_port} HOST"
        )
    tell("Each decision is kept at once. Ctrl-C ends the review.")
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.review.carrying_out.stop()
        server.review.carrying_out.wait()
    n_written = server.review.session.count()["written"]
    tell(f"Ended. {n_written:,} written; the decisions are kept: the same command goes on with them.")


def has_browser() -> bool:
    """Return whether a browser with a window can be opened: not over SSH, and not on a machine without a screen."""
    if "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
