"""What is no photo of the person below a folder: by name, in any command; and what they leave out themselves."""

import os
from pathlib import Path

import pytest
from factories import photos as made

from landmark.core.errors import ConfigurationError
from landmark.photo.discovery import discover_photos, find_photos, walk_folders
from landmark.photo.ignore_rules import DEFAULT_RULES, Ignored, IgnoreRules

PNG = made.PLAIN["plain.png"]()

HIDDEN = [
    ".thumbnails/1.jpg",
    ".dtrash/a.jpg",
    ".picasaoriginals/a.jpg",
    ".Trash-1000/files/a.jpg",
    ".Trashes/501/a.jpg",
    ".ipynb_checkpoints/a-checkpoint.jpg",
    ".@__thumb/a.jpg",
    "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg",
    "@EADIR/a.jpg",
    "#recycle/a.jpg",
    "@Recycle/a.jpg",
    "$RECYCLE.BIN/a.jpg",
    "$Recycle.Bin/S-1-5/a.jpg",
    "System Volume Information/a.jpg",
    "lost+found/#123",
    "LOST.DIR/123",
    "@__thumb/a.jpg",
    "Temporary Items/a.jpg",
    "Apple TV Photo Cache/a.jpg",
    "__MACOSX/a.jpg",
    "Family.photoslibrary/originals/0/a.heic",
    "Old.PhotoLibrary/Masters/a.jpg",
    "Work.aplibrary/Previews/a.jpg",
    "Catalog Previews.lrdata/0/a.lrprev",
    "Catalog.lrcat-data/a.jpg",
    "more/.hidden/deep/a.jpg",
    ".a.jpg",
    "._plain.jpg",
    "plain.jpg_original",
]
SHOWN = [
    "Originals/a.jpg",
    "originals.jpg",
    "a_original.jpg",
    "lost+found.jpg",
    "Photos/a.jpg",
    "photoslibrary/a.jpg",
    "Recycle/a.jpg",
    "gone.jpg_original",  # whose photo is not there: the only one
    "@eaDir",  # a file
    "x.app.jpg",
]


def put(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PNG)
    return root


def names_in(root: Path, rules: IgnoreRules = DEFAULT_RULES) -> set[str]:
    return {path.relative_to(root).as_posix() for path in find_photos(root, rules).photos}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_hidden_is_never_walked_and_counted(tmp_path: Path, name: str) -> None:
    found = find_photos(put(tmp_path, "plain.jpg", name))
    assert found.photos == (tmp_path / "plain.jpg",)
    assert (found.ignored.n_folders, found.ignored.n_files) == ((1, 0) if "/" in name else (0, 1))
    assert found.skipped == 0 and found.misnamed == ()
    [note] = found.notes()
    assert note.startswith("Left out: 1 f") and ("--include-hidden" in note) != name.startswith("._")


@pytest.mark.parametrize("name", SHOWN)
def test_names_that_are_only_alike_are_photos(tmp_path: Path, name: str) -> None:
    assert names_in(put(tmp_path, name)) == {name}


def test_all_is_looked_at_if_asked_but_for_what_is_never_a_photo(tmp_path: Path) -> None:
    put(tmp_path, "plain.jpg", *HIDDEN, ".landmark-0.part")
    assert names_in(tmp_path, IgnoreRules(include_hidden=True)) == {"plain.jpg", *HIDDEN} - {"._plain.jpg"}


@pytest.mark.parametrize("name", [".photos", "@eaDir", "Family.photoslibrary", "lost+found"])
def test_a_folder_that_is_named_is_walked_whatever_its_name(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, "a.jpg", "below/b.jpg", ".c.jpg")
    assert names_in(tmp_path / name) == {"a.jpg", "below/b.jpg"}
    assert discover_photos([tmp_path / name / ".c.jpg"]).photos == (tmp_path / name / ".c.jpg",)


def test_a_folder_inside_a_hidden_one_is_walked_by_its_own_name(tmp_path: Path) -> None:
    put(tmp_path / ".cache" / "photos", "a.jpg")
    assert names_in(tmp_path / ".cache" / "photos") == {"a.jpg"}


def test_counts_are_one_line_for_several_folders(tmp_path: Path) -> None:
    for album in ("one", "two"):
        put(tmp_path / album, "a.jpg", "@eaDir/a.jpg", "raw/a.jpg", ".DS_Store", *(f".{n}/a.jpg" for n in range(5)))
    found = discover_photos([tmp_path / "one", tmp_path / "two"], IgnoreRules(exclude=("raw",)))
    assert found.ignored == Ignored(12, 2, 2, (".0", ".1", ".2", ".3", ".4", ".DS_Store"))
    assert found.notes() == [
        "Left out: 12 folders and 2 files, hidden or of the system or a photo library (.0, .1, .2, .3, .4, …), which "
        "--include-hidden looks at; 2 by --exclude."
    ]


