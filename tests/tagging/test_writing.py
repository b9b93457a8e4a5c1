"""What `landmark tag --write` leaves on the disk, and `landmark undo` takes back: nothing a user owns is ever lost."""

import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import album as album
from factories import credentials
from factories import exiftool as exiftool
from factories import photos as made
from factories.album import by_name, make_photo
from PIL import Image

from landmark.core.errors import TaggingError
from landmark.metadata.merging import read_metadata
from landmark.model.predictor import Predictor
from landmark.tagging import AlbumTagging, Policy, Status, TagRow, atomic_replace, tag_folder
from landmark.tagging.journal import Journal
from landmark.tagging.undo import undo_folder
from landmark.tagging.writing import PlaceWriter, Target


def tag(folder: Path, predictor: Predictor, target: str = "photo", policy: Policy | None = None) -> dict[str, TagRow]:
    with Journal() as journal:
        writer = PlaceWriter(Target(target), journal)
        return by_name(list(AlbumTagging(folder, predictor, policy or Policy(), writer).rows()))


def undo(folder: Path) -> dict[str, tuple[bool, str]]:
    return {Path(one.file).name: (one.restored, one.reason) for one in undo_folder(folder)}


def snapshot(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Content, time and rights of all files."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


FORMATS = {"a.jpg": "JPEG", "b.png": "PNG", "c.webp": "WEBP", "d.tif": "TIFF", "e.heic": "HEIC", "f.avif": "AVIF"}


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_written_read_back_and_undone_to_the_last_byte(folder: Path, predictor: Predictor, target: str) -> None:
    for name, format_name in FORMATS.items():
        make_photo(folder / name, "Taj Mahal", format_name=format_name)
    make_photo(folder / "gps.jpg", "Taj Mahal", gps=(52.5, 13.4))
    make_photo(folder / "grey.jpg", None)
    os.chmod(folder / "a.jpg", 0o640)
    before = snapshot(folder)
    rows = tag(folder, predictor, target)
    assert {name for name, row in rows.items() if row.written} == set(FORMATS)
    assert {row.written for row in rows.values() if row.written} == {target}
    after = snapshot(folder)
    if target == "sidecar":
        assert {name: after[name] for name in before} == before
        assert set(after) - set(before) == {f"{name}.xmp" for name in FORMATS}
    else:
        assert set(after) == set(before)
        assert {name for name in before if after[name] != before[name]} == set(FORMATS)
    for name in before:  # contents apart, the files are the same
        assert after[name][1:] == before[name][1:]
    for name in FORMATS:
        found = read_metadata(folder / name)
        assert found.recognised and found.coordinates and found.coordinates.latitude == pytest.approx(27.175, abs=1e-6)
        assert found.coordinates_from == ("EXIF" if target == "photo" else f"{name}.xmp")
    again = tag(folder, predictor, target)
    assert {again[name].status for name in FORMATS} == {Status.TAGGED} and snapshot(folder) == after
    assert predictor.session.n_photos == len(before), "nor is what was written read again"  # type: ignore[attr-defined]
    assert all(restored for restored, _ in undo(folder).values())
    assert snapshot(folder) == before
    assert undo(folder) == {}


def test_the_current_folder_is_an_album_too(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("twin.jpg", "TWIN.jpg"):
        make_photo(folder / name, "Taj Mahal")
    monkeypatch.chdir(folder)
    rows = tag(Path(), predictor, "sidecar")
    assert all("differs only by upper and lower case" in str(row.error) for row in rows.values())


def test_writing_decides_as_the_dry_run_does(folder: Path, predictor: Predictor) -> None:
    """What is written on the way does not change what is said of the photos after it."""
    for number in range(4):
        make_photo(folder / f"a{number}.jpg", "Taj Mahal", minutes=number)
    make_photo(folder / "b.jpg", album.DOUBTFUL_TAJ, minutes=5)
    make_photo(folder / "c.jpg", album.DOUBTFUL_TAJ, minutes=10)
    dry = {
        name: (row.status, row.reason) for name, row in by_name(list(tag_folder(folder, predictor=predictor))).items()
    }
    rows = tag(folder, predictor)
    assert {name: (row.status, row.reason) for name, row in rows.items()} == dry
    assert all(row.written == "photo" for row in rows.values())
    make_photo(folder / "d.jpg", album.DOUBTFUL_TAJ, minutes=11)
    assert tag(folder, predictor)["d.jpg"].reason == "recognised 42 %; 8 minutes from a3 and 3 more, recognised there"


def test_what_cannot_be_written_into_goes_into_a_sidecar_and_says_so(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.bmp", "Taj Mahal", format_name="BMP", camera=None)
    full = made.exif(None)
    full[0x9C9C] = b"x" * 65_400
    picture = make_photo(folder / "b.jpg", "Taj Mahal")
    picture.write_bytes(made.encode(Image.open(picture).copy(), "JPEG", exif=full))
    before = snapshot(folder)
    rows = tag(folder, predictor)
    assert rows["a.bmp"].written == rows["b.jpg"].written == "sidecar"
    assert "a sidecar, since nothing is written into BMP files" in rows["a.bmp"].warnings
    assert "larger than a JPEG allows" in rows["b.jpg"].warnings[-1]
    assert {name: snapshot(folder)[name] for name in before} == before


def test_a_sidecar_that_is_there_is_added_to_and_restored(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    exiftool.write_tags(photo, **{"XMP-dc:Title": "Ours"})
    sidecar = folder / "a.jpg.XMP"
    subprocess.run([exiftool.need("exiftool"), "-q", "-o", str(sidecar.with_suffix(".xmp")), str(photo)], check=True)
    sidecar.with_suffix(".xmp").rename(sidecar)
    before = snapshot(folder)
    assert tag(folder, predictor, "sidecar")["a.jpg"].written == "sidecar"
    assert set(snapshot(folder)) == set(before), "no second one beside it"
    [tags] = exiftool.read_tags(sidecar)
    assert tags["XMP-dc:Title"] == "Ours" and tags["XMP-dc:Subject"] == ["Taj Mahal", "India"]
    undo(folder)
    assert snapshot(folder) == before


def test_a_photo_changed_after_tagging_is_left_alone_by_undo(folder: Path, predictor: Predictor) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        make_photo(folder / name, "Taj Mahal")
    before = snapshot(folder)
    tag(folder, predictor)
    edited = (folder / "a.jpg").read_bytes() + b"edited"
    (folder / "a.jpg").write_bytes(edited)
    (folder / "b.jpg").unlink()
    result = undo(folder)
    assert result["a.jpg"] == (
        False,
        "it was changed after the place was written, by somebody else. It is left as it is. To take out only what "
        "landmark wrote: landmark untag.",
    )
    assert result["b.jpg"][0] is False and "no longer there" in result["b.jpg"][1]
    assert result["c.jpg"] == (True, "restored, byte for byte")
    assert (folder / "a.jpg").read_bytes() == edited and snapshot(folder)["c.jpg"] == before["c.jpg"]


def test_a_sidecar_changed_after_tagging_is_not_removed(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    tag(folder, predictor, "sidecar")
    (folder / "a.jpg.xmp").write_bytes((folder / "a.jpg.xmp").read_bytes() + b" ")
    assert undo(folder)["a.jpg.xmp"][0] is False and (folder / "a.jpg.xmp").exists()


def test_undo_knows_one_folder_from_another(folder: Path, predictor: Predictor) -> None:
    for name in ("x/a.jpg", "xy/b.jpg", "c.jpg"):
        make_photo(folder / name, "Taj Mahal")
    tag(folder, predictor)
    assert set(undo(folder / "x")) == {"a.jpg"}
    assert set(undo(folder)) == {"b.jpg", "c.jpg"}


def test_links_stay_links(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    real = make_photo(tmp_path / "elsewhere" / "real.jpg", "Taj Mahal")
    content = real.read_bytes()
    folder.mkdir()
    (folder / "link.jpg").symlink_to(real)
    assert tag(folder, predictor)["link.jpg"].written == "photo"
    assert (folder / "link.jpg").is_symlink() and real.read_bytes() != content and not real.is_symlink()
    assert undo(folder)["real.jpg"][0] and real.read_bytes() == content
    assert tag(folder, predictor, "sidecar")["link.jpg"].written == "sidecar"
    assert (folder / "link.jpg.xmp").is_file() and list(real.parent.iterdir()) == [real]


def test_two_names_of_one_photo_are_written_once(folder: Path, predictor: Predictor) -> None:
    real = make_photo(folder / "a.jpg", "Taj Mahal")
    content = real.read_bytes()
    (folder / "b.jpg").symlink_to(real)
    rows = tag(folder, predictor)
    assert rows["a.jpg"].written == "photo" and rows["b.jpg"].written == "sidecar"
    assert "it has a GPS position" in rows["b.jpg"].warnings[-1]
    undo(folder)
    assert real.read_bytes() == content and sorted(path.name for path in folder.iterdir()) == ["a.jpg", "b.jpg"]


def test_read_only_files_and_folders_are_told_and_left(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    os.chmod(folder / "a.jpg", 0o444)
    before = snapshot(folder)
    row = tag(folder, predictor)["a.jpg"]
    assert row.written is None and row.error and "read-only" in row.error
    assert snapshot(folder) == before
    assert tag(folder, predictor, "sidecar")["a.jpg"].written == "sidecar", "the photo itself need not be writable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every folder")
def test_a_folder_that_cannot_be_written_to(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    os.chmod(folder, 0o555)
    row = tag(folder, predictor)["a.jpg"]
    os.chmod(folder, 0o755)
    assert row.written is None and "cannot be written to" in str(row.error)


def test_a_photo_of_another_owner_would_change_hands_and_is_left(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    before = snapshot(folder)
    copy = atomic_replace.copy_attributes

    def as_if_of_another(path: Path, temporary: Path, status: os.stat_result) -> None:
        values = list(status)
        values[stat.ST_UID] += 1
        copy(path, temporary, os.stat_result(values))

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(atomic_replace, "copy_attributes", as_if_of_another)
    monkeypatch.setattr(os, "chown", refuse)
    row = tag(folder, predictor)["a.jpg"]
    assert "belongs to another user" in str(row.error) and snapshot(folder) == before and photo.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    os.chown(photo, 1234, 2345)
    tag(folder, predictor)
    assert (photo.stat().st_uid, photo.stat().st_gid) == (1234, 2345)
    undo(folder)
    assert (photo.stat().st_uid, photo.stat().st_gid) == (1234, 2345)


def test_extended_attributes_stay(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    try:
        os.setxattr(photo, "user.colour", b"red")
    except (OSError, AttributeError):
        pytest.skip("this disk knows no extended attributes")
    tag(folder, predictor)
    assert os.getxattr(photo, "user.colour") == b"red"


def test_a_full_disk_is_reported_and_nothing_is_lost(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit on the size of files is a disk that is full: the write itself fails, in the middle."""
    photo = make_photo(folder / "a.png", "Taj Mahal", format_name="PNG", size=(1200, 900))
    photo.write_bytes(made.png(made.scene(800, 600, grain=100), 2, level=0))
    monkeypatch.setattr("landmark.tagging.pipeline.decide", lambda name, *rest, **more: TagRow(
        name, Status.RECOGNISED, "", "Taj Mahal", 0.9, 0.9))  # fmt: skip
    before = snapshot(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
        row = tag(folder, predictor)["a.png"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert row.written is None and "Nothing was written; the file is as it was" in str(row.error)
    assert snapshot(folder) == before
    assert undo(folder) == {}


def test_without_room_for_the_journal_nothing_is_written(folder: Path, predictor: Predictor, data_folder: Path) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    before = snapshot(folder)
    data_folder.write_text("a file where the folder should be")
    with pytest.raises(TaggingError, match="Without the journal nothing is written"):
        tag(folder, predictor)
    assert snapshot(folder) == before


def test_two_do_not_write_at_once(data_folder: Path) -> None:
    """The second would take for left behind what the first one is about to rename."""
    with Journal():
        with pytest.raises(TaggingError, match="another landmark tag or undo is writing"):
            Journal()
        with pytest.raises(TaggingError, match="another landmark tag or undo is writing"):
            list(undo_folder("."))
    Journal().close()


def test_a_photo_that_changes_while_it_is_written_is_left(
    folder: Path, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    copy = atomic_replace.copy_attributes

    def changed_meanwhile(path: Path, temporary: Path, status: os.stat_result) -> None:
        copy(path, temporary, status)
        path.write_bytes(b"edited")

    monkeypatch.setattr(atomic_replace, "copy_attributes", changed_meanwhile)
    row = tag(folder, predictor)["a.jpg"]
    assert "it changed while it was read" in str(row.error) and photo.read_bytes() == b"edited"
    assert os.listdir(folder) == ["a.jpg"]


def test_names_in_any_encoding_and_names_that_collide(folder: Path, predictor: Predictor) -> None:
    names = ["ünï cödé.jpg", "line\nbreak.jpg", "'q\".jpg", os.fsdecode(b"latin-\xe9.jpg")]
    for name in [*names, "twin.jpg", "TWIN.JPG"]:
        make_photo(folder / name, "Taj Mahal")
    before = snapshot(folder)
    rows = tag(folder, predictor, "sidecar")
    assert all(rows[name].written == "sidecar" for name in names)
    for name in ("twin.jpg", "TWIN.JPG"):
        assert rows[name].written is None and "upper and lower case" in str(rows[name].error)
    undo(folder)
    assert snapshot(folder) == before
    assert all(row.written == "photo" for row in tag(folder, predictor).values()), "photos themselves do not collide"
    undo(folder)
    assert snapshot(folder) == before


_WRITE_AGAIN_AND_AGAIN = """
import sys
from collections.abc import Callable
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from factories import album as album_made
from tagging.test_writing import tag, undo
predictor = album_made.make_predictor(Path(sys.argv[3]))
print("ready", flush=True)
while True:
    tag(Path(sys.argv[2]), predictor, sys.argv[4])
    undo(Path(sys.argv[2]))
"""


def _halt_when(condition: Callable[[], bool], process: subprocess.Popen[bytes], patience_s: float = 60) -> None:
    """Halt a process at a moment at which a condition holds, however busy the machine is."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        process.send_signal(signal.SIGSTOP)
        if condition():
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
    raise AssertionError("the condition never held")


@pytest.mark.parametrize("target", ["photo", "sidecar"])
@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.soak)])
def test_killed_at_any_moment_every_photo_is_whole(kills: int, folder: Path, tmp_path: Path, target: str) -> None:
    """Kill -9, several times: each photo is the original or the tagged one, and undo brings all originals back."""
    for number in range(12):
        make_photo(folder / f"{number:02}.jpg", "Taj Mahal")
    before = snapshot(folder)
    tag(folder, album.make_predictor(tmp_path / "first"))
    tagged = snapshot(folder)
    undo(folder)
    assert snapshot(folder) == before
    n_between = 0
    for attempt in range(kills):
        command = [sys.executable, "-c", _WRITE_AGAIN_AND_AGAIN, str(Path(__file__).parents[1]), str(folder),
                   str(tmp_path / f"model{target}"), target]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout and process.stdout.readline() == b"ready\n", process.stderr and process.stderr.read()
            time.sleep(0.05 + 0.325 * attempt / kills)
            if attempt % 2:  # any moment, and every second time one at which the album surely has changed
                _halt_when(lambda: snapshot(folder) != before, process)
            process.kill()
        now = snapshot(folder)
        for name in before:
            assert now[name] in (before[name], tagged[name])
        n_between += now != before
        undo(folder)
        assert snapshot(folder) == before, "and nothing lies about"
    assert n_between >= kills // 2, "the kills came while photos were being written"


def test_an_album_that_is_away_is_not_forgotten(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    before = snapshot(folder)
    tag(folder, predictor, "sidecar")
    folder.rename(folder.with_name("unplugged"))
    assert undo(folder) == {
        "a.jpg.xmp": (False, "it is no longer there. If it was moved, undo the folder, or the photo, where it is now.")
    }
    with Journal() as journal:
        journal.recover()  # as any later run does
    folder.with_name("unplugged").rename(folder)
    assert undo(folder)["a.jpg.xmp"][0] and snapshot(folder) == before


def test_a_link_in_the_place_of_a_written_photo_is_left(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    tag(folder, predictor)
    photo.rename(tmp_path / "moved.jpg")
    photo.symlink_to(tmp_path / "moved.jpg")
    assert not undo(folder)["a.jpg"][0] and photo.is_symlink()


@pytest.mark.parametrize("target", ["sidecar", "photo"])
def test_a_photo_that_got_its_position_after_it_was_read_is_left(
    target: str, folder: Path, predictor: Predictor
) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    late = make_photo(folder / "b.jpg", "Taj Mahal")
    with Journal() as journal:
        rows = AlbumTagging(folder, predictor, Policy(), PlaceWriter(Target(target), journal)).rows()
        assert next(rows).written == target
        make_photo(late, "Taj Mahal", gps=(48.8584, 2.2945))
        content = late.read_bytes()
        assert "changed after it was read" in str(next(rows).error)
    assert late.read_bytes() == content and not (folder / "b.jpg.xmp").exists()


@pytest.mark.parametrize("name", [os.fsdecode(b"f\xeate.jpg"), "f\x07te.jpg"])
@pytest.mark.parametrize("target", ["sidecar", "photo"])
def test_a_nearby_photo_whose_name_is_no_text_is_named_all_the_same(
    target: str, name: str, folder: Path, predictor: Predictor
) -> None:
    make_photo(folder / name, None, minutes=1, gps=album.TAJ)
    doubtful = make_photo(folder / "z.jpg", album.DOUBTFUL_TAJ, minutes=5)
    assert tag(folder, predictor, target)["z.jpg"].written == target
    sidecar = doubtful.with_name("z.jpg.xmp")
    assert read_metadata(doubtful).recognised and (target == "photo" or "f\ufffdte" in sidecar.read_text("utf-8"))


def test_a_photo_with_a_content_credential_gets_a_sidecar(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", "Taj Mahal")
    plain = photo.read_bytes()
    photo.write_bytes(plain[:2] + credentials.app11(credentials.jumbf()) + plain[2:])
    before = snapshot(folder)
    row = tag(folder, predictor, "photo")["a.jpg"]
    assert row.written == "sidecar" and "content credential (C2PA)" in row.warnings[0]
    assert read_metadata(photo).recognised and {**snapshot(folder), **before} == snapshot(folder)
