"""The generated pages of the documents are those that `make docs` makes."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the names of the training part are documented too")

ROOT = Path(__file__).resolve().parents[2]


def pages() -> dict[str, Callable[[], str]]:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "dev/reference.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: dict[str, Callable[[], str]] = script.PAGES
    return found


@pytest.mark.parametrize("name", ["docs/reference/cli.md", "docs/reference/api.md", "docs/recipe.md"])
def test_a_page_is_what_is_generated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert (ROOT / name).read_text(encoding="utf-8") == pages()[name](), "run `make docs`"


def test_every_command_and_public_name_has_its_section() -> None:
    import landmark
    from landmark.cli import app

    commands = {command.name for command in app.registered_commands} - {None}
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert {line.removeprefix("## landmark ") for line in text.splitlines() if line.startswith("## ")} >= commands
    text = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    assert {line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")} == set(landmark.__all__)
