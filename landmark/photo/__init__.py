"""A photo, from any file to upright RGB pixels (`door`), and the photos that lie about."""

from landmark.photo.decoding import DEFAULT_LIMITS, Limits, Photo, PhotoFile, open_photo, read_photo

__all__ = ["DEFAULT_LIMITS", "Limits", "Photo", "PhotoFile", "open_photo", "read_photo"]
