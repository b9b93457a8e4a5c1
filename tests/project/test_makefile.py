"""The Makefile, with a stand-in environment: whether a photo's name arrives whole, and what an old Python is told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make` in a folder, away from this run's own make variables."""
    ours = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PHOTO", "VENV"}
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=folder, env=clean | variables, capture_output=True, text=True
    )


def write_script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile and an installed environment whose programs only print what they were given."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    write_script(folder / ".venv/bin/python", 'echo "python $*"')
    write_script(folder / ".venv/bin/landmark", 'for argument in "$@"; do echo "<$argument>"; done')
    for stamp in (".base-installed", ".serve-installed", ".dev-installed"):
        (folder / ".venv" / stamp).touch()
    return folder


@pytest.mark.parametrize("name", ["a.jpg", "my photo.jpg", "9 $x (1).jpg", 'it\'s "here".jpg', "-v.jpg", "a;b&c.jpg"])
def test_the_demo_receives_the_photo_as_it_was_named(clone: Path, name: str) -> None:
    result = make(clone, "demo", f"PHOTO={name}")
    assert (result.returncode, result.stdout) == (0, f"<locate>\n<-->\n<{name}>\n"), result.stderr


def test_the_demo_finds_the_home_folder_where_the_shell_left_it_unexpanded(clone: Path) -> None:
    result = make(clone, "demo", "PHOTO=~/my photo.jpg", HOME="/home/ann")
    assert result.stdout == "<locate>\n<-->\n</home/ann/my photo.jpg>\n"


def test_without_a_photo_the_demo_takes_the_drawn_postcard(clone: Path) -> None:
    assert make(clone, "demo").stdout == "<locate>\n<-->\n<examples/postcard.jpg>\n"
    assert (ROOT / "examples/postcard.jpg").is_file()


def test_serve_hands_its_arguments_on(clone: Path) -> None:
    assert make(clone, "serve", "ARGS=--port 9000").stdout == "<serve>\n<--port>\n<9000>\n"


def test_pip_is_asked_again_only_when_pyproject_has_changed(clone: Path) -> None:
    assert "pip" not in make(clone, "demo").stdout
    stamp = (clone / ".venv/.base-installed").stat().st_mtime
    os.utime(clone / "pyproject.toml", (stamp + 10, stamp + 10))
    assert "-m pip" in make(clone, "demo").stdout


def test_an_old_python_is_told_what_is_needed(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    old = write_script(clone / "old-python", '[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1')
    result = make(clone, "demo", f"PYTHON={old} no-such-python")
    assert result.returncode == 2
    assert "landmark needs Python 3.11 or newer" in result.stderr
    assert f"{old}: Python 3.9.2" in result.stderr
    assert not (clone / ".venv").exists()


def test_an_environment_whose_python_has_gone_is_made_anew(clone: Path) -> None:
    (clone / ".venv/pyvenv.cfg").touch()
    (clone / ".venv/bin/python").unlink()
    assert "--clear .venv" in make(clone, "demo", "-n", f"PYTHON={sys.executable}").stdout


def test_a_folder_that_is_no_environment_is_never_cleared(clone: Path) -> None:
    (clone / ".venv/bin/python").unlink()
    assert "--clear" not in make(clone, "demo", "-n", f"PYTHON={sys.executable}").stdout


def test_help_lists_every_target_that_a_person_may_call(clone: Path) -> None:
    listed = {line.split()[1] for line in make(clone).stdout.splitlines()}
    assert listed == {
        "help",
        "demo",
        "serve",
        "install",
        "check",
        "test",
        "coverage",
        "soak",
        "portability",
        "docs",
        "refit",
        "images",
    }
