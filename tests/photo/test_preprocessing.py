"""One way from pixels to array: what torchvision's transforms give, for photos of any size."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from landmark.core.errors import ConfigurationError, PhotoError
from landmark.photo.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

SIZES = [  # height, width
    (256, 341), (341, 256), (255, 255), (255, 340), (224, 224), (128, 128), (257, 999), (999, 257), (750, 1000),
    (1000, 751), (1, 1), (1, 8), (3, 2), (2, 15), (64, 37), (223, 225), (300, 2400), (2399, 300), (511, 513),
]  # fmt: skip


def photo(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def torchvision_array(pixels: NDArray[np.uint8], settings: Preprocessing) -> NDArray[np.float32]:
    transforms = pytest.importorskip("torchvision.transforms")
    steps = transforms.Compose(
        [
            transforms.Resize(settings.resize_px),
            transforms.CenterCrop(settings.crop_px),
            transforms.ToTensor(),
            transforms.Normalize(settings.mean, settings.std),
        ]
    )
    array: NDArray[np.float32] = steps(Image.fromarray(pixels)).numpy()
    return array


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "settings", [Preprocessing(), Preprocessing(64, 64, (0.5, 0.5, 0.5), (0.5, 0.4, 0.3)), Preprocessing(96, 87)]
)
def test_equals_torchvision(size: tuple[int, int], settings: Preprocessing) -> None:
    pixels = photo(*size)
    np.testing.assert_allclose(settings(pixels), torchvision_array(pixels, settings), rtol=0, atol=2e-6)


def test_equals_torchvision_for_random_sizes() -> None:
    rng = np.random.default_rng(1)
    settings = Preprocessing(33, 28)  # small, so that many sizes are quick; the arithmetic is the same
    for seed in range(200):
        short = int(rng.integers(1, 90))
        long = int(rng.integers(short, 8 * short + 1))
        size = (short, long) if seed % 2 else (long, short)
        pixels = photo(*size, seed=seed)
        expected = torchvision_array(pixels, settings)
        np.testing.assert_allclose(settings(pixels), expected, rtol=0, atol=2e-6, err_msg=str(size))


def test_equals_torchvision_for_real_photos(shared: Path) -> None:
    folder = shared / "data" / "landmarks" / "test"
    for path in sorted(folder.glob("*/*"))[::60]:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        expected = torchvision_array(pixels, Preprocessing())
        np.testing.assert_allclose(Preprocessing()(pixels), expected, rtol=0, atol=2e-6, err_msg=path.name)


def test_by_hand() -> None:
    """Nothing to resize, so every value can be told: the crop starts at row 1 and column round(2.5) = 2."""
    settings = Preprocessing(4, 2, mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 2.0))
    pixels = photo(4, 7)
    expected = (pixels[1:3, 2:4] / 255 - [0.0, 0.5, 1.0]) / [1.0, 0.5, 2.0]
    np.testing.assert_allclose(settings(pixels), expected.transpose(2, 0, 1), atol=1e-6)


def test_halving_averages_with_a_triangle() -> None:
    """Antialiased: at half the size a pixel is the mean of four with the weights 1 3 3 1, in each direction."""
    row = np.array([0, 0, 80, 160, 160, 0, 0, 240], dtype=np.uint8)
    pixels = np.broadcast_to(row[None, :, None], (8, 8, 3))
    settings = Preprocessing(4, 2, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    middle = settings(pixels)[0, 0] * 255
    assert middle.round().tolist() == [(0 + 3 * 80 + 3 * 160 + 160) / 8, (160 + 3 * 160 + 0 + 0) / 8]


def test_writes_into_the_row_of_a_batch() -> None:
    settings = Preprocessing(8, 6)
    batch = np.full((3, 3, 6, 6), np.nan, dtype=np.float32)
    given = settings(photo(20, 30), out=batch[1])
    assert np.shares_memory(given, batch)
    np.testing.assert_array_equal(batch[1], settings(photo(20, 30)))
    assert np.isnan(batch[[0, 2]]).all()


def test_does_not_touch_the_photo_nor_mind_how_it_lies_in_memory() -> None:
    pixels = photo(40, 50)
    kept = pixels.copy()
    mirrored = Preprocessing(8, 8)(pixels[:, ::-1])
    np.testing.assert_array_equal(mirrored, Preprocessing(8, 8)(np.ascontiguousarray(pixels[:, ::-1])))
    np.testing.assert_array_equal(pixels, kept)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (2, 100_001), (3, 30_000)])
def test_extreme_proportions_need_little_memory(size: tuple[int, int]) -> None:
    pixels = photo(*size)
    limit = 255 * 255 * 9 * 4  # the middle at the size it is resized to, 4 bytes a pixel
    sizes = []
    resize = Image.Image.resize

    def watched(self: Image.Image, size: tuple[int, int], *rest: object) -> Image.Image:
        sizes.append(size)
        return resize(self, size, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, "resize", watched)
        tracemalloc.start()
        array = Preprocessing()(pixels)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert array.shape == (3, 224, 224)
    assert np.isfinite(array).all()
    (resized,) = sizes
    assert resized[0] * resized[1] * 4 <= limit  # Pillow's own memory, which tracemalloc does not see
    assert peak < 10 * limit


@pytest.mark.parametrize("length", [2001, 2400, 4321, 8000])
@pytest.mark.parametrize("portrait", [False, True])
def test_extreme_proportions_show_the_same_middle(length: int, portrait: bool) -> None:
    """A slope along the long side: torchvision, which resizes all of it, differs by a pixel of the result at most."""
    slope = 127 + 120 * np.sin(np.arange(length) / 150)  # per pixel of the photo, 0.8 grey levels at most
    pixels = np.broadcast_to(slope.astype(np.uint8)[None, :, None], (200, length, 3))
    if portrait:
        pixels = pixels.transpose(1, 0, 2)
    settings = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    difference = np.abs(settings(pixels) - torchvision_array(pixels, settings)) * 255
    assert difference.max() <= 2.001


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((10, 10), dtype=np.uint8),
        np.zeros((10, 10, 4), dtype=np.uint8),
        np.zeros((10, 10, 3), dtype=np.float32),
        np.zeros((0, 10, 3), dtype=np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_refuses_what_is_no_photo(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(PhotoError, match=r"Expected the pixels of a photo"):
        Preprocessing()(pixels)


def test_travels_as_json() -> None:
    settings = Preprocessing(288, 256, (0.5, 0.4, 0.3), (0.2, 0.2, 0.1))
    assert Preprocessing.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert Preprocessing.from_dict(Preprocessing().to_dict()).mean == IMAGENET_MEAN
    assert Preprocessing().std == IMAGENET_STD


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"crop_px": 256}, "crop_px = 256"),
        ({"crop_px": 0}, "crop_px = 0"),
        ({"resize_px": "255"}, "resize_px = '255'"),
        ({"mean": [0.5, 0.5]}, "mean ="),
        ({"mean": 0.5}, "mean ="),
        ({"mean": [0.5, 0.5, "0.5"]}, "mean ="),
        ({"std": [0.5, 0.5, 0]}, "std ="),
        ({"std": [0.5, 0.5, float("nan")]}, "std ="),
        ({"interpolation": "bicubic"}, "interpolation"),
    ],
)
def test_refuses_settings_that_make_no_sense(change: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Preprocessing.from_dict({**Preprocessing().to_dict(), **change})


@pytest.mark.parametrize("size", [(256, 341), (999, 257), (128, 128), (300, 2500), (40, 2001)])
def test_the_crop_box_is_where_the_array_comes_from(size: tuple[int, int]) -> None:
    """On a photo whose colours tell where each pixel stands, the array's rim shows the box's edges."""
    height, width = size
    rows, columns = np.indices(size)
    pixels = np.stack([255 * columns / width, 255 * rows / height, 0 * rows], axis=2).astype(np.uint8)
    settings = Preprocessing(256, 224, (0, 0, 0), (1, 1, 1))
    array = settings(pixels)  # (3, 224, 224)
    left, top, right, bottom = settings.crop_box(width, height)
    half = (right - left) / settings.crop_px / 2  # from the edge to the middle of the outermost pixel
    seen = array[0, 100, [0, -1]] * width, array[1, [0, -1], 100] * height
    assert seen[0] == pytest.approx([left + half, right - half], abs=max(1, 0.012 * width))
    assert seen[1] == pytest.approx([top + half, bottom - half], abs=max(1, 0.012 * height))
    assert right - left == pytest.approx(bottom - top, rel=0.01), "a square"


def test_refuses_missing_settings() -> None:
    with pytest.raises(ConfigurationError, match="resize_px, crop_px, mean, std"):
        Preprocessing.from_dict({"resize_px": 255})
