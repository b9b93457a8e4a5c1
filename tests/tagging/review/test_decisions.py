"""Decisions as a file: what a person gave by hand, an album that is another one, and one that was moved."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from factories import album
from factories.album import DOUBTFUL_TAJ, TAJ, by_name, make_photo

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.metadata.merging import read_metadata
from landmark.metadata.sidecars import list_folder
from landmark.model.own_position import OwnPosition
from landmark.model.predictor import Predictor
from landmark.tagging import Status, TagRow
from landmark.tagging.policy import Policy
from landmark.tagging.request import TagRun
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.decisions import Decisions, settings_of
from landmark.tagging.review.digests import photo_digest
from landmark.tagging.untag import untag
from landmark.tagging.writing import Target


@pytest.fixture(autouse=True)
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = album.make_predictor(tmp_path)
    monkeypatch.setattr(Predictor, "load", lambda path=None, **_: predictor)


@pytest.fixture
def holiday(folder: Path) -> Path:
    make_photo(folder / "a.jpg", "Taj Mahal")
    make_photo(folder / "unknown.jpg", DOUBTFUL_TAJ)
    make_photo(folder / "more" / "unknown.jpg", DOUBTFUL_TAJ, format_name="PNG")
    make_photo(folder / "known.jpg", "Niagara Falls", gps=TAJ)
    return folder


def save(path: Path, folder: Path, choices: dict[str, Choice], **changes: Any) -> Path:
    decisions = Decisions(folder, Target.SIDECAR, Policy(), None, choices)
    path.write_text(json.dumps(decisions.to_dict() | changes))
    return path


def apply(path: Path, folder: Path | None = None, **more: Any) -> dict[str, TagRow]:
    return by_name(list(TagRun(folder, apply=path, **more).rows()))


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    photos = {
        "a.jpg": Choice(True, "Taj Mahal", digest="12"),
        "b.jpg": Choice(False, "Petra"),
        "c.jpg": Choice(True, "", landmark="Petra"),
        "more/d.jpg": Choice(True, "", coordinates=Coordinates(1.5, -2.0)),
    }
    decisions = Decisions(tmp_path, Target.PHOTO, Policy(0.7), "model", photos)
    (tmp_path / "d.json").write_text(json.dumps(decisions.to_dict()))
    found = Decisions.read(tmp_path / "d.json")
    assert found.photos == photos and found.to_dict() == decisions.to_dict() | {"policy": found.to_dict()["policy"]}


@pytest.mark.parametrize(("target", "file"), [("sidecar", "unknown.jpg.xmp"), ("photo", "unknown.jpg")])
def test_a_position_by_hand_is_written_as_a_persons(holiday: Path, tmp_path: Path, target: str, file: str) -> None:
    choice = Choice(True, "", coordinates=Coordinates(48.8584, 2.2945))
    rows = apply(save(tmp_path / "d.json", holiday, {"unknown.jpg": choice}), write=target)
    row = rows["unknown.jpg"]
    assert row.written == target and row.status is Status.BY_HAND and row.label == "a person" and not row.warnings
    assert row.confidence is None and row.reason == "decided by a person"
    assert row.names is not None and row.names.city == "Paris"
    found = read_metadata(holiday / "unknown.jpg", list_folder(holiday))
    assert found.coordinates == Coordinates(48.8584, 2.2945)
    content = (holiday / file).read_bytes()
    assert b"decided by a person" in content and b"landmark:Confidence" not in content
    assert [one.removed for one in untag(holiday)] == [True]
    assert b"decided by a person" not in (holiday / "unknown.jpg").read_bytes()
    assert not (holiday / "unknown.jpg.xmp").exists()


@pytest.mark.parametrize("target", ["sidecar", "photo"])
def test_a_landmark_by_hand_brings_its_position_and_names(holiday: Path, tmp_path: Path, target: str) -> None:
    choice = Choice(True, "", landmark="tour eiffel")  # of the gazetteer, which the model does not know
    path = save(tmp_path / "d.json", holiday, {"more/unknown.jpg": choice, "a.jpg": Choice(True, "Taj Mahal")})
    run = TagRun(apply=path, write=target)
    rows = {str(Path(row.photo).relative_to(holiday)): row for row in run.rows()}
    row = rows["more/unknown.jpg"]
    assert (row.landmark, row.written) == ("Eiffel Tower", target) and rows["a.jpg"].written == target
    found = read_metadata(holiday / "more/unknown.jpg", list_folder(holiday / "more"))
    assert found.coordinates == row.coordinates is not None
    assert "1 placed by hand" in str(run.summary)


def test_another_landmark_than_the_proposed_one(holiday: Path, tmp_path: Path) -> None:
    rows = apply(save(tmp_path / "d.json", holiday, {"a.jpg": Choice(True, "Taj Mahal", landmark="Niagara Falls")}))
    assert (rows["a.jpg"].landmark, rows["a.jpg"].written) == ("Niagara Falls", "sidecar")
    assert "Taj Mahal" not in (holiday / "a.jpg.xmp").read_text()


@pytest.mark.parametrize("target", ["sidecar", "photo"])
def test_what_a_person_decided_is_not_called_suspect_afterwards(holiday: Path, tmp_path: Path, target: str) -> None:
    choice = Choice(True, "Taj Mahal", coordinates=Coordinates(48.8584, 2.2945))
    assert apply(save(tmp_path / "d.json", holiday, {"a.jpg": choice}), write=target)["a.jpg"].written == target
    row = {Path(row.photo).name: row for row in TagRun(holiday, without_page=True).rows()}["a.jpg"]
    assert row.status is Status.TAGGED and row.reason == "an earlier run wrote where a person placed it"
    assert row.known == Coordinates(48.8584, 2.2945)
    own = OwnPosition.of_metadata(read_metadata(holiday / "a.jpg", list_folder(holiday)))
    assert own and not own.is_suspect(Place("Taj Mahal", Coordinates(27.175, 78.0421), 0.5))


def test_a_photo_that_has_a_position_keeps_it(holiday: Path, tmp_path: Path) -> None:
    rows = apply(save(tmp_path / "d.json", holiday, {"known.jpg": Choice(True, "", landmark="Petra")}))
    assert rows["known.jpg"].status is Status.SUSPECT and not rows["known.jpg"].written


def test_a_landmark_that_is_not_known_is_an_error_of_its_photo(holiday: Path, tmp_path: Path) -> None:
    rows = apply(save(tmp_path / "d.json", holiday, {"unknown.jpg": Choice(True, "", landmark="Atlantis")}))
    assert "Atlantis, whose place is not known here" in str(rows["unknown.jpg"].error)
    path = save(tmp_path / "d.json", holiday, {"a.jpg": Choice(True, "Taj Mahal", landmark="Atlantis")})
    assert "Atlantis" in str(apply(path)["a.jpg"].error), "nor is it written as the proposed one"
    assert not (holiday / "a.jpg.xmp").exists()


def test_a_landmark_of_the_model_whose_place_nobody_knows_gives_names(holiday: Path, tmp_path: Path) -> None:
    row = apply(save(tmp_path / "d.json", holiday, {"a.jpg": Choice(True, "", landmark="Grandmother's House")}))[
        "a.jpg"
    ]
    assert (row.landmark, row.coordinates, row.written) == ("Grandmother's House", None, "sidecar")


def test_a_photo_that_has_changed_since_is_not_written(holiday: Path, tmp_path: Path) -> None:
    choice = Choice(True, "Taj Mahal", digest=photo_digest(holiday / "a.jpg"))
    path = save(tmp_path / "d.json", holiday, {"a.jpg": choice})
    make_photo(holiday / "a.jpg", "Taj Mahal", size=(65, 48))
    assert "has changed since it was decided on" in str(apply(path)["a.jpg"].error)


def test_decisions_on_another_album_are_refused_unless_asked(holiday: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    make_photo(other / "a.jpg", "Taj Mahal")
    path = save(tmp_path / "d.json", holiday, {"a.jpg": Choice(True, "Taj Mahal")})
    with pytest.raises(ConfigurationError, match=r"on .*album, not on .*other.*--other-album applies"):
        apply(path, other)
    assert apply(path, other, other_album=True)["a.jpg"].written == "sidecar"
    link = tmp_path / "link"
    link.symlink_to(holiday)
    assert apply(path, link)["a.jpg"].written == "sidecar", "one album by two names"


def test_a_moved_album_is_known_by_its_photos(holiday: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    path = save(
        tmp_path / "d.json", holiday, {"a.jpg": Choice(True, "Taj Mahal", digest=photo_digest(holiday / "a.jpg"))}
    )
    shutil.copytree(holiday, moved)
    with pytest.raises(ConfigurationError, match="--other-album"):
        apply(path, moved)  # a copy, while the album is still there
    shutil.rmtree(holiday)
    assert apply(path, moved)["a.jpg"].written == "sidecar"
    make_photo(moved / "a.jpg", "Taj Mahal", size=(66, 48))
    with pytest.raises(ConfigurationError, match="--other-album"):
        apply(path, moved)


@pytest.mark.parametrize("content", ["[]", "null", "7", '"text"'])
def test_json_that_is_no_object_holds_no_decisions(content: str, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"holds no decisions \(it is no JSON object\)\. Expected what"):
        Decisions.read(tmp_path / "d.json")


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "more/../../a.jpg"])
def test_no_path_leads_out_of_the_album(name: str, holiday: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="leads out of the album"):
        Decisions.read(save(tmp_path / "d.json", holiday, {name: Choice(True, "Taj Mahal")}))


@pytest.mark.parametrize(
    "given", [{"latitude": 91, "longitude": 0}, {"latitude": "1", "longitude": 0}, {"latitude": 1}, [1, 2]]
)
def test_positions_that_cannot_be_are_refused(given: Any, holiday: Path, tmp_path: Path) -> None:
    changed = {"photos": {"a.jpg": {"landmark": "", "write": True, "by_hand": given}}}
    with pytest.raises(ConfigurationError, match=r"d\.json"):
        Decisions.read(save(tmp_path / "d.json", holiday, {}, **changed))


def test_the_first_version_is_still_read(holiday: Path, tmp_path: Path) -> None:
    photos = {"a.jpg": {"landmark": "Taj Mahal", "write": True}}
    found = settings_of(Policy(), holiday, None) | {"landmark_decisions": 1, "write": "sidecar", "photos": photos}
    (tmp_path / "d.json").write_text(json.dumps(found))
    assert apply(tmp_path / "d.json")["a.jpg"].written == "sidecar"
