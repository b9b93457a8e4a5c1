"""A photo, from any file to upright RGB pixels (`decoding`), and how photos are found on a disk (`discovery`)."""

from landmark.photo.contents import PhotoFile
from landmark.photo.decoding import Photo, open_photo, read_photo, read_size
from landmark.photo.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "Limits", "Photo", "PhotoFile", "open_photo", "read_photo", "read_size"]
