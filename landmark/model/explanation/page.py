"""An explanation as a page that needs nothing else: the heat map, the photo, candidates, similar training photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.errors import LandmarkError
from landmark.core.files import atomic_write, rename_to_backup
from landmark.core.text import confidence_text
from landmark.model.explanation.explanation import Explanation
from landmark.pages.page import Page
from landmark.photo.thumbnails import picture_uri

_HOW_TO_READ = (
    "Every part of the square that the network saw was hidden once and shown alone once. It is the brighter, the "
    "further the confidence fell without it and the higher it was with nothing else. The outline holds the hottest "
    "fifth. What is dark, outside the square, was not looked at."
)
_LIMITS = (
    "Colours compare the parts of this photo with each other; they do not say how sure the answer is, nor that it is "
    "right. A network may be right for a wrong reason, such as the frame of a picture: this is where that shows."
)


@dataclass(frozen=True)
class SimilarPhoto:
    """A training photo, the landmark of its folder, and the cosine of its features with the photo's, -1 to 1."""

    path: Path
    landmark: str
    similarity: float

    def to_row(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"photo": str(self.path), "landmark": self.landmark, "similarity": round(self.similarity, 4)}


def explanation_page(explanation: Explanation, similar: Sequence[SimilarPhoto] = ()) -> Page:
    """The page of an explanation; `similar` are training photos, the most similar first."""
    page = Page(explanation.heading(), f"Why {Path(explanation.photo.source).name} got this answer.")
    page.add_picture(explanation.to_png(), f"Heat map: {explanation.heading()}")
    page.add_text(_HOW_TO_READ)
    page.add_text(_LIMITS)
    page.add_section("The photo")
    page.add_picture(picture_uri(explanation.photo.pixels), "The photo as it was read, upright")
    page.add_section("Candidates")
    rows = [[one.landmark, confidence_text(one.confidence)] for one in explanation.answer.candidates]
    page.add_table([["landmark", "confidence"], *rows])
    if similar:
        page.add_section("Most similar training photos")
        page.add_text(
            "Nearest by what the network makes of them (1.00: the same). Where they show another landmark, or do not "
            "show theirs, the photo's answer is to be doubted."
        )
        page.add_photos(
            {f"{one.similarity:.2f} {one.landmark}, {one.path.name}": [one.path] for one in similar}, side_px=240
        )
    return page


def write_explanation(explanation: Explanation, out: Path | str, similar: Sequence[SimilarPhoto] = ()) -> list[Path]:
    """Write the heat map (.png), the page (.html), or in a folder both, named after the photo; returns their paths.

    A file of another content that lies there is kept beside, as `name.1.png`; the photo itself always stays.
    """
    out = Path(out)
    if out.suffix.lower() in (".png", ".html"):
        targets = [out]
    else:
        stem = Path(explanation.photo.source).stem or "photo"
        targets = [out / f"{stem}.why{suffix}" for suffix in (".png", ".html")]
    for target in targets:
        is_page = target.suffix.lower() == ".html"
        content = explanation_page(explanation, similar).to_bytes() if is_page else explanation.to_png()
        _put(target, content)
    return targets


def _put(target: Path, content: bytes) -> None:
    try:
        if target.is_file() and target.read_bytes() != content:
            rename_to_backup(target)
        with atomic_write(target) as file:
            file.write(content)
    except OSError as error:
        raise LandmarkError(
            f"{target}: cannot be written ({error.strerror or error}). Expected a folder that can be written to."
        ) from error
