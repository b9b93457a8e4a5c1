"""The README's commands, run as written in a copy of the checkout; the output it shows is compared.

Every ```console block runs, in order, in one folder. Lines that begin with `$ ` are commands, the lines below them
what they print (`...` stands for anything; nothing shown: nothing compared). A block that cannot run here says so in a
comment right above it: `<!-- not run by the tests: takes an hour -->`. ```python blocks run as scripts.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"

_BLOCK = re.compile(
    r"(?:<!-- not run by the tests: (?P<why>[^\n]*?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Command:
    """One command of the README and what it is shown to print."""

    line: str
    shown: str


@dataclass(frozen=True)
class Block:
    """A block of commands, or of Python, that is run unless it says why not."""

    language: str
    text: str
    why_not_run: str | None

    def commands(self) -> list[Command]:
        """The commands of a console block, in order; a Python block is one command."""
        if self.language == "python":
            return [Command(shlex.join(["python", "-c", self.text]), "")]
        assert self.text.startswith("$ "), f"A console block begins with '$ ', this one with {self.text[:40]!r}"
        commands = []
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            line, continued, rest = "", True, part
            while continued:
                first, _, rest = rest.partition("\n")
                continued = first.endswith("\\")
                line += first + "\n" * continued
            commands.append(Command(line, rest.strip("\n")))
        return commands


def read_blocks(text: str) -> list[Block]:
    """All ```console and ```python blocks of a text."""
    found = [Block(block["language"], block["text"], block["why"]) for block in _BLOCK.finditer(text)]
    return [block for block in found if block.language in {"console", "python"}]


def differs(shown: str, printed: str) -> str | None:
    """How the printed text differs from the shown one, or None; spaces and line breaks do not count."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    checker = doctest.OutputChecker()
    if not shown or checker.check_output(shown + "\n", printed, options):
        return None
    return checker.output_difference(doctest.Example("", shown + "\n"), printed, options)


def test_the_parser_finds_commands_and_what_they_print() -> None:
    text = (
        "```console\n$ a \\\n    -b\nout\n\nmore\n$ c\n```\n"
        "```json\n$ no\n```\n"
        "<!-- not run by the tests: slow -->\n```console\n$ d  # x\n```\n"
        "```python\nprint(1)\n```\n"
    )
    blocks = read_blocks(text)
    assert [block.why_not_run for block in blocks] == [None, "slow", None]
    assert [block.commands() for block in blocks] == [
        [Command("a \\\n    -b", "out\n\nmore"), Command("c", "")],
        [Command("d  # x", "")],
        [Command("python -c 'print(1)\n'", "")],
    ]


def test_shown_output_is_compared() -> None:
    assert differs("Taj Mahal  97 %\n...km", "Taj Mahal 97 %\n  India, 0.5 km\n") is None
    assert "Expected" in str(differs("Taj Mahal", "Petra\n"))
    assert differs("", "anything") is None


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader of the README has in front of them, without the package: `landmark` is this environment's."""
    folder = tmp_path_factory.mktemp("readme") / "landmark"
    names = ("examples", "docs", "README.md", "pyproject.toml", "Makefile")
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return read_blocks(README.read_text(encoding="utf-8"))


def test_the_readme_shows_the_two_commands(blocks: list[Block]) -> None:
    lines = [command.line for block in blocks for command in block.commands()]
    assert any(line.startswith("make demo") for line in lines)
    assert any(line.startswith("make test") for line in lines)
    assert any(line.startswith("landmark locate ") for line in lines)


@pytest.mark.slow
def test_the_readmes_commands_work_as_written(blocks: list[Block], copy: Path) -> None:
    commands = [command for block in blocks if block.why_not_run is None for command in block.commands()]
    assert any(command.line.startswith("landmark locate ") for command in commands)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in commands:
        result = subprocess.run(
            command.line,
            shell=True,
            cwd=copy,
            env=os.environ | {"PATH": path, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, f"$ {command.line}\n{result.stdout}{result.stderr}"
        difference = differs(command.shown, result.stdout + result.stderr)
        assert difference is None, f"$ {command.line}\n{difference}"
