"""Builds of the package: this checkout, and an earlier one taken from git, each tagging albums in its own processes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from albums.files import WrittenAlbum

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "be11844"  # the last commit before the evidence was weighed by fitted numbers
N_PROCESSES = 2

Rows = list[dict[str, Any]]
Job = dict[str, Any]


def tag_albums(build: str, albums: Sequence[tuple[WrittenAlbum, Mapping[str, Any]]], scratch: Path) -> list[Rows]:
    """Return the rows that a build, "this" or a commit, gives for each album by its policy."""
    package = ROOT if build == "this" else checkout(build)
    jobs: list[Job] = [
        {"album": str(one.folder), "answers": str(one.answers), "rows": f"{one.folder}.jsonl", "policy": policy}
        for one, policy in albums
    ]
    processes = []
    for number in range(N_PROCESSES):
        file = scratch / f"jobs-{number}.json"
        file.write_text(json.dumps(jobs[number::N_PROCESSES]))
        data = scratch / f"data-{build}-{number}"  # an album stays with its process, which remembers it
        environment = os.environ | {"PYTHONPATH": str(package), "LANDMARK_DATA": str(data)}
        command = [sys.executable, str(ROOT / "benchmarks/albums/run.py"), str(file)]
        processes.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in processes:
        _, said = process.communicate()
        if process.returncode:
            sys.exit(said)
    return [[json.loads(line) for line in Path(job["rows"]).read_text().splitlines()] for job in jobs]


def checkout(commit: str) -> Path:
    """Return a folder with the package as it was."""
    folder = ROOT / "runs" / "builds" / commit
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            archive = ["git", "-C", str(ROOT), "archive", commit, "landmark"]
            packed = subprocess.run(archive, capture_output=True, check=True).stdout
            subprocess.run(["tar", "-x", "-C", scratch], input=packed, check=True)
            folder.mkdir()
            Path(scratch, "landmark").rename(folder / "landmark")
    return folder
