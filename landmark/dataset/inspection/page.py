"""An inspection as files: a page to look at and JSON for programs (extra: plot)."""

import json
from pathlib import Path

from landmark.core.files import atomic_write
from landmark.dataset.inspection.contents import Inspection, sample_photos
from landmark.dataset.inspection.examination import Examination
from landmark.dataset.inspection.figures import dimensions_figure, file_sizes_figure, landmarks_figure
from landmark.dataset.inspection.findings_page import add_findings
from landmark.pages.page import Page

_SAMPLES_PER_LANDMARK = 3


def write_inspection(found: Inspection | Examination, out: str | Path) -> tuple[Path, Path]:
    """Write `inspection.html`, with figures and sample photos, and `inspection.json`, with a row for each photo.

    Of an examination the page also shows what was found, each finding with its photos.

    Example: `write_inspection(inspect_data("my_photos"), "report")`. Returns the paths of the two.
    """
    page = inspection_page(found)
    written = Path(out) / "inspection.html", Path(out) / "inspection.json"
    page.write(written[0])
    with atomic_write(written[1]) as file:
        # in ASCII, which can also tell of a file whose name holds bytes that are no text
        file.write((json.dumps(found.to_dict(photos=True), indent=2) + "\n").encode("ascii"))
    return written


def inspection_page(found: Inspection | Examination) -> Page:
    """The page: what is odd or wrong first, then tables, figures and sample photos."""
    inspection = found if isinstance(found, Inspection) else found.inspection
    folder = inspection.root.resolve().name
    page = Page(f"What is in {folder}/", f"{inspection.headline()}.")
    if inspection.findings:
        page.add_section("Worth a look")
        page.add_list(inspection.findings)
    if isinstance(found, Examination):
        add_findings(page, found)
    page.add_section("Parts")
    page.add_table(inspection.split_table())
    page.add_section("Landmarks")
    page.add_figure(landmarks_figure(inspection))
    page.add_table(inspection.landmark_table())
    page.add_section("Sizes and formats")
    page.add_table(inspection.size_table())
    page.add_table(inspection.format_table())
    page.add_figure(file_sizes_figure(inspection))
    page.add_figure(dimensions_figure(inspection))
    if isinstance(found, Inspection):
        _add_what_is_no_photo(page, inspection)
    page.add_section("Samples")
    page.add_photos(sample_photos(inspection, per_landmark=_SAMPLES_PER_LANDMARK))
    return page


def _add_what_is_no_photo(page: Page, inspection: Inspection) -> None:
    page.add_section("What cannot be opened as a photo")
    if inspection.unreadable:
        page.add_list(map(str, inspection.unreadable))
    else:
        page.add_text("By its header, every file that should be a photo is one.")
    if inspection.n_not_photos:
        page.add_text(f"Other files, which are no photos: {inspection.n_not_photos:,}.")
