"""Pictures of a screen: what they show was not seen from where they were made."""

import re
from pathlib import PurePath

from landmark.metadata.merging import PhotoMetadata

# What phones and computers call them, in the languages in which they are made most.
_NAMES = re.compile(
    r"screen[ _-]?(shot|capture|grab)|bildschirm(foto|aufnahme)|capture d|captura(s)? de|schermafbeelding|schermata|"
    r"istantanea|zrzut[ _]ekranu|skärmavbild|skjermbilde|skærmbillede|snímek|ekran[ _]|снимок экрана|"
    r"スクリーンショット|截屏|屏幕截图|螢幕截圖|스크린샷",
    re.I,
)
WORDS = "its name is that of a picture of a screen"


def is_screenshot(photo: str, metadata: PhotoMetadata) -> bool:
    """Return whether a file is called as pictures of screens are, and is of no camera.

    >>> [is_screenshot(name, PhotoMetadata()) for name in ("Screenshot_20240506-1.png", "Bildschirmfoto.png", "a.png")]
    [True, True, False]
    """
    return metadata.camera is None and _NAMES.match(PurePath(photo).name) is not None
