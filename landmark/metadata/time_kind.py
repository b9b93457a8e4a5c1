"""What a time in a photo's metadata is the time of."""

from enum import StrEnum


class TimeKind(StrEnum):
    """What a time is the time of, the surest first."""

    ORIGINAL = "original"  # when it was taken: DateTimeOriginal, DateCreated
    DIGITISED = "digitised"  # when it was stored in digits: for a scan years later
    LIBRARY = "library"  # what a photo library says, in UTC: a Google Takeout
    GPS = "gps"  # the satellites' time of the position (UTC), which may have been given to the photo later
    MODIFIED = "modified"  # the last change of the file

    @property
    def is_weak(self) -> bool:
        """Return whether it may be another time than that of the photo."""
        return self in (TimeKind.GPS, TimeKind.MODIFIED)
