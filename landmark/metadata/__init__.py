"""What a photo's metadata says of where and when it was taken, and the place written into it without touching the rest.

EXIF and XMP inside photos, XMP sidecars and the JSON of a Google Takeout beside them.
"""

from landmark.metadata.merging import PhotoMetadata, read_coordinates, read_metadata

__all__ = ["PhotoMetadata", "read_coordinates", "read_metadata"]
