"""Two files swapped in one step."""

import sys
from pathlib import Path

import pytest

from landmark.core.exchange import exchange


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="other systems cannot")
def test_two_files_are_swapped(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")
    assert exchange(one, other) and (one.read_bytes(), other.read_bytes()) == (b"2", b"1")
    other.unlink()
    with pytest.raises(FileNotFoundError):
        exchange(one, other)
    assert one.read_bytes() == b"2"
