"""Terminals, to see what people see there: one on standard error of this process, and a real one for a command."""

import io
import os
import re
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import pytest

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """To be called by the test itself: pytest sets the streams anew after fixtures are made."""
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return shown


class Shown:
    """What a command showed on a terminal of its own: `lines` of standard output and `notes` of standard error."""

    def __init__(self, returncode: int, stdout: str, stderr: str) -> None:
        self.returncode, self.stdout, self.stderr = returncode, stdout, stderr
        self.lines, self.notes = _lines(stdout), _lines(stderr)


def _lines(text: str) -> list[str]:
    """The lines that stay; of one that is written again and again, as a bar of progress, the last."""
    plain = _CONTROL.sub("", text)
    return [line.rstrip("\r").rpartition("\r")[2] for line in plain.split("\n")]


def run_at_terminal(
    *arguments: str | Path, columns: int = 80, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Shown:
    """Run `landmark` with a pseudo terminal of so many columns behind each of its two outputs."""
    import fcntl  # which Windows has not
    import termios

    own = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    own |= {"TERM": "xterm", "PYTHONIOENCODING": "utf-8", **(environment or {})}
    pairs = [os.openpty() for _ in range(2)]
    for main, end in pairs:
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        settings = termios.tcgetattr(main)
        settings[1] &= ~termios.ONLCR  # lines end as they are written
        termios.tcsetattr(main, termios.TCSANOW, settings)
    read = [bytearray(), bytearray()]
    readers = [Thread(target=_read, args=(main, into)) for (main, _), into in zip(pairs, read, strict=True)]
    command = [sys.executable, "-m", "landmark", *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=cwd, env=own, stdin=subprocess.DEVNULL, stdout=pairs[0][1], stderr=pairs[1][1]
    )
    for _, end in pairs:
        os.close(end)
    for reader in readers:
        reader.start()
    try:
        process.wait(timeout=120)
    finally:
        process.kill()
        for reader in readers:
            reader.join()
        for main, _ in pairs:
            os.close(main)
    return Shown(process.returncode, *(bytes(one).decode() for one in read))


def _read(terminal: int, into: bytearray) -> None:
    while True:
        try:
            found = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            return
        if not found:
            return
        into += found
