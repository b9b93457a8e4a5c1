"""The `landmark` command: each subcommand parses, calls one function of the library, and prints its result.

Exit codes: 0 all answered, 1 some photos could not be read, 2 wrong usage, 130 interrupted.
"""

import sys

from landmark.commands.app import app
from landmark.errors import LandmarkError

# isort: split
# Importing them puts them on the command, in the order in which --help shows them.
from landmark.commands import locate  # noqa: F401

# isort: split
from landmark.commands import explain  # noqa: F401

# isort: split
from landmark.commands import tag  # noqa: F401

# isort: split
from landmark.commands import serve  # noqa: F401

# isort: split
from landmark.commands import inspect, train  # noqa: F401

# isort: split
from landmark.commands import test  # noqa: F401

# isort: split
from landmark.commands import model  # noqa: F401


def main() -> None:
    """Run the command; errors of ours are told in a sentence, not as a traceback."""
    try:
        app()
    except LandmarkError as error:
        print(f"landmark: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # `landmark places | head`
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        print("landmark: interrupted", file=sys.stderr)
        sys.exit(130)
