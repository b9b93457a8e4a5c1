"""An inspection as files: a page to look at and JSON for programs (extra: plot)."""

import json
from pathlib import Path

from landmark.core.files import atomic_write
from landmark.dataset.inspection.contents import Inspection, sample_photos
from landmark.dataset.inspection.examination import Examination
from landmark.dataset.inspection.figures import dimensions_figure, file_sizes_figure, landmarks_figure
from landmark.dataset.inspection.findings_page import finding_sections
from landmark.pages.rendering import write_page

_TEMPLATE = Path(__file__).with_name("templates") / "inspection.html"
_SAMPLES_PER_LANDMARK = 3


def write_inspection(found: Inspection | Examination, out: str | Path) -> tuple[Path, Path]:
    """Write `inspection.html`, with figures and sample photos, and `inspection.json`, with a row for each photo.

    Of an examination the page also shows what was found, each finding with its photos.

    Example: `write_inspection(inspect_data("my_photos"), "report")`. Returns the paths of the two.
    """
    written = Path(out) / "inspection.html", Path(out) / "inspection.json"
    inspection = found if isinstance(found, Inspection) else found.inspection
    write_page(
        written[0],
        _TEMPLATE,
        title=f"What is in {inspection.root.resolve().name}/",
        lead=f"{inspection.headline()}.",
        warnings=inspection.findings,
        findings=finding_sections(found) if isinstance(found, Examination) else (),
        splits=inspection.split_table(),
        landmarks=inspection.landmark_table(),
        sizes=inspection.size_table(),
        formats=inspection.format_table(),
        figures={
            "landmarks": landmarks_figure(inspection),
            "file_sizes": file_sizes_figure(inspection),
            "dimensions": dimensions_figure(inspection),
        },
        unreadable=inspection.unreadable,
        n_not_photos=inspection.n_not_photos,
        samples=sample_photos(inspection, per_landmark=_SAMPLES_PER_LANDMARK),
    )
    with atomic_write(written[1]) as file:
        # in ASCII, which can also hold a file's name whose bytes are no text
        file.write((json.dumps(found.to_dict(photos=True), indent=2) + "\n").encode("ascii"))
    return written
