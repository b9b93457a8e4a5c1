"""The data files that ship inside the package."""

from pathlib import Path

DATA_DIR = Path(__file__).parents[1] / "data"
