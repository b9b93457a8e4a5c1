"""Taking back what was written into an album: all of it, one photo, one run; wherever its files are by now."""

from landmark.tagging.undo.undoing import Undone, undo_folder

__all__ = ["Undone", "undo_folder"]
