"""Draws the sample pictures: postcards of landmarks, made of polygons and gradients, no photograph in them.

    python examples/draw_postcards.py [FOLDER]

writes examples/postcard.jpg, examples/postcards/ and testme.jpg into the checkout, or into another folder.
Needs Pillow only; draws the same every time. The pictures are here to try the command with. No
model has been trained on them.
"""

import sys
from pathlib import Path

from drawing import christ, giza, petronas, rialto, taj_mahal

POSTCARDS = {
    "examples/postcard.jpg": taj_mahal.draw,
    "examples/postcards/christ_the_redeemer.jpg": christ.draw,
    "examples/postcards/great_pyramid_of_giza.jpg": giza.draw,
    "examples/postcards/petronas_towers.jpg": petronas.draw,
    "examples/postcards/rialto_bridge.jpg": rialto.draw,
    "testme.jpg": petronas.draw,  # where the course project has its photo to try
}


def main() -> None:
    """Draw all cards and say where they are."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    for name, draw in POSTCARDS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw().save(path, quality=76, optimize=True, progressive=True)
        print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main()
