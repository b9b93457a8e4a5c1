"""A trained model as a folder: its manifest `landmark.json` and the files that it lists with their SHA-256.

README.md is its model card; nothing reads it, and it may be edited or missing. Folders are found, read and written
here; `manifest` checks what landmark.json says.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landmark.core.digests import sha256_bytes, sha256_file
from landmark.core.directories import PACKAGE_DATA
from landmark.core.errors import BundleError
from landmark.core.files import flush_folder, rename_to_backup, write_json
from landmark.model.bundle.manifest import (
    COPY_AGAIN,
    MANIFEST,
    NETWORK,
    README,
    SCHEMA_VERSION,
    WEIGHTS,
    Bundle,
    check_file,
    parse_manifest,
    plain_json,
    shorten,
)

SHIPPED = PACKAGE_DATA


def load_bundle(path: Path | str | None = None) -> Bundle:
    """Read a bundle: its own folder or the folder of a training run that holds `bundle/`; None is the one that ships.

    The network is compared with its SHA-256 (8 ms for 10 MB); the weights, which may be missing, are when they are
    asked for.

    Raises `BundleError`, which says where, what was found, what was expected and what to do.

    >>> load_bundle("no/such/model")
    Traceback (most recent call last):
        ...
    landmark.core.errors.BundleError: no/such/model: no such folder. Expected a trained model: a folder with \
