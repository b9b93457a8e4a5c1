"""Drawn scenes that differ like photos do, edges and all, and what people do to a photo before they save it again."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance


def draw_scene(seed: int, size_px: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture of boxes, towers and dots on a slope of light; another one for each seed."""
    rng = np.random.default_rng(seed)
    width, height = size_px
    light = np.linspace(rng.integers(120, 255), rng.integers(60, 200), height)[:, None, None]
    tint = rng.uniform(0.6, 1.0, 3)
    picture = Image.fromarray(np.broadcast_to(light * tint, (height, width, 3)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        wide, high = int(rng.integers(4, width // 4)), int(rng.integers(4, height // 3))
        shape = draw.rectangle if rng.random() < 0.6 else draw.ellipse
        shape((x, y, x + wide, y + high), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return picture


def scale(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)))


def crop(picture: Image.Image, share: float) -> Image.Image:
    """Leave `share` of each side, a little to the upper left of the middle."""
    left, top = round(picture.width * (1 - share) * 0.4), round(picture.height * (1 - share) * 0.4)
    return picture.crop((left, top, left + round(picture.width * share), top + round(picture.height * share)))


def add_bar(picture: Image.Image) -> Image.Image:
    """The seller's bar below, as stock photos have it."""
    marked = Image.new("RGB", (picture.width, round(picture.height * 1.07)), (10, 120, 180))
    marked.paste(picture)
    return marked


def brighten(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(1.25)


def save(picture: Image.Image, path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


def make_scene_folders(root: Path, **photos_per_split: int) -> Path:
    """Make so many scenes, all different, of each of two landmarks in each split; return the folder."""
    seed = 0
    for split, n_photos in photos_per_split.items():
        for folder in ("0.Petra", "1.Rialto"):
            for number in range(n_photos):
                save(draw_scene(seed), root / split / folder / f"{number}.jpg")
                seed += 1
    return root
