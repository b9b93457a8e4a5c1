"""The `landmark` command: each subcommand parses, calls one function of the library, and prints its result.

Exit codes: 0 all done, 1 a photo that was named not read or a place not written, 2 wrong usage, 130 interrupted.
"""

import errno
import io
import sys
import warnings
from importlib import import_module
from typing import TextIO

from landmark.cli.commands import CommandInterruptedError, app
from landmark.cli.printing import OutputClosedError, discard_output, print_notes
from landmark.core.errors import LandmarkError

# Importing a module adds its commands, in the order in which --help shows them.
_COMMANDS = "locate tag review undo untag history explain places serve train test inspect model"
for _name in _COMMANDS.split():
    import_module(f"landmark.cli.{_name}")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command. Errors of ours and warnings are printed as a sentence, without traceback, file and line."""
    with warnings.catch_warnings():
        warnings.showwarning = _print_warning
        _run()


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    print(f"landmark: {message}", file=sys.stderr)


def _run() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # a photo's name may be no text, and stops no others
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # here, where a failure can still be reported
    except LandmarkError as error:
        print_notes([f"landmark: {error}"])
        sys.exit(2)
    except (OutputClosedError, BrokenPipeError):  # `landmark places | head`
        discard_output()
        sys.exit(0)
    except OSError as error:  # no folder, no right, no room
        discard_output()
        where = f"{error.filename2 or error.filename}: " if error.filename else ""
        advice = " Make room, or choose another place." if error.errno in _NO_ROOM else ""
        print(f"landmark: {where}{error.strerror or error}.{advice}", file=sys.stderr)
        sys.exit(2)
    except (CommandInterruptedError, KeyboardInterrupt):
        print("landmark: interrupted. The same command can be run again.", file=sys.stderr)
        sys.exit(130)
