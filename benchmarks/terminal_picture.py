"""Draws docs/images/terminal.svg, the README's first picture: what the installed command really shows.

    python benchmarks/terminal_picture.py [BUNDLE]

Runs the commands below in the repository's root, on a terminal of 88 columns, and records what they show; a bundle's
folder takes another model than the one that ships. The picture fetches nothing: it uses the reader's own
monospace font.
"""

import argparse
import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "terminal.svg"
COMMANDS = (
    "landmark locate --top 3 examples/postcard.jpg",
    "landmark tag examples",
)
COLUMNS = 88
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def run(command: str, bundle: str | None, data_folder: str) -> str:
    """Return what a command shows on a terminal of this width, where a person would type it."""
    program, *arguments = command.split()
    words = [str(Path(sys.executable).with_name(program)), *arguments, *(["--model", bundle] if bundle else [])]
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    environment |= {"TERM": "dumb", "LANDMARK_DATA": data_folder}  # dumb: without the bar, which goes away anyway
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=end, stderr=end) as process:
        os.close(end)
        shown = b"".join(_read(terminal))
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}: {shown.decode()}")
    return shown.decode().replace("\r\n", "\n").replace(data_folder, "~/.local/share/landmark")


def _read(terminal: int) -> Iterator[bytes]:
    with suppress(OSError):  # as Linux says that the other end is closed
        while found := os.read(terminal, 65536):
            yield found


def picture(outputs: dict[str, str]) -> str:
    """Commands and what they printed, as an SVG of a terminal's window."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number, (command, output) in enumerate(outputs.items()):
        console.print(Text.assemble("\n" * (number > 0), ("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(output.strip("\n")))
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
    with tempfile.TemporaryDirectory() as data_folder:
        outputs = {command: run(command, bundle, data_folder) for command in COMMANDS}
    PICTURE.write_text(picture(outputs), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
