"""What landmark wrote goes out after later edits of others, can be proposed again, and that itself can be undone."""

import json
from pathlib import Path

import pytest
from factories import exiftool as exiftool
from factories.album import make_photo
from tagging.test_writing import snapshot, tag, undo
from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import TaggingError
from landmark.metadata.merging import read_metadata
from landmark.metadata.writing import read_photo_blocks
from landmark.metadata.xmp_tree import parse_xmp
from landmark.model.predictor import Predictor
from landmark.tagging import Status
from landmark.tagging.undo import undo_folder
from landmark.tagging.untag import untag

FORMATS = {"a.jpg": "JPEG", "b.png": "PNG", "c.webp": "WEBP", "d.tif": "TIFF", "e.heic": "HEIC", "f.avif": "AVIF"}


def untagged(path: Path) -> dict[str, tuple[bool, str]]:
    return {Path(one.file).name: (one.removed, one.reason) for one in untag(path)}


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_unchanged_files_get_their_original_bytes(target: str, folder: Path, predictor: Predictor) -> None:
    for name, format_name in FORMATS.items():
        make_photo(folder / name, "Taj Mahal", format_name=format_name)
    before = snapshot(folder)
    tag(folder, predictor, target)
    after = snapshot(folder)
    dry = list(untag(folder, dry_run=True))
    assert len(dry) == 6 and not any(one.removed for one in dry) and all(one.removable for one in dry)
    assert snapshot(folder) == after
    assert all(removed for removed, _ in untagged(folder).values())
    assert snapshot(folder) == before and untagged(folder) == {} and undo(folder) == {}
    assert {row.status for row in tag(folder, predictor, target).values()} == {Status.RECOGNISED}


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_after_a_rating_only_ours_goes_and_that_can_be_undone(target: str, folder: Path, predictor: Predictor) -> None:
    for name, format_name in FORMATS.items():
        make_photo(folder / name, "Taj Mahal", format_name=format_name)
    tag(folder, predictor, target)
    for name in FORMATS:
        file = folder / name if target == "photo" else folder / f"{name}.xmp"
        content = file.read_bytes()
        if target == "sidecar":
            new = content.replace(b' rdf:about="">', b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" rdf:about=""'
                                  b' xmp:Rating="4">')  # fmt: skip
        else:
            new = content + bytes(8)  # which every reader passes over
        file.write_bytes(new)
    rated = snapshot(folder)
    assert not any(restored for restored, _ in undo(folder).values()), "it is no longer what was written"
    results = untagged(folder)
    wanted = set(FORMATS) if target == "photo" else {f"{name}.xmp" for name in FORMATS}
    left = {name for name, (removed, _) in results.items() if not removed}
    assert set(results) == wanted and left <= {"c.webp", "e.heic", "f.avif"}, results
    for name in FORMATS:
        if name in left:
            continue
        found = read_metadata(folder / name)
        assert not found.recognised and found.coordinates is None
        if target == "sidecar":
            assert parse_xmp((folder / f"{name}.xmp").read_bytes()).values == {"rdf:about": "", "xmp:Rating": "4"}
    assert undo(folder) == {} or left, "what was taken out is settled"
    assert all(one.restored for one in undo_folder(folder, run=1))
    assert snapshot(folder) == rated
    assert set(untagged(folder)) == wanted, "and can be taken out again"


