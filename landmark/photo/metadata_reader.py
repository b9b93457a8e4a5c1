"""The metadata of photos that are being read: from the bytes that are read anyway, and from the files beside them."""

from functools import lru_cache
from pathlib import Path

from landmark.metadata.formats.raw import RAW_FORMATS
from landmark.metadata.formats.signatures import MOVIE_FORMATS
from landmark.metadata.merging import PhotoMetadata, read_metadata, read_metadata_inside
from landmark.metadata.sidecars import list_folder
from landmark.photo.contents import PhotoContents, PhotoFile

_IN_PART = frozenset({*RAW_FORMATS, *MOVIE_FORMATS})  # whose contents are the picture alone, or nothing
_FOLDERS = 8  # whose names are kept: photos of one folder mostly come one after another, but several threads read


class MetadataReader:
    """Reads the metadata of photos; for one run, since the names in a folder are read once.

    >>> MetadataReader()("no/such/photo.jpg", None).coordinates is None
    True
    """

    def __init__(self) -> None:
        self._list_folder = lru_cache(_FOLDERS)(list_folder)

    def __call__(self, source: PhotoFile, contents: PhotoContents | None) -> PhotoMetadata:
        """Return what a photo's metadata say, and for one in a file those beside it; `contents` are its bytes if read.

        Raises nothing; decodes nothing.
        """
        if isinstance(source, str | Path):
            data = contents.data if contents is not None and contents.format not in _IN_PART else None
            return read_metadata(source, self._list_folder(Path(source).parent), data=data)
        return read_metadata_inside(bytes(source))
