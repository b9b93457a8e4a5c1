"""Carrying decisions out in a thread, by what `landmark tag --apply` does, with progress for the page."""

import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from landmark.core.directories import keep_private
from landmark.core.errors import ConfigurationError, LandmarkError
from landmark.core.files import write_json
from landmark.tagging.review.live.session import ReviewSession
from landmark.tagging.rows import Status, TagRow
from landmark.tagging.writing import Target

WriteRows = Callable[[Path, Target], Generator[TagRow, None, None]]  # of a file of decisions, and where to write
_MAX_NAMED = 50  # photos into which nothing was written
_TARGET_WORDS = {Target.PHOTO.value: "written into the photo", Target.SIDECAR.value: "written into a sidecar"}


class CarryingOut:
    """One run at a time; `progress()` says how far it is, and `stop()` ends it after the photo at hand."""

    def __init__(self, session: ReviewSession, write: WriteRows) -> None:
        self.session, self.write = session, write
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_stopped = False
        self._wanted: set[str] = set()  # photos that are to be written
        self._progress = _progress(running=False, total=0)

    def start(self, target: str) -> None:
        """Begin. Raises `ConfigurationError` where a run is on its way, or there is no such place to write."""
        if target not in (*Target,):
            raise ConfigurationError(f"Found {target!r} as where to write. Expected {' or '.join(Target)}.")
        with self._lock:
            if self._progress["running"]:
                raise ConfigurationError("The decisions are being carried out already.")
            decisions = replace(self.session.complete(), write=Target(target))
            file = self.session.file.with_suffix(".apply.json")
            write_json(file, decisions.to_dict())
            keep_private(file)
            written = {photo for photo, (is_written, _) in self.session.results.items() if is_written}
            self._wanted = {photo for photo, choice in decisions.photos.items() if choice.write} - written
            self._progress = _progress(running=True, total=self.session.count()["to_write"])
            self._is_stopped = False
            self._thread = threading.Thread(target=self._run, args=(file, Target(target)), name="landmark-writing")
            self._thread.start()

    def _run(self, file: Path, target: Target) -> None:
        try:
            with closing(self.write(file, target)) as rows:  # stopped or not, the journal is free when this ends
                for row in rows:
                    self._take(row)
                    if self._is_stopped:
                        break
        except (LandmarkError, OSError) as error:
            self._progress["error"] = str(error)
        except Exception as error:  # a fault of ours: the page must not say that all went well
            self._progress["error"] = f"The writing ended early ({type(error).__name__}: {error}). Write again."
            traceback.print_exc()
        finally:
            self._progress["running"] = False

    def _take(self, row: TagRow) -> None:
        """Take note of what became of a photo that was to be written."""
        photo = str(Path(row.photo).relative_to(self.session.album))
        if row.written:
            self._progress["written"] += 1
            beside = [warning for warning in row.warnings if warning.startswith("a sidecar, since")]
            self.session.results[photo] = True, "; ".join([_TARGET_WORDS[row.written], *beside])
        elif photo in self._wanted:
            has_place = row.known is not None or row.status is Status.TAGGED
            reason = (
                row.error or f"{row.photo}: {'it has a place by now' if has_place else 'there was nothing to add'}."
            )
            self._progress["failed"] += 1
            self.session.results[photo] = False, reason
            if len(self._progress["named"]) < _MAX_NAMED:
                self._progress["named"].append(reason)

    def progress(self) -> dict[str, Any]:
        """Return how far it is: whether it runs, how many were to be written, were, could not be, and which."""
        return self._progress | {"named": list(self._progress["named"])}

    @property
    def running(self) -> bool:
        """Return whether a run is on its way."""
        return bool(self._progress["running"])

    def stop(self) -> None:
        """Ask the run to end after the photo at hand."""
        self._is_stopped = True

    def wait(self) -> None:
        """Wait until the run has ended."""
        if self._thread:
            self._thread.join()


def _progress(*, running: bool, total: int) -> dict[str, Any]:
    return {"running": running, "total": total, "written": 0, "failed": 0, "named": [], "error": None}
