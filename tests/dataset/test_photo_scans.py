"""Every photo is decoded once: what the scans say, and that nothing is done twice, killed or not."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from factories.photos import PLAIN, encode, make_folder, scene
from factories.scenes import draw_scene, save
from PIL import Image

from landmark.core.cache import PhotoCache
from landmark.dataset.inspection import photo_scans
from landmark.dataset.inspection.photo_scans import scan_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDMARK_CACHE", str(tmp_path / "cache"))


def test_a_scan_says_what_is_the_matter(tmp_path: Path) -> None:
    whole = save(draw_scene(1), tmp_path / "whole.jpg")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 4 // 5])
    stump = tmp_path / "stump.jpg"
    stump.write_bytes(whole.read_bytes()[:700])
    blank = save(Image.new("RGB", (90, 90), "white"), tmp_path / "blank.png")
    gone = tmp_path / "gone.jpg"
    paths = [whole, cut, stump, blank, gone]
    scans = {path.stem: scan for path, scan in zip(paths, scan_photos(paths), strict=True)}
    assert scans["whole"].perceptual_hash is not None and not scans["whole"].truncated and not scans["whole"].error
    assert scans["cut"].truncated.startswith("truncated: about ") and not scans["cut"].error
    assert "truncated" in scans["stump"].error and scans["stump"].perceptual_hash is None
    assert scans["blank"].perceptual_hash is None and not scans["blank"].error
    assert "No such file" in scans["gone"].error and scans["gone"].sha256 == ""
    assert len({scan.sha256 for scan in scans.values()}) == 5


def test_animations_are_found_in_every_format(tmp_path: Path) -> None:
    make_folder(tmp_path / "all")
    paths = [tmp_path / "all" / name for name in PLAIN]
    moving = {path.name for path, scan in zip(paths, scan_photos(paths), strict=True) if scan.animated}
    assert moving == {name for name in PLAIN if name.startswith("animated.")}


def test_nothing_is_decoded_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [save(draw_scene(seed), tmp_path / f"{seed}.jpg") for seed in range(3)]
    first = list(scan_photos(paths))
    monkeypatch.setattr(photo_scans, "read_photo", lambda *arguments, **options: pytest.fail("decoded again"))
    renamed = paths[0].rename(tmp_path / "renamed.jpg")  # its bytes are what it is known by
    assert list(scan_photos([renamed, *paths[1:]])) == first


def test_errors_are_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encode(scene(), "PNG")[:60])
    [scan] = scan_photos([path])
    assert scan.error and PhotoCache(photo_scans.CACHE_KIND).read([scan.sha256]) == {}


def test_a_cache_that_cannot_be_used_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(draw_scene(1), tmp_path / "a.jpg")
    expected = list(scan_photos([path]))
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LANDMARK_CACHE", str(tmp_path / "file"))
    assert list(scan_photos([path])) == expected
    monkeypatch.setenv("LANDMARK_CACHE", str(tmp_path / "damaged"))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "photos.sqlite").write_bytes(b"no database " * 400)
    assert list(scan_photos([path])) == expected


def test_a_killed_scan_resumes(tmp_path: Path) -> None:
    for seed in range(40):
        save(draw_scene(seed, (1000, 750)), tmp_path / "photos" / f"{seed:02}.png", compress_level=1)
    code = (
        "import sys; from pathlib import Path; from landmark.dataset.inspection import photo_scans\n"
        "photo_scans.BATCH_PHOTOS = 4\n"
        "for scan in photo_scans.scan_photos(sorted(Path(sys.argv[1]).iterdir())): print(scan.sha256, flush=True)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "photos")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(9)]
        process.send_signal(signal.SIGKILL)
    known = PhotoCache(photo_scans.CACHE_KIND).read(seen)
    assert len(known) >= 8, "two whole batches at least"
    started = time.monotonic()
    scans = list(scan_photos(sorted((tmp_path / "photos").iterdir())))
    assert len(scans) == 40 and [scan.sha256 for scan in scans[:9]] == seen and time.monotonic() - started < 60
