"""Whatever is done to the bytes of a photo, reading gives a photo or a PhotoError, and nothing else."""

import numpy as np
import pytest

from landmark.core.errors import PhotoError
from landmark.photo import read_photo

hypothesis = pytest.importorskip("hypothesis", reason="needs the package hypothesis, which makes up the damage")
from factories.damaged_photos import damaged  # noqa: E402
from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # broken EXIF, once per kind


@given(data=damaged(), short_side_px=st.sampled_from([None, 16, 255]))
def test_damaged_bytes_give_a_photo_or_a_photo_error(data: bytes, short_side_px: int | None) -> None:
    try:
        photo = read_photo(data, name="a", short_side_px=short_side_px)
    except PhotoError as error:
        assert str(error).startswith("a: ") and "\n" not in str(error)
    else:
        assert photo.pixels.dtype == np.uint8 and photo.pixels.shape[2:] == (3,) and photo.pixels.size
