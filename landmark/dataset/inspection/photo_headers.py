"""What the headers of photos hold: size, format, bytes of the file; and which files are misnamed.

Nothing is decoded, which makes it quick: a photo whose header is whole and whose pixels are cut short goes unnoticed
here. Training and testing decode each photo and name those.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from landmark.core.cpu import available_cpus
from landmark.core.errors import PhotoError
from landmark.core.progress import track
from landmark.dataset.folders import LandmarkFolder
from landmark.dataset.inspection.flaws import NOT_A_PHOTO, UNREADABLE, Flaw
from landmark.photo import read_size


@dataclass(frozen=True)
class PhotoHeader:
    """A photo of a landmark by its header; width and height are of the whole photo, upright."""

    split: str
    landmark: str
    path: Path
    n_bytes: int
    width_px: int
    height_px: int
    format: str

    def to_dict(self, root: Path) -> dict[str, Any]:
        """Return it as plain JSON values, its path as seen from the root."""
        values = {**asdict(self), "path": self.path.relative_to(root).as_posix()}
        return {"part": values.pop("split"), **values}


def read_headers(folder: LandmarkFolder, split: str) -> tuple[list[PhotoHeader], list[Flaw]]:
    """Read the headers of a folder's photos, by landmark and path, and why the others cannot be opened.

    Among the others are misnamed files, which are no photos by their first bytes: mostly downloads that failed.
    """

    def read(path: Path, landmark: str, flaw: str = UNREADABLE) -> PhotoHeader | Flaw:
        try:
            size, format_name = read_size(path)
        except PhotoError as error:
            return Flaw(flaw, path, str(error))
        return PhotoHeader(split, landmark, path, path.stat().st_size, *size, format_name)

    paths = [photo.path for photo in folder.photos]
    landmarks = [folder.categories[photo.label] for photo in folder.photos]
    with ThreadPoolExecutor(max_workers=available_cpus()) as readers:
        read_ones = list(track(readers.map(read, paths, landmarks), f"Reading {folder.path.name}", total=len(paths)))
    headers = [found for found in read_ones if isinstance(found, PhotoHeader)]
    unreadable = [found for found in read_ones if isinstance(found, Flaw)]
    unreadable += [Flaw(UNREADABLE, path, why) for path, why in folder.left_out]
    misnamed = [read(path, "", NOT_A_PHOTO) for path in folder.misnamed]
    return headers, unreadable + [found for found in misnamed if isinstance(found, Flaw)]
