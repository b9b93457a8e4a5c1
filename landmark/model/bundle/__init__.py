"""A trained model as a folder: its manifest (`manifest`), and how it is found, read and written (`folder`)."""

from landmark.model.bundle.folder import (
    MANIFEST,
    NETWORK,
    README,
    SCHEMA_VERSION,
    WEIGHTS,
    Bundle,
    load_bundle,
    save_bundle,
    write_bundle,
)

__all__ = [
    "MANIFEST",
    "NETWORK",
    "README",
    "SCHEMA_VERSION",
    "WEIGHTS",
    "Bundle",
    "load_bundle",
    "save_bundle",
    "write_bundle",
]