def test_a_note_promises_only_what_the_option_looks_at(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "._a.jpg", ".b.jpg")
    [note] = discover_photos([tmp_path]).notes()
    assert note.startswith("Left out: 2 files, hidden or of the system") and "--include-hidden" in note
    found = discover_photos([tmp_path], IgnoreRules(include_hidden=True))
    assert found.notes() == ["Left out: 1 file of a kind that is never a photo (._a.jpg)."] and len(found.photos) == 2


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("raw", {"a.jpg", "B.PNG", "old/a.jpg", "old/x/deep/raws.jpg"}),
        ("RAW/", {"a.jpg", "B.PNG", "old/a.jpg", "old/x/deep/raws.jpg"}),
        ("*.png", {"a.jpg", "old/a.jpg", "raw/c.jpg", "old/raw/d.jpg", "old/x/deep/raws.jpg"}),
        ("a.jpg/", {"a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/raw/d.jpg", "old/x/deep/raws.jpg"}),
        ("old/raw", {"a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/x/deep/raws.jpg"}),
        ("./old/raw/", {"a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/x/deep/raws.jpg"}),
        ("old/*.jpg", {"a.jpg", "B.PNG", "raw/c.jpg", "old/raw/d.jpg", "old/x/deep/raws.jpg"}),
        ("old/**", {"a.jpg", "B.PNG", "raw/c.jpg"}),
        ("old/**/raws.jpg", {"a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/raw/d.jpg"}),
        ("**/raw", {"a.jpg", "B.PNG", "old/a.jpg", "old/x/deep/raws.jpg"}),
        ("?.jpg", {"B.PNG", "old/x/deep/raws.jpg"}),
        ("*", set()),
        ("[a].jpg", {"a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/raw/d.jpg", "old/x/deep/raws.jpg"}),
    ],
)
def test_patterns_are_of_names_or_of_the_ends_of_paths(tmp_path: Path, pattern: str, left: set[str]) -> None:
    put(tmp_path, "a.jpg", "B.PNG", "old/a.jpg", "raw/c.jpg", "old/raw/d.jpg", "old/x/deep/raws.jpg")
    assert names_in(tmp_path, IgnoreRules(exclude=(pattern,))) == left


def test_a_whole_path_and_one_through_the_folder_above_are_meant_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "old/raw/a.jpg", "raw/a.jpg", "cwd/a.jpg")
    assert names_in(tmp_path, IgnoreRules(exclude=(f"{tmp_path}/raw",))) == {"old/raw/a.jpg", "cwd/a.jpg"}
    monkeypatch.chdir(tmp_path / "cwd")
    assert names_in(tmp_path, IgnoreRules(exclude=("../raw",))) == {"old/raw/a.jpg", "cwd/a.jpg"}
    monkeypatch.setenv("HOME", str(tmp_path / "old"))
    assert names_in(tmp_path, IgnoreRules(exclude=("~/raw",))) == {"raw/a.jpg", "cwd/a.jpg"}


def test_letters_may_be_composed_or_not(tmp_path: Path) -> None:
    put(tmp_path, "cafe\u0301/a.jpg", "b.jpg")
    assert names_in(tmp_path, IgnoreRules(exclude=("Caf\u00e9",))) == {"b.jpg"}


@pytest.mark.parametrize("pattern", ["", "/", " ", "//", ".", "./", ".."])
def test_an_empty_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="Expected the name or the end of a path"):
        IgnoreRules(exclude=(pattern,))


def test_names_that_are_no_text_are_walked(tmp_path: Path) -> None:
    try:
        put(tmp_path, os.fsdecode(b"\xff.jpg"), os.fsdecode(b".\xff.jpg"))
    except OSError:
        pytest.skip("this file system holds names in UTF-8 alone")
    found = find_photos(tmp_path, IgnoreRules(exclude=("raw",)))
    assert len(found.photos) == 1 and all(note.encode() for note in found.notes())


def test_a_listing_has_the_names_of_what_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", ".a.jpg", "raw/b.jpg")
    [listing] = walk_folders(tmp_path, lambda *_: None, IgnoreRules(exclude=("raw",)))
    assert listing.names == (".a.jpg", "a.jpg", "raw"), "sidecars are looked for among them"
    assert [entry.name for entry in listing.files] == ["a.jpg"] and listing.folders == ()
