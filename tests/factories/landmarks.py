"""Folders of landmarks made on the spot: each landmark a colour, so that a network learns them in seconds."""

from pathlib import Path

import numpy as np
from PIL import Image

FOLDERS = {"0.Taj_Mahal": (200, 40, 40), "1.Petra": (40, 180, 60), "2.My_Statue": (50, 60, 200)}


def make_landmarks(root: Path, *, n_photos: int, seed: int = 0, size_px: tuple[int, int] = (64, 48)) -> Path:
    """One folder per landmark with `n_photos` different JPEGs each."""
    rng = np.random.default_rng(seed)
    for folder, colour in FOLDERS.items():
        (root / folder).mkdir(parents=True)
        for number in range(n_photos):
            grain = rng.integers(-30, 31, (size_px[1], size_px[0], 3))
            pixels = (np.array(colour) + grain).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{number}.jpg", quality=90)
    return root
