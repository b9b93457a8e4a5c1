"""A process that forks workers which tag, undo or untag an album and are killed at a chosen moment, many a second.

Run as a script, it takes a line of JSON for each worker from standard input and answers with a line. `kill_at` is a
number of calls into our writing code, before and after each: at that moment the worker gets SIGKILL. `changes` are what
somebody else does to the album at such moments: [number, kind, choice].
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_WATCHED = (
    "/tagging/journal/",
    "/tagging/undo/",
    "/tagging/atomic_",
    "/tagging/file_",
    "/tagging/moving",
    "/tagging/untag",
    "/tagging/writing",
    "/core/exchange",
)
LOG = "foreign.log"
KINDS = ("rename", "edit", "move", "edit in place", "rename folder", "add")
OF_ANOTHER_PROCESS = ("rename", "edit", "move", "rename folder", "add")  # an edit in place takes longer than a moment
ADDED = "added.jpg"


def change_album(folder: Path, kind: str, choice: int, log: Path) -> None:
    """Rename, move, edit or add a file as somebody else would; each content that is new goes into the log first."""
    if kind == "add":
        if not (once := folder.parent / "added").exists():
            once.touch()
            shutil.copy2(folder.parent.parent / ADDED, folder / ADDED)
        return
    if kind == "rename folder":
        folders = sorted(path for path in folder.rglob("*") if path.is_dir())
        if folders:
            path = random.Random(choice).choice(folders)
            path.rename(path.with_name(f"r{choice}-{path.name}"))
        return
    files = sorted(path for path in folder.rglob("*.*") if path.is_file() and not path.name.startswith(".landmark-"))
    if not files:
        return
    rng = random.Random(choice)
    path = rng.choice(files)
    content = path.read_bytes()
    new = path.with_name(f"r{choice}-{path.name}")
    if kind == "move":
        (folder / "moved").mkdir(exist_ok=True)
        new = folder / "moved" / new.name
    if kind in ("rename", "move"):
        path.rename(new)
    else:
        edited = content + (b" " if path.suffix == ".xmp" else choice.to_bytes(8, "big"))
        with log.open("ab") as file:
            file.write(json.dumps([str(path), edited.hex()]).encode() + b"\n")
        if kind == "edit":
            other = folder.parent / "being edited"
            other.write_bytes(edited)
            other.replace(path)
        else:
            with path.open("r+b") as file:
                file.write(edited)


class _Moments:
    """Count the calls in what writes, change the album at some, and end at one."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.n_calls = 0
        self.kill_at = request.get("kill_at")
        self.changes = {at: (kind, choice) for at, kind, choice in request.get("changes", [])}
        self.folder, self.log = Path(request["folder"]), Path(request["log"])
        self.watched: dict[CodeType, bool] = {}

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if (is_watched := self.watched.get(code)) is None:
            is_watched = self.watched[code] = any(part in code.co_filename for part in _WATCHED)
        if not is_watched:
            return
        self.n_calls += 1
        if change := self.changes.get(self.n_calls):
            change_album(self.folder, *change, self.log)
        if self.n_calls == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def work(request: dict[str, Any]) -> None:
    """Do what a worker is asked for."""
    from factories import album

    from landmark.tagging import AlbumTagging, Policy
    from landmark.tagging.journal import Journal, Run
    from landmark.tagging.review.choices import Choice
    from landmark.tagging.review.decisions import Decisions
    from landmark.tagging.undo import undo_folder
    from landmark.tagging.untag import untag
    from landmark.tagging.writing import PlaceWriter, Target

    folder, job = Path(request["folder"]), request["job"]
    if job == "undo":
        list(undo_folder(folder))
    elif job == "untag":
        list(untag(folder))
    else:
        predictor = album.make_predictor(Path(request["model"]))
        target = Target.SIDECAR if job == "tag sidecar" else Target.PHOTO
        with Journal() as journal:
            journal.start_run(Run("tag", folder, target.value))
            writer: Any = PlaceWriter(target, journal)
            if job == "apply":
                names = [str(path.relative_to(folder)) for path in folder.rglob("*.*")]
                choices = {name: Choice(number % 4 != 3, "Taj Mahal") for number, name in enumerate(names)}
                writer = Decisions(folder, target, Policy(), None, choices).applied(folder, writer)
            list(AlbumTagging(folder, predictor, Policy(), writer, moves_tags=target is Target.PHOTO).rows())


def _fork(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    if not (worker := os.fork()):
        moments = _Moments(request)
        try:
            os.environ["LANDMARK_DATA"] = request["data"]
            if not request.get("unwatched"):
                sys.setprofile(moments)
            work(request)
            sys.setprofile(None)
            os.write(writing, str(moments.n_calls).encode())
        except BaseException as error:
            sys.setprofile(None)
            os.write(writing, f"failed: {type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writing)
    rng = random.Random(request.get("by_clock"))
    if request.get("by_clock") is not None:  # the kill and the changes of another process, at moments of no choice
        end = time.monotonic() + rng.random() * request["seconds"]
        while time.monotonic() < end:
            time.sleep(rng.random() * request["seconds"] / 6)
            try:
                change_album(
                    Path(request["folder"]), rng.choice(OF_ANOTHER_PROCESS), rng.randrange(10**6), Path(request["log"])
                )
            except OSError:
                continue  # the worker was faster
        os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    said = os.read(reading, 10_000).decode()
    os.close(reading)
    return {"killed": os.WIFSIGNALED(status), "said": said}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import factories.album  # noqa: F401

    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), flush=True)
