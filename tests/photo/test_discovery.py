"""Photos under a folder: by content, links in circles, folders that do not open."""

import os
from pathlib import Path
from typing import Any

import pytest
from factories import photos as made
from factories.landmarks import make_landmarks

from landmark.core.errors import PhotoError
from landmark.dataset.folders import read_folder
from landmark.photo import discovery
from landmark.photo.discovery import find_photos


def test_a_folder_is_walked_by_content(tmp_path: Path) -> None:
    made.make_folder(tmp_path / "b" / "c")
    made.make_folder(tmp_path / "a")
    (tmp_path / "a" / "notes.jpg").write_text("no photo")
    (tmp_path / "a" / "empty.png").touch()
    (tmp_path / "IMG_1").write_bytes(made.PLAIN["plain.heic"]())
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "linked.jpg").symlink_to(tmp_path / "a" / "plain.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    found = find_photos(tmp_path)
    expected = [tmp_path / "IMG_1", tmp_path / "linked.jpg"]
    expected += [tmp_path / folder / name for folder in ("a", "b/c") for name in made.PLAIN]
    assert found.photos == tuple(sorted(expected))
    assert found.skipped == 4 and found.unreadable == ()
    assert find_photos(str(tmp_path / "a")).skipped == 2


def test_links_in_circles_end_and_a_photo_goes_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "z" / "deep").mkdir(parents=True)
    (tmp_path / "z" / "deep" / "a.png").write_bytes(made.PLAIN["plain.png"]())
    (tmp_path / "a-link").symlink_to(tmp_path / "z")
    (tmp_path / "z" / "deep" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "b.png").write_bytes(made.PLAIN["plain.png"]())
    (tmp_path / "elsewhere").symlink_to(outside)
    found = find_photos(tmp_path)
    assert found.photos == (tmp_path / "elsewhere" / "b.png", tmp_path / "z" / "deep" / "a.png")


def test_a_folder_without_permission_is_told_and_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("closed", "open"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(made.PLAIN["plain.png"]())
    (tmp_path / "closed").chmod(0)
    if os.access(tmp_path / "closed", os.R_OK):  # root
        scandir = os.scandir

        def denied(path: Path) -> Any:
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        monkeypatch.setattr("os.scandir", denied)
    found = find_photos(tmp_path)
    (tmp_path / "closed").chmod(0o755)
    assert found.photos == (tmp_path / "open" / "a.png",)
    assert found.unreadable == (f"{tmp_path / 'closed'}: cannot be opened (Permission denied)",)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(made.PLAIN["plain.jpg"]())
    for path in (tmp_path / "a.jpg", tmp_path / "missing"):
        with pytest.raises(PhotoError, match="this is not a folder"):
            find_photos(path)


def test_a_file_that_cannot_be_opened_is_left_out_itself_and_not_its_landmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_landmarks(tmp_path, n_photos=3)
    denied = min(tmp_path.rglob("*.jpg"))
    sniff = discovery.sniff_file

    def sniff_unless_denied(path: Path) -> str | None:  # root may read everything
        if path == denied:
            raise PermissionError(13, "Permission denied")
        return sniff(path)

    monkeypatch.setattr(discovery, "sniff_file", sniff_unless_denied)
    [(path, why)] = read_folder(tmp_path).left_out
    assert path == denied and "Permission denied" in why
