"""An album through the whole of `landmark tag` without writing: rows, nearby photos, resuming, the command."""

import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from albums.run import PooledPredictor
from factories import album as album
from factories import exiftool as exiftool
from factories.album import DOUBTFUL_TAJ, NIAGARA, TAJ, by_name, make_photo
from factories.bundle import make_bundle
from factories.terminal import at_a_terminal
from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import ConfigurationError, PhotoError, TaggingError
from landmark.metadata.sidecars import FolderNames
from landmark.model.predictor import Predictor
from landmark.photo import Limits
from landmark.photo.contents import PhotoContents, read_contents
from landmark.photo.ignore_rules import IgnoreRules
from landmark.tagging import AlbumTagging, Policy, Status, TagRow, tag_folder
from landmark.tagging.journal import Journal
from landmark.tagging.request import TagRun
from landmark.tagging.review.decisions import Decisions, settings_of
from landmark.tagging.writing import PlaceWriter, Target


def rows_of(folder: Path, predictor: Predictor, policy: Policy | None = None) -> dict[str, TagRow]:
    return by_name(list(tag_folder(folder, predictor=predictor, policy=policy)))


def n_read(predictor: Predictor) -> int:
    return predictor.session.n_photos  # type: ignore[attr-defined,no-any-return]


def test_each_kind_of_photo_gets_its_row(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    make_photo(folder / "b.jpg", None)
    make_photo(folder / "c.jpg", None, gps=(52.5, 13.4))
    make_photo(folder / "d.jpg", "Taj Mahal", gps=(52.5, 13.4))
    (folder / "e.jpg").write_bytes(b"")
    (folder / "f.mov").write_bytes(b"....ftypqt  ")
    make_photo(folder / "i.MP4", "Taj Mahal")
    (folder / "g.NEF").write_bytes(b"of a kind that is not read")
    (folder / "j.MKV").write_bytes(b"\x1aE\xdf\xa3")
    (folder / "h.txt").write_text("Dear diary,")
    (folder / "._a.jpg").write_bytes(b"Mac")
    (folder / ".landmark-x.part").write_bytes((folder / "a.jpg").read_bytes())
    tagging = AlbumTagging(folder, predictor, Policy())
    found = by_name(list(tagging.rows()))
    assert {name: row.status.value for name, row in found.items()} == {
        "a.jpg": "recognised", "b.jpg": "unknown", "c.jpg": "has_gps", "d.jpg": "suspect", "e.jpg": "unreadable",
        "g.NEF": "skipped", "i.MP4": "recognised", "j.MKV": "skipped",
    }  # fmt: skip
    assert found["j.MKV"].reason == "a video (MKV)" and found["g.NEF"].reason == "a RAW file (NEF)"
    assert "Skipped 1 video in which nothing can be read" in str(tagging.walk.films_note())
    assert "empty" in str(found["e.jpg"].error)
    assert tagging.walk.others == 1


def test_a_folder_is_listed_once_although_subfolders_come_between_its_photos(
    folder: Path, predictor: Predictor
) -> None:
    for name in ("a.jpg", "b/a.jpg", "b/c/a.jpg", "c.jpg", "d/a.jpg", "e.jpg"):
        make_photo(folder / name, "Taj Mahal")
    given: dict[str, FolderNames] = {}

    def write(row: TagRow, photo: Path, names: FolderNames) -> TagRow:
        given[photo.relative_to(folder).as_posix()] = names
        return row

    assert len(list(AlbumTagging(folder, predictor, Policy(), write).rows())) == len(given) == 6
    assert given["a.jpg"] is given["c.jpg"] is given["e.jpg"]
    assert len({id(names) for names in given.values()}) == 4


def test_nearby_photos_help_and_hinder_across_the_album(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "IMG_0042.jpg", None, minutes=0, gps=(27.1738, 78.0451))
    make_photo(folder / "helped.jpg", DOUBTFUL_TAJ, minutes=12)
    make_photo(folder / "other_camera.jpg", DOUBTFUL_TAJ, minutes=12, camera="Camera Two")
    make_photo(folder / "hours_later.jpg", DOUBTFUL_TAJ, minutes=300)
    make_photo(folder / "no_landmark.jpg", None, minutes=13)
    make_photo(folder / "poster.jpg", "Niagara Falls", minutes=30)  # whose place it is not
    found = rows_of(folder, predictor)
    assert found["helped.jpg"].status is Status.RECOGNISED_WITH_NEIGHBOURS
    assert found["helped.jpg"].reason == "recognised 42 %; 12 minutes and 0.3 km from IMG_0042"
    assert {found[f"{name}.jpg"].status for name in ("other_camera", "hours_later", "no_landmark")} == {Status.UNKNOWN}
    assert found["poster.jpg"].status is Status.DOUBTFUL
    assert "30 minutes and " in found["poster.jpg"].against[0] and "from IMG_0042" in found["poster.jpg"].against[0]
    alone = rows_of(folder, predictor, Policy(neighbours_min=0))
    assert alone["helped.jpg"].status is Status.UNKNOWN and alone["poster.jpg"].status is Status.RECOGNISED


def test_of_two_recognised_photos_that_exclude_each_other_a_person_decides(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "sure.jpg", "Taj Mahal", minutes=0)
    make_photo(folder / "less.jpg", (100, 150, 90), minutes=10)
    found = rows_of(folder, predictor)
    assert {row.status for row in found.values()} == {Status.DOUBTFUL}
    assert found["sure.jpg"].against == ("10 minutes from less, recognised elsewhere",)


def test_given_clocks_let_photos_of_two_cameras_count_for_each_other(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "main1.jpg", None, minutes=0, gps=TAJ)
    make_photo(folder / "main2.jpg", None, minutes=1, gps=TAJ)
    make_photo(folder / "other.jpg", DOUBTFUL_TAJ, minutes=-600, camera="Camera Two")
    assert rows_of(folder, predictor)["other.jpg"].status is Status.UNKNOWN
    policy = Policy(clocks_s={"Two": 36000.0})
    assert rows_of(folder, predictor, policy)["other.jpg"].status is Status.RECOGNISED_WITH_NEIGHBOURS


def test_unchanged_photos_are_not_read_again_and_changed_ones_are(folder: Path, predictor: Predictor) -> None:
    for number in range(20):
        make_photo(folder / f"{number % 3}" / f"{number:02}.jpg", "Taj Mahal" if number % 2 else None)
    first = rows_of(folder, predictor)
    assert n_read(predictor) == 20
    assert rows_of(folder, predictor) == first and n_read(predictor) == 20
    make_photo(folder / "0" / "00.jpg", "Niagara Falls", size=(80, 60))
    assert rows_of(folder, predictor)["00.jpg"].landmark == "Niagara Falls" and n_read(predictor) == 21
    os.utime(folder / "1" / "01.jpg")  # touched: its time is all that tells
    rows_of(folder, predictor)
    assert n_read(predictor) == 22
    (folder / "1" / "01.jpg.json").write_text('{"geoData": {"latitude": 43.1, "longitude": -79.1}}')
    assert rows_of(folder, predictor)["01.jpg"].status is Status.SUSPECT, "a sidecar that has come is read"
    (folder / "1" / "01.jpg").unlink()
    assert len(rows_of(folder, predictor)) == 19


def test_an_interrupted_run_resumes(folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(80):
        make_photo(folder / f"{number:02}.jpg", None)

    answers = Predictor.locate_each

    def stops(self: Predictor, *arguments: object, **options: object) -> Iterator[object]:
        yield from islice(answers(self, *arguments, **options), 40)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Predictor, "locate_each", stops)
        rows_of(folder, predictor)
    before = n_read(predictor)
    assert len(rows_of(folder, predictor)) == 80
    assert n_read(predictor) - before == 40


def test_a_terminal_sees_how_far_it_is_in_the_album(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.jpg", "b.jpg", "below/c.jpg"):
        make_photo(folder / name, "Taj Mahal")
    (folder / "d.mkv").write_bytes(b"")
    (folder / "e.txt").write_text("Dear diary,")
    terminal = at_a_terminal(monkeypatch)
    assert len(rows_of(folder, predictor)) == 4
    assert "Looking" in terminal.getvalue() and "4/4" in terminal.getvalue()


def test_another_model_reads_again(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    make_photo(folder / "a.jpg", None)
    rows_of(folder, predictor)
    other = album.make_predictor(tmp_path / "other")
    object.__setattr__(other.bundle, "files", {"model.onnx": "another"})
    rows_of(folder, other)
    assert n_read(other) == 1


def test_names_of_any_kind(folder: Path, predictor: Predictor) -> None:
    names = ["ünï cödé.jpg", "line\nbreak.jpg", "$(rm).jpg", "'quoted'.jpg", os.fsdecode(b"latin-\xe9.jpg")]
    for name in names:
        make_photo(folder / name, "Taj Mahal")
    assert set(rows_of(folder, predictor)) == set(names)


def test_links_are_followed_and_no_folder_is_entered_twice(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    make_photo(tmp_path / "elsewhere" / "a.jpg", "Taj Mahal")
    make_photo(folder / "b.jpg", None)
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    assert set(rows_of(folder, predictor)) == {"a.jpg", "b.jpg"}


def test_what_is_no_file_is_reported_and_not_waited_for(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    os.mkfifo(folder / "pipe.jpg")
    os.mkfifo(folder / "a.jpg.xmp")
    (folder / "broken.jpg").symlink_to(folder / "gone")
    found = rows_of(folder, predictor)
    assert found["a.jpg"].status is Status.RECOGNISED and "not a regular file" in found["a.jpg"].warnings[0]
    for name in ("pipe.jpg", "broken.jpg"):
        assert found[name].status is Status.UNREADABLE and "a broken link, a pipe or a device" in str(found[name].error)


def test_no_album() -> None:
    with pytest.raises(PhotoError, match="no such folder"):
        tag_folder("no/such/folder")


def run(*arguments: str | Path, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", *map(str, arguments)]
    environment = os.environ | {"LANDMARK_DATA": str(data)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


def test_the_command_prints_rows_and_one_line_for_people(folder: Path, tmp_path: Path, data_folder: Path) -> None:
    bundle = make_bundle(tmp_path / "real").path
    make_photo(folder / "a.jpg", "Taj Mahal")
    make_photo(folder / "b.jpg", None, gps=NIAGARA, minutes=0)
    make_photo(folder / os.fsdecode(b"c-\xe9.jpg"), None)
    (folder / "d.mkv").touch()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = run("tag", folder, "--json", "--model", bundle, data=data_folder)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["status"] for row in rows] == ["recognised", "has_gps", "unknown", "skipped"]
    assert "4 files: 1 had GPS, 1 recognised, 0 recognised with the help of nearby photos, 1 unknown" in result.stderr
    assert "d.mkv: a video (MKV)" in result.stderr
    shown = run("tag", folder, "--model", bundle, data=data_folder).stdout
    assert "27.1750, 78.0421" in shown and "recognised" in shown
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "nothing is written unasked"
    wrong = run("tag", folder, "--clock", "Nikon=+1:00", "--model", bundle, data=data_folder)
    assert wrong.returncode == 2 and "Expected one of this album's: Camera One" in wrong.stderr
    (folder / "e.jpg").touch()
    broken = run("tag", folder, "--model", bundle, data=data_folder)
    assert broken.returncode == 0 and "1 unreadable" in broken.stderr
    assert run("tag", folder, "--model", bundle, "--strict", data=data_folder).returncode == 1


@pytest.mark.parametrize(("few", "many", "attempts"), [(300, 900, 3)])
def test_memory_does_not_grow_with_the_album(
    few: int, many: int, attempts: int, folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The smaller sister of benchmarks/tag_scale.py; all photos have one time, as of a clock never set."""
    one = make_photo(folder / "0.jpg", "Taj Mahal", minutes=0, size=(8, 8)).read_bytes()

    # the reader sets as much aside as the largest photo may have, for a moment and in each of its threads
    def read_small(source: Any, name: str | None, limits: Limits) -> PhotoContents:
        return read_contents(source, name, Limits(max_bytes=100_000))

    monkeypatch.setattr("landmark.photo.prepared.read_contents", read_small)

    def peak_bytes(n_photos: int, attempt: int = 0) -> int:
        album = folder / f"{n_photos}-{attempt}"
        album.mkdir()
        for number in range(n_photos):
            (album / f"{number:05}.jpg").write_bytes(one)
        tracemalloc.start()
        n_rows = sum(1 for _ in tag_folder(album, predictor=predictor))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert n_rows == n_photos
        return peak

    peak_bytes(50)  # what is made once
    # Python's own table of interned names doubles now and then, in the whole process, and how many photos wait for the
    # network is up to chance: hardly in all attempts
    least = max(peak_bytes(few, attempt) for attempt in range(attempts))
    most = min(peak_bytes(many, attempt) for attempt in range(attempts))
    # a name and its hash for each file of the one folder that is being walked, and nothing else
    assert most - least < (many - few) * 1000


def test_links_that_lead_nowhere_hide_nothing(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    (folder / "circle").symlink_to("circle")
    tagging = AlbumTagging(folder, predictor, Policy())
    assert [row.landmark for row in tagging.rows()] == ["Taj Mahal"] and not tagging.walk.unreadable


XMP_OF_A_TIME = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" {}/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize(
    ("sidecar", "text"),
    [
        ("b.jpg.xmp", XMP_OF_A_TIME.format('exif:DateTimeOriginal="9999-12-31T23:59:59.9999999"')),
        ("b.jpg.xmp", XMP_OF_A_TIME.format('exif:GPSTimeStamp="0001-01-01T00:00:00"')),
        ("b.jpg.xmp", '<?xml version="1.0" encoding="GBK"?>' + XMP_OF_A_TIME.format("")),
        ("b.jpg.json", '{"geoData": {"latitude": 1' + "0" * 400 + ', "longitude": 2}}'),
    ],
)
def test_the_sidecar_of_one_photo_stops_no_other(sidecar: str, text: str, folder: Path, predictor: Predictor) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        make_photo(folder / name, "Taj Mahal", minutes=3)
    (folder / sidecar).write_text(text)
    assert {name: row.landmark for name, row in rows_of(folder, predictor).items()} == dict.fromkeys(
        ("a.jpg", "b.jpg", "c.jpg"), "Taj Mahal"
    )


def test_one_run_at_a_time_on_an_album(folder: Path, predictor: Predictor) -> None:
    for name in ("a.jpg", "b.jpg"):
        make_photo(folder / name, "Taj Mahal")
    make_photo(folder.with_name("other") / "c.jpg", "Taj Mahal")
    rows = AlbumTagging(folder, predictor, Policy()).rows()
    next(rows)
    with pytest.raises(TaggingError, match="another landmark tag is at work on this album"):
        list(tag_folder(folder, predictor=predictor))
    assert list(rows_of(folder.with_name("other"), predictor)) == ["c.jpg"]
    assert len(list(rows)) == 1 and len(rows_of(folder, predictor)) == 2


def test_other_albums_need_not_wait_for_one_that_is_being_written(folder: Path, predictor: Predictor) -> None:
    other = make_photo(folder.with_name("other") / "c.jpg", "Taj Mahal").parent
    for name in ("a.jpg", "b.jpg"):
        make_photo(folder / name, "Taj Mahal")
    with Journal() as journal:
        rows = AlbumTagging(folder, predictor, Policy(), PlaceWriter(Target.SIDECAR, journal)).rows()
        assert next(rows).written  # and whoever reads the rows goes for a walk
        assert rows_of(other, predictor)["c.jpg"].landmark == "Taj Mahal"


def test_a_folder_that_cannot_be_opened_is_a_failure(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    (folder / "denied").mkdir()
    scan = os.scandir

    def scandir(path: Path) -> Any:  # root may enter every folder
        if Path(path).name == "denied":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Predictor, "load", lambda path, **_: predictor)
    result = CliRunner().invoke(app, ["tag", str(folder), "--json"])
    assert result.exit_code == 1 and "denied: cannot be opened" in result.stderr


def test_a_clock_is_behind_what_the_other_shows_wherever_that_is(folder: Path, predictor: Predictor) -> None:
    for name, minutes in (("phone1.jpg", 0), ("phone2.jpg", 2)):
        zoned = make_photo(folder / name, None, minutes=minutes, camera="Phone", gps=TAJ)
        exiftool.write_tags(zoned, EXIF__OffsetTimeOriginal="+05:30")
    make_photo(folder / "compact.jpg", DOUBTFUL_TAJ, minutes=-59, camera="Compact")
    found = rows_of(folder, predictor, Policy(clocks_s={"Compact": 3600.0}))["compact.jpg"]
    assert found.landmark == "Taj Mahal" and "1 minute and 0.0 km from phone" in found.reason


def test_the_command_to_write_has_the_settings_that_were_looked_with(folder: Path, tmp_path: Path) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal", minutes=0, camera="EOS 5D")
    policy = Policy(0.7, neighbours_min=0, wide=True, clocks_s={"EOS 5D": 90.0})
    model = make_bundle(tmp_path / "model").path
    run = TagRun(folder, model=model, policy=policy, limits=Limits(max_pixels=200_000_000))
    assert len(list(run.rows())) == 1
    options = "--threshold 0.7 --neighbours 0 --wide --clock 'EOS 5D=+0:01:30'"
    wanted = f"landmark tag {folder} {options} --model {model} --max-megapixels 200 --write sidecar."
    assert any(wanted in note for note in run.notes()), run.notes()


def test_a_name_that_several_cameras_share_is_answered_with_these(folder: Path, predictor: Predictor) -> None:
    for name, camera in (("a.jpg", "Canon One"), ("b.jpg", "Canon Two"), ("c.jpg", "Nikon")):
        make_photo(folder / name, None, minutes=0, camera=camera)
    with pytest.raises(ConfigurationError, match=r"Expected one of the cameras: Canon One; Canon Two\.$"):
        list(AlbumTagging(folder, predictor, Policy(clocks_s={"canon": 60.0})).rows())


def test_an_archive_is_to_be_unpacked_first(tmp_path: Path, predictor: Predictor) -> None:
    archive = tmp_path / "takeout-001.zip"
    archive.write_bytes(b"PK")
    with pytest.raises(PhotoError, match=r"this is not a folder\. .* Unpack the archive first\.$"):
        AlbumTagging(archive, predictor, Policy())


HIDDEN = ("@eaDir/a.jpg/THUMB.jpg", ".dtrash/b.jpg", "Family.photoslibrary/c.jpg", ".d.jpg", "a.jpg_original")


def test_what_is_hidden_has_no_row_and_is_never_written(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    for name in ("a.jpg", *HIDDEN):
        make_photo(folder / name, "Taj Mahal")
    run = TagRun(folder, write="sidecar", without_page=True, model=make_bundle(tmp_path / "model").path)
    assert [row.written for row in run.rows()] == ["sidecar"]
    assert {path.name for path in folder.rglob("*.xmp")} == {"a.jpg.xmp"}
    [note] = [note for note in run.notes() if note.startswith("Left out:")]
    assert note.startswith("Left out: 3 folders and 2 files, hidden or of the system")
    with_hidden = AlbumTagging(folder, predictor, Policy(), rules=IgnoreRules(include_hidden=True))
    assert len(list(with_hidden.rows())) == 1 + len(HIDDEN)
    review = TagRun(folder, model=tmp_path / "model", rules=IgnoreRules(include_hidden=True, exclude=("my raw",)))
    assert len(list(review.rows())) == 1 + len(HIDDEN)
    assert any("--include-hidden --exclude 'my raw' --write sidecar" in note for note in review.notes())
    without = AlbumTagging(folder, predictor, Policy(), rules=IgnoreRules(exclude=("a.jpg",)))
    assert list(without.rows()) == [] and without.walk.ignored.n_excluded == 1


def test_decisions_look_at_what_their_review_looked_at(folder: Path, tmp_path: Path) -> None:
    rules = IgnoreRules(include_hidden=True, exclude=("raw",))
    saved = settings_of(Policy(), folder, None, rules) | {"write": "sidecar", "photos": {}}
    (tmp_path / "decisions.json").write_text(json.dumps(saved))
    assert Decisions.read(tmp_path / "decisions.json").rules == rules
    make_photo(folder / "a.jpg", "Taj Mahal")
    assert TagRun(apply=tmp_path / "decisions.json").tagging.walk.rules == rules
    del saved["rules"]
    (tmp_path / "decisions.json").write_text(json.dumps(saved))
    assert Decisions.read(tmp_path / "decisions.json").rules == IgnoreRules()


def test_what_is_remembered_of_a_photo_is_small(folder: Path, data_folder: Path) -> None:
    """The calibration of the model that ships lists hundreds of numbers, and is not stored with each photo."""
    answers = {f"IMG_{number}.jpg": [("Taj Mahal", 0.5)] for number in range(100)}
    for number, name in enumerate(answers):
        make_photo(folder / name, None, minutes=number)
    shipped: Any = PooledPredictor(folder, answers)
    assert len(list(tag_folder(folder, predictor=shipped))) == len(answers)
    assert sum(file.stat().st_size for file in data_folder.glob("looks.sqlite3")) < 3000 * len(answers)
