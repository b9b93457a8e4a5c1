"""An explanation as a page that needs nothing else: the heat map, the photo, candidates, similar training photos."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.errors import LandmarkError
from landmark.core.files import atomic_write, rename_to_backup
from landmark.core.text import confidence_text
from landmark.model.explanation.explanation import Explanation
from landmark.pages.rendering import page_bytes
from landmark.photo.thumbnails import picture_uri

_TEMPLATE = Path(__file__).with_name("templates") / "explanation.html"


@dataclass(frozen=True)
class SimilarPhoto:
    """A training photo, the landmark of its folder, and the cosine of its features with the photo's, -1 to 1."""

    path: Path
    landmark: str
    similarity: float

    def to_row(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"photo": str(self.path), "landmark": self.landmark, "similarity": round(self.similarity, 4)}


def explanation_page(explanation: Explanation, similar: Sequence[SimilarPhoto] = ()) -> bytes:
    """Return the page of an explanation as a file; `similar` are training photos, the most similar first."""
    candidates = [[one.landmark, confidence_text(one.confidence)] for one in explanation.answer.candidates]
    return page_bytes(
        _TEMPLATE,
        title=explanation.heading(),
        lead=f"Why {Path(explanation.photo.source).name} got this answer.",
        heat_map=f"data:image/png;base64,{b64encode(explanation.to_png()).decode()}",
        photo=picture_uri(explanation.photo.pixels),
        candidates=[["landmark", "confidence"], *candidates],
        similar={f"{one.similarity:.2f} {one.landmark}, {one.path.name}": [one.path] for one in similar},
    )


def write_explanation(explanation: Explanation, out: Path | str, similar: Sequence[SimilarPhoto] = ()) -> list[Path]:
    """Write the heat map (.png), the page (.html), or in a folder both, named after the photo; return their paths.

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
        content = explanation_page(explanation, similar) if is_page else explanation.to_png()
        try:
            if target.is_file() and target.read_bytes() != content:
                rename_to_backup(target)
            with atomic_write(target) as file:
                file.write(content)
        except OSError as error:
            raise LandmarkError(
                f"{target}: cannot be written ({error.strerror or error}). Expected a folder that can be written to."
            ) from error
    return targets
