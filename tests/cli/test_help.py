"""What --help shows, what old names do, and that wrong paths are reported before anything heavy is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from factories.bundle import make_bundle
from typer.testing import CliRunner

from landmark.cli import app

COMMANDS = {
    "For photos": ["locate", "tag", "review", "undo", "untag", "history", "explain", "places", "serve"],
    "For models": ["train", "tune", "test", "inspect", "export", "calibrate", "quantize", "card"],
}
ALL_COMMANDS = [name for names in COMMANDS.values() for name in names]
MAIN = """
import sys
from landmark.cli import main
try:
    main()
finally:
    print("IMPORTED", *({"torch", "onnxruntime", "numpy", "PIL"} & sys.modules.keys()))
"""


def help_of(*command: str) -> str:
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    return result.output


def test_help_groups_the_commands() -> None:
    shown = help_of()
    photos, models = shown.index("For photos"), shown.index("For models")
    assert photos < models and "quantise" not in shown
    for group, commands in COMMANDS.items():
        begin, end = (photos, models) if group == "For photos" else (models, len(shown))
        at = [shown.find(f"│ {name} ", begin, end) for name in commands]
        assert -1 not in at and at == sorted(at)
    visible = [command.name for command in typer.main.get_command(app).commands.values() if not command.hidden]  # type: ignore[attr-defined]
    assert sorted(visible) == sorted(ALL_COMMANDS)


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_every_commands_help_ends_with_examples(command: str) -> None:
    last = help_of(command).rsplit("Example", 1)[1]
    assert f"landmark {command}" in last and "╭" not in last


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", MAIN, *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, env=environment)


@pytest.mark.parametrize(
    "command",
    [
        "train gone",
        "tune gone",
        "train . --not-landmarks gone",
        "test gone .",
        "test . gone",
        "test . . --against gone",
        "inspect gone",
        "export gone .",
        "calibrate . gone",
        "quantize gone .",
        "locate a.jpg --model gone",
        "explain a.jpg --data gone",
        "places --model gone",
    ],
)
def test_a_wrong_path_is_reported_before_anything_heavy_is_imported(command: str, tmp_path: Path) -> None:
    result = run(*command.split(), cwd=tmp_path)
    assert result.returncode == 2 and result.stderr == "landmark: gone: no such folder. Check the path.\n"
    assert result.stdout == "IMPORTED\n"


def test_quantise_is_the_old_name_of_quantize(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "colours").path
    result = run("quantise", str(bundle), str(tmp_path), "--out", str(tmp_path / "out"), cwd=tmp_path)
    first = "landmark: quantise is now called quantize; the next release will not accept it."
    assert result.stderr.splitlines()[0] == first
