"""The `landmark` command: each subcommand parses, calls one function of the library, and prints its result.

Exit codes: 0 all answered, 1 some photos could not be read, 2 wrong usage, 130 interrupted.
"""

import errno
import io
import sys
import warnings
from typing import TextIO

from landmark.cli.common import CommandInterruptedError, OutputClosedError, app, leave_output
from landmark.core.errors import LandmarkError

# isort: split
# Importing them puts them on the command, in the order in which --help shows them.
from landmark.cli import locate  # noqa: F401

# isort: split
from landmark.cli import explain  # noqa: F401

# isort: split
from landmark.cli import tag  # noqa: F401

# isort: split
from landmark.cli import serve  # noqa: F401

# isort: split
from landmark.cli import inspect, train  # noqa: F401

# isort: split
from landmark.cli import test  # noqa: F401

# isort: split
from landmark.cli import model  # noqa: F401

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command; errors of ours and warnings are told in a sentence, without tracebacks, files and lines."""
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
            sys.stdout.flush()  # here, where it can be told that it failed
    except LandmarkError as error:
        print(f"landmark: {error}", file=sys.stderr)
        sys.exit(2)
    except (OutputClosedError, BrokenPipeError):  # `landmark places | head`
        leave_output()
        sys.exit(0)
    except OSError as error:  # no folder, no right, no room
        leave_output()
        where = f"{error.filename2 or error.filename}: " if error.filename else ""
        advice = " Make room, or choose another place." if error.errno in _NO_ROOM else ""
        print(f"landmark: {where}{error.strerror or error}.{advice}", file=sys.stderr)
        sys.exit(2)
    except (CommandInterruptedError, KeyboardInterrupt):
        print("landmark: interrupted. The same command can be run again.", file=sys.stderr)
        sys.exit(130)