landmark.json and model.onnx. Check the path, or train one with: landmark train
    """
    folder = _shipped() if path is None else _find(Path(path))
    bundle = parse_manifest(folder, _read_manifest(folder))
    for name in bundle.files:
        if name != WEIGHTS and not (folder / name).is_file():
            raise BundleError(f"{folder}: {name} is missing, which {MANIFEST} lists. {COPY_AGAIN}")
    check_file(folder, NETWORK, bundle.files[NETWORK])
    return bundle


def write_bundle(path: Path | str, manifest: Mapping[str, Any], files: Mapping[str, bytes | Path]) -> Bundle:
    """Write a bundle whole or not at all: a folder beside it is filled, flushed to the disk, then renamed.

    `manifest` is what `landmark.json` will say; "files", and "schema_version" where it is missing, are filled in.
    `files` maps names to their bytes, or to files to copy; README.md is made of the manifest. A bundle that is already
    at `path` is kept until the new one is whole; a README.md that was edited is kept beside it.

    Raises `BundleError` when the manifest does not hold together, something else than a bundle lies at `path`, or the
    disk refuses.
    """
    from landmark.model.bundle.model_card.document import (
        model_card,  # here, because commands that only answer need none
    )

    target = Path(path)
    try:
        digests = {
            name: sha256_file(content) if isinstance(content, Path) else sha256_bytes(content)
            for name, content in sorted(files.items())
        }
        whole = plain_json({"schema_version": SCHEMA_VERSION, **manifest, "files": digests})
        bundle = parse_manifest(target, whole)
        readme = model_card(bundle).encode()
        refuse_to_lose(target)
        _put_in_place(target.resolve(), whole, {README: readme, **files}, digests)
    except OSError as error:
        raise BundleError(
            f"{target}: the bundle could not be written ({error}); what was there is untouched. "
            "Expected a folder that can be written to, with room for it."
        ) from error
    return bundle


def save_bundle(bundle: Bundle) -> Bundle:
    """Write a bundle, made or changed in memory, to its path: whole or not at all, as `write_bundle` does.

    Example: `save_bundle(bundle.with_calibration(calibration, ood_scorer, scores))`.
    """
    files = {name: bundle.contents.get(name, bundle.locate_file(name)) for name in bundle.files}
    if isinstance(weights := files.get(WEIGHTS), Path) and not weights.is_file():
        del files[WEIGHTS]  # of the model that ships, without landmark-weights: what is made answers all the same
    return write_bundle(bundle.path, bundle.manifest, files)


_FILE_MANAGERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # leave these where somebody had a look


def refuse_to_lose(target: Path) -> None:
    """Raise `BundleError` where something else than a bundle lies: `--out ~/photos` must not cost anybody photos."""
    if target.is_dir():
        foreign = {entry.name for entry in target.iterdir()} - _FILE_MANAGERS
        if MANIFEST in foreign:
            files = _read_manifest(target).get("files")
            foreign -= {MANIFEST, README, *(files if isinstance(files, dict) else ())}
        if not foreign:
            return
        found = f"a folder with other files in it ({', '.join(sorted(foreign)[:3])})"
    elif target.exists():
        found = "a file"
    else:
        return
    raise BundleError(f"{target}: found {found}. Expected a free path or a bundle to replace. Choose another path.")


def _put_in_place(
    target: Path, manifest: dict[str, Any], files: Mapping[str, bytes | Path], digests: Mapping[str, str]
) -> None:
    token = os.urandom(4).hex()  # not `secrets`: importing that costs every command 5 ms
    part, previous = (target.with_name(f".{target.name}.{token}.{end}") for end in ("part", "previous"))
    try:
        part.mkdir(parents=True)
        for name, content in files.items():
            with (part / name).open("wb") as file:
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, file)
                else:
                    file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if name in digests:
                check_file(part, name, digests[name])  # the source may have changed under us
        write_json(part / MANIFEST, manifest)
        flush_folder(part)
        if target.exists():
            _keep_edited_readme(target)
            target.rename(previous)  # a folder that holds something cannot be renamed over
        try:
            part.rename(target)
        except BaseException:
            if previous.exists():
                previous.rename(target)
            raise
        flush_folder(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(previous, ignore_errors=True)


def _keep_edited_readme(target: Path) -> None:
    """Copy the README.md of a bundle that is to be replaced beside its folder, unless it is what the manifest gives."""
    from landmark.model.bundle.model_card.document import model_card

    readme, kept = target / README, target.with_name(f"{target.name}.{README}")
    if not readme.is_file():
        return
    try:
        as_written = model_card(parse_manifest(target, _read_manifest(target))).encode()
    except BundleError:  # a manifest from which no page can have come
        as_written = None
    if readme.read_bytes() != as_written:  # or it was written by another version: then one page too many is kept
        rename_to_backup(kept)
        shutil.copyfile(readme, kept)


def _find(path: Path) -> Path:
    """Find the bundle's folder: the path itself, or `bundle/` in the folder of a training run."""
    expected = f"Expected a trained model: a folder with {MANIFEST} and {NETWORK}."
    todo = "Check the path, or train one with: landmark train"
    try:
        if path.is_file():
            raise BundleError(f"{path}: found a file. {expected} Give the folder that holds it, such as {path.parent}")
        if not path.is_dir():
            raise BundleError(f"{path}: no such folder. {expected} {todo}")
        for folder in (path, path / "bundle"):
            if (folder / MANIFEST).is_file():
                return folder
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). {expected} Check its permissions.") from error
    raise BundleError(f"{path}: no {MANIFEST} in this folder, nor in bundle/ under it. {expected} {todo}")


def _shipped() -> Path:
    """Find the bundle inside the package."""
    shipped = sorted(file.parent for file in SHIPPED.glob(f"*/{MANIFEST}"))
    if len(shipped) != 1:
        names = ", ".join(folder.name for folder in shipped) or "none"
        raise BundleError(
            f"{SHIPPED}: bundles found: {names}. Expected the one that ships with landmark. "
            "Install landmark again, or name a bundle, as in: landmark locate --model BUNDLE"
        )
    return shipped[0]


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    except (ValueError, RecursionError) as error:  # also text that is not UTF-8
        raise BundleError(
            f"{path}: not valid JSON ({error}). Expected the manifest of a bundle. {COPY_AGAIN}"
        ) from error
    if not isinstance(manifest, dict):
        raise BundleError(
            f"{path}: found {shorten(manifest)}. Expected a JSON object, the manifest of a bundle. {COPY_AGAIN}"
        )
    return manifest
