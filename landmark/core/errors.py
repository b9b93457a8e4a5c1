"""What can go wrong, in words for the person who has to mend it: what was found, what was expected, what to do next.

Every error that the library raises on purpose is a `LandmarkError`; anything else is a fault of ours.
"""

import importlib
from types import ModuleType


class LandmarkError(Exception):
    """The parent of every error raised on purpose: `except LandmarkError` catches them all."""


class PhotoError(LandmarkError):
    """A file that cannot be read as a photo."""


class DataError(LandmarkError):
    """A folder of landmarks, or a table of places, that cannot be used as it is."""


class BundleError(LandmarkError):
    """A trained model on disk that is incomplete, changed, or from a newer version."""


class WeightsError(LandmarkError):
    """Weights that could not be found, fetched or fitted to the model."""


class ConfigurationError(LandmarkError):
    """A setting that does not exist or has a value that cannot be used."""


class TrainingError(LandmarkError):
    """Training that cannot go on: the loss is no number, the disk is full."""


class TaggingError(LandmarkError):
    """An album that cannot be tagged, or a photo into which nothing can be written."""


class MissingPackageError(LandmarkError, ImportError):
    """A package that the base install leaves out."""


def require(package: str, extra: str) -> ModuleType:
    """Import a package that only an extra installs, or say how to install it.

    >>> require("json", "train").__name__
    'json'
    >>> require("no_such_package", "train")
    Traceback (most recent call last):
        ...
    landmark.core.errors.MissingPackageError: This needs the package 'no_such_package', which is not installed. \
Install it with: pip install '.[train]' ./weights
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package.partition(".")[0]:
            raise  # the package is there and misses something of its own: another fault, shown as it is
        weights = " ./weights" if extra in ("train", "tune") else ""  # which training starts from
        raise MissingPackageError(
            f"This needs the package {package!r}, which is not installed. "
            f"Install it with: pip install '.[{extra}]'{weights}"
        ) from error
