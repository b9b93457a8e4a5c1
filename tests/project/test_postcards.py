"""The sample pictures: six drawn postcards, small, and with nothing hidden in them."""

from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
POSTCARDS = [path.relative_to(ROOT) for path in (*sorted((ROOT / "examples").rglob("*.jpg")), ROOT / "testme.jpg")]


def test_there_are_six() -> None:
    assert [str(path) for path in POSTCARDS] == [
        "examples/postcard.jpg",
        "examples/postcards/christ_the_redeemer.jpg",
        "examples/postcards/great_pyramid_of_giza.jpg",
        "examples/postcards/petronas_towers.jpg",
        "examples/postcards/rialto_bridge.jpg",
        "testme.jpg",
    ]


@pytest.mark.parametrize("name", POSTCARDS, ids=str)
def test_a_postcard_is_small_and_without_metadata(name: Path) -> None:
    path = ROOT / name
    assert path.stat().st_size <= 60_000
    with Image.open(path) as card:
        assert card.size == (720, 480)
        assert not card.getexif()
