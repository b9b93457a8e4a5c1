"""Draws docs/images/terminal.svg, the README's first picture: what the installed command really prints.

    python benchmarks/terminal_picture.py [BUNDLE]

Runs the commands below in the repository's root and records their output; a bundle's folder takes another model than
the one that ships. The picture fetches nothing: it uses the reader's own monospace font.
"""

import argparse
import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "terminal.svg"
COMMANDS = (
    "landmark locate --top 3 examples/postcard.jpg",
    "landmark locate examples/postcards",
)
COLUMNS = 108
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def run(command: str, bundle: str | None) -> str:
    """What a command prints, with its colours, as on a terminal of this width."""
    program, *arguments = command.split()
    words = [str(Path(sys.executable).with_name(program)), *arguments, *(["--model", bundle] if bundle else [])]
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    return subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def picture(outputs: dict[str, str]) -> str:
    """Commands and what they printed, as an SVG of a terminal's window."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number, (command, output) in enumerate(outputs.items()):
        console.print(Text.assemble("\n" * (number > 0), ("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(output.rstrip("\n")))
    svg = console.export_svg(title="landmark", unique_id="terminal")
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family:[^;]*;", f"font-family: {FONTS};", svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> None:
    """Run the commands and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", help="another model than the one that ships")
    bundle = parser.parse_args().bundle
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture({command: run(command, bundle) for command in COMMANDS}), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
