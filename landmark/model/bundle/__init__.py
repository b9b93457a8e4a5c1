"""A trained model as a folder: its manifest (`manifest`), and how it is found, read and written (`folder`)."""

from landmark.model.bundle.folder import load_bundle, save_bundle, write_bundle
from landmark.model.bundle.manifest import MANIFEST, NETWORK, README, SCHEMA_VERSION, WEIGHTS, Bundle

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
