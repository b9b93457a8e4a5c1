"""The sample pictures: drawn by the repository's own script, small, and with nothing hidden in them."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

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


@pytest.mark.slow
def test_the_script_draws_what_is_committed(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "examples/draw_postcards.py"), str(tmp_path)]
    subprocess.run(script, check=True, capture_output=True)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.jpg")) == POSTCARDS
    for name in POSTCARDS:
        with Image.open(ROOT / name) as committed, Image.open(tmp_path / name) as drawn:
            difference = ImageStat.Stat(ImageChops.difference(committed.convert("L"), drawn.convert("L")))
        assert difference.mean[0] < 1.0, f"{name}: run `make postcards`"  # other JPEG encoders round otherwise
