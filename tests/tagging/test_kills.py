"""Kill -9 at any moment, while somebody else changes the album too: every photo is whole, and the journal true.

After a kill each photo is there once, as it was, as it was written, or as somebody else made it. `landmark undo` then
brings back every byte of what nobody else changed, and leaves nothing lying about.
"""

import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import process_to_kill
from factories.album import make_photo
from PIL import Image

from landmark.metadata.merging import read_embedded
from landmark.tagging.history import read_history
from landmark.tagging.journal import JOURNAL_FILE
from landmark.tagging.undo import undo_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
JOBS = ("tag photo", "tag sidecar", "apply", "move", "undo", "undo sidecars", "untag")
BEFORE = {"move": "tag sidecar", "undo": "tag photo", "undo sidecars": "tag sidecar", "untag": "tag photo"}
PHOTOS = {"a.jpg": "JPEG", "b.png": "PNG", "sub/c.jpg": "JPEG", "sub/d.webp": "WEBP", "sub/deep/e.jpg": "JPEG"}


class Workshop:
    """A process that forks workers, and an album for each of them."""

    def __init__(self, folder: Path) -> None:
        self.root, self.template = folder, folder / "template"
        for number, (name, format_name) in enumerate(PHOTOS.items()):
            make_photo(self.template / name, "Taj Mahal", minutes=number, camera=f"Camera {number}",
                       format_name=format_name)  # fmt: skip
        make_photo(folder / process_to_kill.ADDED, "Taj Mahal", minutes=9, camera="Camera 9")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path])}
        self.process = subprocess.Popen(
            [sys.executable, process_to_kill.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout and self.process.stdout.readline() == "ready\n"
        self.n_calls: dict[str, int] = {}

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def prepare(self, job: str) -> dict[str, Any]:
        """Return a request for a job on a new album, which has been tagged before where the job needs that."""
        place = self.root / "trial"
        request = {"folder": str(place / "album"), "data": str(place / "data"), "model": str(place / "model"),
                   "log": str(place / process_to_kill.LOG)}  # fmt: skip
        shutil.rmtree(place, ignore_errors=True)
        before = BEFORE.get(job, "nothing")
        prepared = self.root / before
        if not prepared.exists():
            shutil.copytree(self.template, place / "album")
            if before != "nothing":
                assert self.ask(**request, job=before, unwatched=True)["said"] == "0"
            place.rename(prepared)
        shutil.copytree(prepared, place)
        return request | {"job": {"undo sidecars": "undo", "move": "tag photo"}.get(job, job)}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    memory = Path("/dev/shm")  # a kill loses nothing that is not on the disk yet, and disks are slow to flush
    is_there = memory.is_dir() and os.access(memory, os.W_OK)
    folder = Path(tempfile.mkdtemp(dir=memory)) if is_there else tmp_path_factory.mktemp("workshop")
    made = Workshop(folder)
    for job in JOBS:
        said = made.ask(**made.prepare(job))["said"]
        assert said.isdigit(), said
        made.n_calls[job] = int(said)
    yield made
    made.process.communicate()
    shutil.rmtree(folder)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def photos_in(folder: Path) -> dict[str, list[bytes]]:
    """The contents of photos by the camera that took them, which stays what it is through all changes."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.rglob("*.*")):
        if path.is_file() and path.suffix != ".xmp" and not path.name.startswith(".landmark-"):
            content = path.read_bytes()
            found.setdefault(camera_of(content), []).append(content)
    return found


def foreign_contents(log: Path) -> list[bytes]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [bytes.fromhex(json.loads(line)[1]) for line in lines]


def hashes_of_journal(data: Path) -> set[str]:
    if not (data / JOURNAL_FILE).exists():
        return set()
    with sqlite3.connect(data / JOURNAL_FILE) as table:
        assert table.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        is_made = table.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone()
        found = table.execute("SELECT sha256_before, sha256_after FROM entries").fetchall() if is_made else []
    table.close()
    return {one for pair in found for one in pair}


def check(request: dict[str, Any], template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the album after a kill, undo everything, and look again."""
    folder, data = Path(request["folder"]), Path(request["data"])
    originals = {camera: contents[0] for camera, contents in photos_in(template).items()}
    foreign = foreign_contents(Path(request["log"]))
    added = template.with_name(process_to_kill.ADDED).read_bytes()
    edits = {sha256(content) for content in foreign}
    last = {camera_of(content): content for content in foreign}  # as somebody else left a photo
    known = {sha256(content) for content in (*originals.values(), added)} | edits | hashes_of_journal(data)
    now = photos_in(folder)
    originals |= {camera: added for camera in now if camera == camera_of(added)}
    assert now.keys() == originals.keys() and all(len(contents) == 1 for contents in now.values()), "each once"
    for contents in now.values():
        assert sha256(contents[0]) in known, "as it was, as it was written, or as somebody else made it"
        Image.open(io.BytesIO(contents[0])).load()

    monkeypatch.setenv("LANDMARK_DATA", str(data))
    for run in [one.number for one in read_history() if one.run.command == "untag"]:
        list(undo_folder(folder, run=run))
    results = list(undo_folder(folder))
    for camera, contents in photos_in(folder).items():
        assert contents == [last.get(camera, originals[camera])], results
    for path in folder.rglob("*"):
        assert not path.name.startswith(".landmark-"), "nothing lies about"
        assert path.suffix != ".xmp" or sha256(path.read_bytes()) in edits, results
    assert all(one.restored or is_foreign(one.file, edits) for one in results), results
    assert all(is_foreign(one.file, edits) for one in undo_folder(folder, dry_run=True)), "once and for all"


def camera_of(content: bytes) -> str:
    """The camera of a photo, None in words for a sidecar."""
    return next((reading.camera for reading in read_embedded(content) if reading.camera), "None")


def is_foreign(file: str, edits: set[str]) -> bool:
    """Whether a file was left alone since somebody else changed it, or moved it after changing it."""
    path = Path(file)
    return sha256(path.read_bytes()) in edits if path.exists() else bool(edits)


def trial(workshop: Workshop, job: str, seed: int, monkeypatch: pytest.MonkeyPatch, *, by_clock: bool = False) -> bool:
    """Kill one worker, look at what it left, and return whether it was killed before its end."""
    rng = random.Random(f"{job} {seed}")
    request = workshop.prepare(job)
    n_calls = workshop.n_calls[job]
    if by_clock:
        answer = workshop.ask(**request, by_clock=rng.randrange(10**6), seconds=0.25)
    else:
        kinds = process_to_kill.KINDS
        changes = [(rng.randrange(1, n_calls), rng.choice(kinds), rng.randrange(10**6)) for _ in range(seed % 4)]
        answer = workshop.ask(**request, kill_at=rng.randrange(1, n_calls), changes=changes)
    assert not answer["said"].startswith("failed"), answer
    check(request, workshop.template, monkeypatch)
    return bool(answer["killed"])


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_killed_at_any_moment(kills: int, job: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = n_killed = 0
    while n_killed < kills:
        n_killed += trial(workshop, job, seed, monkeypatch)
        seed += 1
        assert seed < 3 * kills + 10, "the kills came while it was at work"


@pytest.mark.soak
@pytest.mark.parametrize("job", JOBS)
def test_killed_by_another_process_that_changes_the_album(
    job: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_killed = sum(trial(workshop, job, seed, monkeypatch, by_clock=True) for seed in range(24))
    assert n_killed > 2
