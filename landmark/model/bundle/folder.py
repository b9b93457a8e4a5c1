"""A trained model as a folder: `landmark.json`, its card, and the files that the card lists with their SHA-256.

A README.md tells the card to people; nothing reads it, and it may be edited or missing. Folders are found, read and
written here. What the card may say is `card`'s, running the network `sessions`', answering `inference`'s.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landmark.core.digests import sha256_bytes, sha256_file
from landmark.core.errors import BundleError
from landmark.core.files import flush_folder, rename_to_backup, write_json
from landmark.core.resources import DATA_DIR
from landmark.model.bundle.manifest import (
    CARD,
    COPY_AGAIN,
    NETWORK,
    README,
    SCHEMA_VERSION,
    WEIGHTS,
    Bundle,
    check_file,
    parse_card,
    shorten,
)

__all__ = ["CARD", "NETWORK", "README", "SCHEMA_VERSION", "WEIGHTS", "Bundle", "load_bundle", "write_bundle"]

SHIPPED = DATA_DIR


def load_bundle(path: Path | str | None = None) -> Bundle:
    """Read a bundle: its own folder or the folder of a training run that holds `bundle/`; None is the one that ships.

    The network is compared with its SHA-256 (8 ms for 10 MB); the weights are when they are asked for.

    Raises `BundleError`, which says where, what was found, what was expected and what to do.

    >>> load_bundle("no/such/model")
    Traceback (most recent call last):
        ...
    landmark.core.errors.BundleError: no/such/model: no such folder. Expected a trained model: a folder with \
landmark.json and model.onnx. Check the path, or train one with: landmark train
    """
    folder = _shipped() if path is None else _find(Path(path))
    bundle = parse_card(folder, _read_card(folder))
    for name in bundle.files:
        if not (folder / name).is_file():
            raise BundleError(f"{folder}: {name} is missing, which {CARD} lists. {COPY_AGAIN}")
    check_file(folder, NETWORK, bundle.files[NETWORK])
    return bundle


def write_bundle(path: Path | str, card: Mapping[str, Any], files: Mapping[str, bytes | Path]) -> Bundle:
    """Write a bundle whole or not at all: a folder beside it is filled, flushed to the disk, then renamed.

    `card` is what `landmark.json` will say; "files", and "schema_version" where it is missing, are filled in.
    `files` maps names to their bytes, or to files to copy; README.md is made of the card. A bundle that is already at
    `path` is kept until the new one is whole; a README.md that was edited is kept beside it.

    Raises `BundleError` when the card does not hold together, something else than a bundle lies at `path`, or the
    disk refuses.
    """
    from landmark.model.model_card.document import model_card  # here, because commands that only answer need none

    target = Path(path)
    try:
        digests = {
            name: sha256_file(content) if isinstance(content, Path) else sha256_bytes(content)
            for name, content in sorted(files.items())
        }
        full_card = _as_json({"schema_version": SCHEMA_VERSION, **card, "files": digests})
        bundle = parse_card(target, full_card)
        readme = model_card(bundle).encode()
        refuse_to_lose(target)
        _put_in_place(target.resolve(), full_card, {README: readme, **files}, digests)
    except OSError as error:
        raise BundleError(
            f"{target}: the bundle could not be written ({error}); what was there is untouched. "
            "Expected a folder that can be written to, with room for it."
        ) from error
    return bundle


def _as_json(card: dict[str, Any]) -> dict[str, Any]:
    """The card as it will be read back: lists for tuples, and nothing that JSON cannot say, such as NaN."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(card, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BundleError(
            f"The card cannot be written as JSON ({error}). Expected plain numbers, texts, lists."
        ) from error
    return plain


_FILE_MANAGERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # leave these where somebody had a look


def refuse_to_lose(target: Path) -> None:
    """Raise `BundleError` where something else than a bundle lies: `--out ~/photos` must not cost anybody photos."""
    if target.is_dir():
        others = {entry.name for entry in target.iterdir()} - _FILE_MANAGERS
        if CARD in others:
            files = _read_card(target).get("files")
            others -= {CARD, README, *(files if isinstance(files, dict) else ())}
        if not others:
            return
        found = f"a folder with other files in it ({', '.join(sorted(others)[:3])})"
    elif target.exists():
        found = "a file"
    else:
        return
    raise BundleError(f"{target}: found {found}. Expected a free path or a bundle to replace. Choose another path.")


def _put_in_place(
    target: Path, card: dict[str, Any], files: Mapping[str, bytes | Path], digests: Mapping[str, str]
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
        write_json(part / CARD, card)
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
    """Copy the README.md of a bundle that is to be replaced beside its folder, unless it is what the card gives."""
    from landmark.model.model_card.document import model_card

    readme, kept = target / README, target.with_name(f"{target.name}.{README}")
    if not readme.is_file():
        return
    try:
        as_written = model_card(parse_card(target, _read_card(target))).encode()
    except BundleError:  # a card from which no page can have come
        as_written = None
    if readme.read_bytes() != as_written:  # or it was written by another version: then one page too many is kept
        rename_to_backup(kept)
        shutil.copyfile(readme, kept)


def _find(path: Path) -> Path:
    """The bundle's folder: the path itself, or `bundle/` in the folder of a training run."""
    expected = f"Expected a trained model: a folder with {CARD} and {NETWORK}."
    todo = "Check the path, or train one with: landmark train"
    try:
        if path.is_file():
            raise BundleError(f"{path}: found a file. {expected} Give the folder that holds it, such as {path.parent}")
        if not path.is_dir():
            raise BundleError(f"{path}: no such folder. {expected} {todo}")
        for folder in (path, path / "bundle"):
            if (folder / CARD).is_file():
                return folder
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). {expected} Check its permissions.") from error
    raise BundleError(f"{path}: no {CARD} in this folder, nor in bundle/ under it. {expected} {todo}")


def _shipped() -> Path:
    """The bundle inside the package."""
    shipped = sorted(card.parent for card in SHIPPED.glob(f"*/{CARD}"))
    if len(shipped) != 1:
        names = ", ".join(folder.name for folder in shipped) or "none"
        raise BundleError(
            f"{SHIPPED}: bundles found: {names}. Expected the one that ships with landmark. "
            "Install landmark again, or name a bundle, as in: landmark locate --model BUNDLE"
        )
    return shipped[0]


def _read_card(folder: Path) -> dict[str, Any]:
    path = folder / CARD
    try:
        card = json.loads(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    except (ValueError, RecursionError) as error:  # also text that is not UTF-8
        raise BundleError(f"{path}: not valid JSON ({error}). Expected the card of a bundle. {COPY_AGAIN}") from error
    if not isinstance(card, dict):
        raise BundleError(f"{path}: found {shorten(card)}. Expected a JSON object, the card of a bundle. {COPY_AGAIN}")
    return card
