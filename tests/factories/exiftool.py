"""exiftool and exiv2, programs of others that read and write photos' metadata: to compare with ours."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def need(program: str) -> str:
    """The program's path; skips the test where it is absent."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}, which is not installed (Debian: apt install libimage-exiftool-perl exiv2)")
    return found


def read_tags(*paths: Path, arguments: tuple[str, ...] = ("-G1", "-n", "-all")) -> list[dict[str, Any]]:
    """What exiftool reads of files, one dictionary each, keys such as `GPS:GPSLatitude`."""
    command = [need("exiftool"), "-q", "-q", "-j", *arguments, *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return list(json.loads(result.stdout))


def write_tags(path: Path, **tags: str | float) -> None:
    """Let exiftool write tags into a file: write_tags(path, GPSLatitude=43.5, GPSLatitudeRef="N")."""
    arguments = [f"-{tag.replace('__', ':')}={value}" for tag, value in tags.items()]
    subprocess.run([need("exiftool"), "-q", "-q", "-n", "-overwrite_original", *arguments, str(path)], check=True)
