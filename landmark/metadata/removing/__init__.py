"""What this program wrote, taken out of a photo or a sidecar that has changed since; all else stays as it is."""

from landmark.metadata.removing.photo import remove_from_photo, remove_from_sidecar
from landmark.metadata.removing.xmp import is_empty

__all__ = ["is_empty", "remove_from_photo", "remove_from_sidecar"]