def test_a_moved_and_changed_photo_is_untagged_by_its_own_properties(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    tag(folder, predictor)
    photo = (folder / "a.jpg").rename(folder / "b.jpg")
    photo.write_bytes(photo.read_bytes() + bytes(8))
    result = CliRunner().invoke(app, ["untag", str(photo), "--json"])
    row = json.loads(result.stdout)
    assert result.exit_code == 0 and (row["removed"], row["run"]) == (True, 1)
    assert f"To take this back: landmark undo {photo} --run 1" in result.stderr
    assert not read_metadata(photo).recognised and b"Taj Mahal" not in photo.read_bytes()
    assert CliRunner().invoke(app, ["undo", str(photo), "--run", "1"]).exit_code == 0
    assert read_metadata(photo).recognised


def test_photos_of_others_are_not_touched(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "gps.jpg", "Taj Mahal", gps=(52.5, 13.4))
    (folder / "notes.txt").write_text("LANDMARK RECOGNITION")
    before = snapshot(folder)
    assert untagged(folder) == {} and snapshot(folder) == before
    with pytest.raises(TaggingError, match="no such file or folder"):
        untagged(folder / "none.jpg")


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_exiftool_rewrites_all_and_only_ours_goes(target: str, folder: Path, predictor: Predictor) -> None:
    for name, format_name in FORMATS.items():
        if name[0] in "abcd":
            make_photo(folder / name, "Taj Mahal", format_name=format_name)
    tag(folder, predictor, target)
    files = sorted(folder.iterdir()) if target == "photo" else sorted(folder.glob("*.xmp"))
    for file in files:
        exiftool.write_tags(file, XMP__Rating=5, **{"XMP-dc:Creator": "Ann", "XMP-exif:UserComment": "hot"})
    assert all(removed for removed, _ in untagged(folder).values())
    for found in exiftool.read_tags(*files):
        assert (found["XMP-xmp:Rating"], found["XMP-dc:Creator"], found["XMP-exif:UserComment"]) == (5, "Ann", "hot")
        ours = ("GPS", "Landmark", "Location", "Subject", "Taj")
        kept = {name: text for name, text in found.items() if any(word in name or word in str(text) for word in ours)}
        assert not kept, kept
        assert "ExifTool:Warning" not in found, found
    assert {row.status for row in tag(folder, predictor, target).values()} == {Status.RECOGNISED}


def lists_of(file: Path) -> dict[str, list[str]]:
    content = file.read_bytes() if file.suffix == ".xmp" else read_photo_blocks(file).xmp or b""
    items = parse_xmp(content).items
    return {name: items[name] for name in ("dc:subject", "lr:hierarchicalSubject", "digiKam:TagsList") if name in items}


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_keywords_of_people_that_our_lists_begin_with(target: str, folder: Path, predictor: Predictor) -> None:
    """Lists made for ours go with ours, unless somebody has added to them; a list that was there keeps its own."""
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    exiftool.write_tags(photo, **{"XMP-dc:Subject": "Käse", "XMP-dc:Title": "Title"})
    tag(folder, predictor, target)
    file = photo if target == "photo" else folder / "a.jpg.xmp"
    assert {name: found[0] for name, found in lists_of(file).items()} == {
        "dc:subject": "Käse",
        "lr:hierarchicalSubject": "Käse",
        "digiKam:TagsList": "Käse",
    }
    since: dict[str, str | float] = {"XMP-xmp:Rating": 5, "XMP-lr:HierarchicalSubject+": "Family"}
    exiftool.write_tags(file, **since)
    assert all(removed for removed, _ in untagged(folder).values())
    assert lists_of(file) == {"dc:subject": ["Käse"], "lr:hierarchicalSubject": ["Käse", "Family"]}
    [tags] = exiftool.read_tags(file)
    assert (tags["XMP-dc:Title"], tags["XMP-xmp:Rating"]) == ("Title", 5)


def test_a_sidecar_of_ours_that_was_only_written_anew_goes(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    there: dict[str, str | float] = {"XMP-dc:Subject": "Käse", "XMP-dc:Title": "Title", "XMP-xmp:Rating": 3}
    exiftool.write_tags(photo, **there)
    before = snapshot(folder)
    tag(folder, predictor, "sidecar")
    exiftool.write_tags(folder / "a.jpg.xmp", **{"XMP-tiff:Make": "Example"})
    exiftool.write_tags(folder / "a.jpg.xmp", **{"XMP-tiff:Make": ""})
    [(removed, reason)] = untagged(folder).values()
    assert removed and "held nothing else" in reason and snapshot(folder) == before
