"""A trained model as a folder: read and written (`folder`), its card, its README.md, fitted anew, made small."""

from landmark.model.bundle.folder import (
    CARD,
    NETWORK,
    README,
    SCHEMA_VERSION,
    WEIGHTS,
    Bundle,
    load_bundle,
    write_bundle,
)

__all__ = ["CARD", "NETWORK", "README", "SCHEMA_VERSION", "WEIGHTS", "Bundle", "load_bundle", "write_bundle"]
