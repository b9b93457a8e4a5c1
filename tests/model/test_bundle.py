"""Bundles: written whole, read back the same, and refused with a reason when something is wrong with them."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from factories.bundle import CATEGORIES, PREPROCESSING, make_card, make_weights

from landmark.core.digests import sha256_bytes
from landmark.core.errors import BundleError
from landmark.geo.coordinates import Coordinates
from landmark.model.bundle import MANIFEST, NETWORK, README, SCHEMA_VERSION, WEIGHTS, Bundle, load_bundle, write_bundle
from landmark.model.bundle import folder as bundle_module
from landmark.model.bundle import manifest as bundle_card
from landmark.model.bundle.folder import refuse_to_lose

FILES: dict[str, bytes | Path] = {NETWORK: b"a network", WEIGHTS: make_weights()}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_bundle(tmp_path / "model", make_card(), FILES)


def edit_card(bundle: Bundle, **changes: Any) -> Path:
    """Change the card on disk; None takes a key away."""
    path = bundle.path / MANIFEST
    card = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in card.items() if value is not None}))
    return bundle.path


def refusal(path: Path | None, **options: bool) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(path, **options)
    return str(caught.value)


def test_what_is_written_is_read_back(bundle: Bundle) -> None:
    read = load_bundle(bundle.path)
    card = make_card()
    assert read.path == bundle.path
    assert (read.name, read.version, read.categories) == ("colours", "1", tuple(CATEGORIES))
    assert read.preprocessing == PREPROCESSING
    assert (read.calibration.temperature, read.calibration.threshold) == (0.5, 0.6)
    assert read.places[2] is None
    assert read.places[0] and read.places[0].coordinates == Coordinates(27.175, 78.0421)
    assert read.places[1] and [country.code for country in read.places[1].countries] == ["US", "CA"]
    assert (read.architecture, read.scores, read.training) == (card["architecture"], card["scores"], card["training"])
    assert read.pretraining == card["pretraining"]
    assert (read.n_classes, read.feature_dim) == (3, 8)
    assert read.files == {NETWORK: sha256_bytes(b"a network"), WEIGHTS: sha256_bytes(make_weights())}
    assert read.network_path.read_bytes() == b"a network"
    assert read.weights_path().read_bytes() == make_weights()


def test_what_is_returned_by_writing_is_what_reading_gives(bundle: Bundle) -> None:
    read = load_bundle(bundle.path)
    assert all(getattr(bundle, key) == getattr(read, key) for key in Bundle.__dataclass_fields__)


def test_a_run_folder_stands_for_the_bundle_in_it(tmp_path: Path) -> None:
    write_bundle(tmp_path / "run" / "bundle", make_card(), FILES)
    assert load_bundle(str(tmp_path / "run")).path == tmp_path / "run" / "bundle"


def test_without_a_path_the_one_that_ships_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "SHIPPED", tmp_path)
    assert "bundles found: none" in refusal(None)
    write_bundle(tmp_path / "a", make_card(), FILES)
    assert load_bundle().path == tmp_path / "a"
    write_bundle(tmp_path / "b", make_card(), FILES)
    assert "bundles found: a, b" in refusal(None)


def test_a_path_that_is_no_bundle_is_refused(tmp_path: Path, bundle: Bundle) -> None:
    assert "no such folder" in refusal(tmp_path / "missing")
    assert "found a file" in refusal(bundle.path / NETWORK)
    assert f"such as {bundle.path}" in refusal(bundle.path / NETWORK)
    assert f"no {MANIFEST} in this folder" in refusal(tmp_path)
    assert "landmark train" in refusal(tmp_path)


@pytest.mark.parametrize("step", [(Path, "is_file"), (Path, "read_bytes"), (bundle_card, "sha256_file")])
def test_a_bundle_without_permission_is_refused(
    bundle: Bundle, step: tuple[object, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(*step, refuse)
    assert "cannot be read (Permission denied)" in refusal(bundle.path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000])
def test_a_card_that_is_no_json_is_refused(bundle: Bundle, content: bytes) -> None:
    (bundle.path / MANIFEST).write_bytes(content)
    assert f"{bundle.path / MANIFEST}: not valid JSON" in refusal(bundle.path)


def test_a_card_that_is_no_object_is_refused(bundle: Bundle) -> None:
    (bundle.path / MANIFEST).write_text("[1, 2]")
    assert "found [1, 2]. Expected a JSON object" in refusal(bundle.path)


def test_a_newer_schema_is_refused_whatever_else_has_changed(bundle: Bundle) -> None:
    (bundle.path / MANIFEST).write_text(f'{{"schema_version": {SCHEMA_VERSION + 1}}}')
    message = refusal(bundle.path)
    assert f"has schema version {SCHEMA_VERSION + 1}. Expected at most {SCHEMA_VERSION}" in message
    assert "Update landmark" in message


@pytest.mark.parametrize("version", ["1", 0, True, 1.0])
def test_a_schema_version_that_is_no_version_is_refused(bundle: Bundle, version: object) -> None:
    assert '"schema_version" is' in refusal(edit_card(bundle, schema_version=version))


def test_missing_keys_are_listed(bundle: Bundle) -> None:
    assert "missing: places, calibration. Expected" in refusal(edit_card(bundle, places=None, calibration=None))


CATEGORIES_TWICE = ["Taj Mahal", "Taj Mahal", "Petra"]
GOOD = make_card()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": 7}, '"name" is 7. Expected a text'),
        ({"scores": []}, '"scores" is []. Expected an object'),
        ({"categories": "abc"}, '"categories" is "abc". Expected a list'),
        ({"categories": CATEGORIES_TWICE}, "each once"),
        ({"categories": [], "places": []}, "at least one"),
        ({"categories": ["Petra", "", "Taj Mahal"]}, "the names of the landmarks"),
        ({"categories": ["Petra", 1, "Taj Mahal"]}, "the names of the landmarks"),
        ({"places": GOOD["places"][:2]}, "2 places for 3 categories"),
        ({"categories": [*CATEGORIES, "Petra"]}, "3 places for 4 categories"),
        ({"categories": [*CATEGORIES, "Petra"], "places": [None] * 4}, "3 classes for 4 categories"),
        ({"architecture": {"n_classes": 3}}, '"feature_dim" is null'),
        ({"architecture": {"n_classes": True, "feature_dim": 8}}, '"n_classes" is true'),
        ({"preprocessing": {"resize_px": 8}}, '"preprocessing" cannot be used'),
        ({"calibration": {"temperature": 0, "threshold": 0.5, "unknown_logit": None}}, '"calibration" cannot be used'),
        ({"calibration": {"temperature": 1, "threshold": 1.5, "unknown_logit": None}}, '"calibration" cannot be used'),
        ({"places": [{"name": "Taj Mahal"}, None, None]}, '"places" cannot be used'),
        ({"places": ["Taj Mahal", None, None]}, '"places" cannot be used'),
        ({"places": [GOOD["places"][0] | {"latitude": 127.0}, None, None]}, '"places" cannot be used (latitude 127.0'),
        ({"files": {}}, f"{NETWORK} among them"),
        ({"files": {NETWORK: "abc"}}, "64 hexadecimal digits"),
        ({"files": {NETWORK: "a" * 64, "../model": "a" * 64}}, "plain names"),
        ({"files": {NETWORK: "a" * 64, "/etc/passwd": "a" * 64}}, "plain names"),
    ],
)
def test_a_card_that_does_not_hold_together_is_refused(bundle: Bundle, changes: dict[str, Any], reason: str) -> None:
    message = refusal(edit_card(bundle, **changes))
    assert message.startswith(f"{bundle.path / MANIFEST}: ")
    assert reason in message
    assert "Expected" in message


def test_a_missing_file_is_named(bundle: Bundle) -> None:
    (bundle.path / NETWORK).unlink()
    assert f"{NETWORK} is missing" in refusal(bundle.path)


def test_missing_weights_are_named_where_they_are_used(bundle: Bundle) -> None:
    (bundle.path / WEIGHTS).unlink()
    with pytest.raises(BundleError, match=r"weights\.safetensors: not there"):
        load_bundle(bundle.path).weights_path()


def test_a_changed_network_is_refused(bundle: Bundle) -> None:
    bundle.network_path.write_bytes(b"a netw0rk")
    message = refusal(bundle.path)
    assert str(bundle.network_path) in message
    assert f"expected {sha256_bytes(b'a network')[:12]}" in message
    assert f"found SHA-256 {sha256_bytes(b'a netw0rk')[:12]}" in message


def test_changed_weights_are_refused_where_they_are_used(bundle: Bundle) -> None:
    (bundle.path / WEIGHTS).write_bytes(b"changed")
    read = load_bundle(bundle.path)
    with pytest.raises(BundleError, match=r"weights\.safetensors: found SHA-256"):
        read.weights_path()


def test_a_bundle_without_weights_answers_but_does_not_train(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "model", make_card(), {NETWORK: b"a network"})
    with pytest.raises(BundleError, match=r"has no weights\.safetensors, found model\.onnx"):
        written.weights_path()


def test_keys_of_later_versions_do_no_harm(bundle: Bundle) -> None:
    assert load_bundle(edit_card(bundle, later={"a": 1})).name == "colours"


def test_a_bundle_replaces_a_bundle_and_leaves_nothing_beside_it(tmp_path: Path, bundle: Bundle) -> None:
    source = tmp_path / "elsewhere.onnx"
    source.write_bytes(b"another network")
    replaced = write_bundle(bundle.path, make_card(version="2"), {NETWORK: source})
    assert load_bundle(bundle.path).version == replaced.version == "2"
    assert sorted(path.name for path in bundle.path.iterdir()) == [README, MANIFEST, NETWORK]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere.onnx", "model"]


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini"])
def test_what_a_file_manager_left_does_not_keep_a_bundle_from_being_replaced(bundle: Bundle, name: str) -> None:
    (bundle.path / name).write_bytes(b"icons")
    refuse_to_lose(bundle.path)  # which training asks before its work
    assert write_bundle(bundle.path, make_card(version="2"), FILES).version == "2"
    assert not (bundle.path / name).exists()


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_when_writing_fails_the_old_bundle_stays(
    tmp_path: Path, bundle: Bundle, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def fail_for_the_new(path: Path, target: Path) -> Path:
        if path.suffix == ".part":
            fail()
        return rename(path, target)

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "rename", fail_for_the_new)
    with pytest.raises(BundleError, match="No space left on device"):
        write_bundle(bundle.path, make_card(version="2"), FILES)
    monkeypatch.undo()
    assert load_bundle(bundle.path).version == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(tmp_path / "model", make_card(), FILES)
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_a_bundle_is_replaced(tmp_path: Path, bundle: Bundle) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    write_bundle(photos, make_card(), FILES)  # an empty folder is fine
    (photos / "holiday.jpg").write_bytes(b"dear")
    with pytest.raises(BundleError, match=r"other files in it \(holiday\.jpg\)"):
        write_bundle(photos, make_card(), FILES)
    assert (photos / "holiday.jpg").read_bytes() == b"dear"
    with pytest.raises(BundleError, match="found a file"):
        write_bundle(photos / "holiday.jpg", make_card(), FILES)


@pytest.mark.parametrize(
    ("card", "files", "reason"),
    [
        (make_card(categories=["Petra"]), FILES, "3 places for 1 categories"),
        (make_card(scores={"accuracy": float("nan")}), FILES, "cannot be written as JSON"),
        (make_card(scores={"accuracy": object()}), FILES, "cannot be written as JSON"),
        (make_card(schema_version=SCHEMA_VERSION + 1), FILES, "schema version"),
        (make_card(), {WEIGHTS: b""}, f"{NETWORK} among them"),
        (make_card(), {NETWORK: b"", "../outside": b""}, "plain names"),
        (make_card(), {NETWORK: Path("missing.onnx")}, "missing.onnx"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(
    tmp_path: Path, card: dict[str, Any], files: dict[str, bytes | Path], reason: str
) -> None:
    with pytest.raises(BundleError) as caught:
        write_bundle(tmp_path / "model", card, files)
    assert reason in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_tuples_in_a_card_are_lists_in_json(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "model", make_card(categories=tuple(CATEGORIES)), FILES)
    assert load_bundle(written.path).categories == tuple(CATEGORIES)


def test_reading_ten_megabytes_is_quick(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model", make_card(), {NETWORK: bytes(10_000_000)})

    def seconds() -> float:
        start = time.perf_counter()
        load_bundle(tmp_path / "model")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.1  # 0.01 on the machine of a laptop; slow ones have room
