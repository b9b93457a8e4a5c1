"""The `landmark` command: one module per command; `entry_point` gathers them and ends the process."""

from landmark.cli.commands import app
from landmark.cli.entry_point import main

__all__ = ["app", "main"]
