"""Where the pages and decisions of albums are: in the user's data folder, since they are no photos."""

import hashlib
import os
from pathlib import Path

from landmark.core.directories import open_data_subfolder


def review_path(album: Path, ending: str) -> Path:
    """Return the path of an album's page (".html"), of its decisions (".json"), and of those that are carried out."""
    whole = album.resolve()
    other = hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]  # of albums of one name
    return open_data_subfolder("reviews") / f"{whole.name or 'album'}-{other}{ending}"
