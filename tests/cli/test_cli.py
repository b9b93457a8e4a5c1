"""The command as people and programs use it: rows, exit codes, what goes to which stream."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from factories.bundle import COLOURS, make_bundle
from PIL import Image

KEYS = ["photo", "landmark", "confidence", "latitude", "longitude", "radius_km", "country", "candidates", "warnings",
        "error", "known_latitude", "known_longitude", "known_from", "distance_km", "suspect"]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("model") / "colours").path


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Photos of every answer, a note between them, and one that is cut short."""
    album = tmp_path / "album"
    (album / "more").mkdir(parents=True)
    for name, landmark in (("b.jpg", "Taj Mahal"), ("more/a.png", "Niagara Falls"), ("a.img", None)):
        Image.new("RGB", (64, 48), COLOURS[landmark]).save(album / name, "PNG" if name.endswith("png") else "JPEG")
    (album / "notes.txt").write_text("Dear diary,")
    return album


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", *map(str, arguments)]
    own = os.environ | environment
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, env=own)


def rows(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_folder_is_walked_sorted_and_what_is_no_photo_is_skipped_and_counted(album: Path, bundle: Path) -> None:
    result = run("locate", "album", "--json", "--model", bundle, cwd=album.parent)
    assert result.returncode == 0, result.stderr
    found = rows(result)
    assert [row["photo"] for row in found] == ["album/a.img", "album/b.jpg", "album/more/a.png"]
    assert all(list(row) == KEYS for row in found)
    assert [row["landmark"] for row in found] == [None, "Taj Mahal", "Niagara Falls"]
    assert "1 file that is not a photo" in result.stderr


def test_a_row_holds_the_place_and_the_candidates(album: Path, bundle: Path) -> None:
    [row] = rows(run("locate", album / "b.jpg", "--json", "--top", "2", "--model", bundle))
    assert (row["latitude"], row["longitude"], row["radius_km"], row["country"]) == (27.175, 78.0421, 0.5, "India")
    assert len(row["candidates"]) == 2
    assert row["candidates"][0] == {"landmark": "Taj Mahal", "confidence": row["confidence"]}
    assert row["warnings"] == [] and row["error"] is None


def test_no_landmark_is_an_answer(album: Path, bundle: Path) -> None:
    result = run("locate", album / "a.img", "--json", "--model", bundle)
    [row] = rows(result)
    assert result.returncode == 0
    assert all(row[key] is None for key in ("landmark", "latitude", "longitude", "radius_km", "country", "error"))
    assert row["confidence"] == row["candidates"][0]["confidence"] > 0


def test_careful_is_accepted_and_ignored(album: Path, bundle: Path) -> None:
    plain, careful = (
        run("locate", album / "b.jpg", "--json", "--model", bundle, *more) for more in ((), ("--careful",))
    )
    assert careful.stdout == plain.stdout and careful.stderr.count("\n") == plain.stderr.count("\n") + 1
    assert "landmark: --careful is no longer used" in careful.stderr


def test_a_border_gives_several_countries(album: Path, bundle: Path) -> None:
    [row] = rows(run("locate", album / "more/a.png", "--json", "--model", bundle))
    assert row["country"] == ["United States", "Canada"]


def test_files_named_explicitly_always_get_a_row_in_order(album: Path, bundle: Path) -> None:
    names = ["notes.txt", "b.jpg", "gone.jpg", "b.jpg"]
    result = run("locate", *(album / name for name in names), "--json", "--model", bundle)
    found = rows(result)
    assert result.returncode == 1
    assert [row["photo"] for row in found] == [str(album / name) for name in names]
    assert [row["error"] is None for row in found] == [False, True, False, True]
    for row in (found[0], found[2]):
        assert list(row) == KEYS and row["candidates"] == []
        assert all(row[key] is None for key in KEYS[1:7])
    assert "text" in found[0]["error"] and "no such file" in found[2]["error"]
    assert found[1] == found[3], "one bad photo never changes another's answer"


def test_a_folder_named_like_a_photo_is_walked(album: Path, bundle: Path) -> None:
    shutil.copytree(album, album.parent / "x.jpg")
    assert len(rows(run("locate", album.parent / "x.jpg", "--json", "--model", bundle))) == 3


def test_a_truncated_photo_is_answered_with_a_warning(album: Path, bundle: Path) -> None:
    photo = album / "big.jpg"
    Image.effect_noise((640, 480), 30).convert("RGB").save(photo, quality=95)
    photo.write_bytes(photo.read_bytes()[: photo.stat().st_size * 4 // 5])
    result = run("locate", photo, "--json", "--model", bundle)
    [row] = rows(result)
    assert result.returncode == 0
    assert row["error"] is None and row["confidence"] is not None
    assert "truncated" in row["warnings"][0]


def test_people_get_a_card_for_one_photo_and_a_line_each_for_several(album: Path, bundle: Path) -> None:
    card = run("locate", album / "b.jpg", "--model", bundle).stdout
    assert "Taj Mahal, India" in card and "27.1750, 78.0421" in card and "openstreetmap.org" in card
    lines = run("locate", album, "--model", bundle).stdout.splitlines()
    assert len(lines) == 3
    assert "no landmark I know" in lines[0] and "Taj Mahal" in lines[1] and "United States / Canada" in lines[2]


def test_a_landmark_without_a_place_says_so(album: Path, bundle: Path) -> None:
    Image.new("RGB", (64, 48), COLOURS["Grandmother's House"]).save(album / "house.jpg")
    assert "its place is not known" in run("locate", album / "house.jpg", "--model", bundle).stdout
    [row] = rows(run("locate", album / "house.jpg", "--json", "--model", bundle))
    assert row["landmark"] == "Grandmother's House" and row["latitude"] is None


@pytest.mark.parametrize(
    "arguments",
    [["locate"], ["locate", "a.jpg", "--top", "0"], ["locate", "a.jpg", "--model", "gone"], ["nonsense"], []],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["locate", "tag", "undo", "inspect"])
def test_an_empty_path_is_not_the_folder_one_is_in(command: str, album: Path) -> None:
    result = run(command, "", cwd=album)
    assert result.returncode == 2 and "empty path" in result.stderr and result.stdout == ""


def test_output_that_cannot_be_written_is_told_in_a_sentence(album: Path, bundle: Path) -> None:
    result = run("tag", album, "--model", bundle, "--out", album / "notes.txt/rows.csv")
    assert result.returncode == 2 and "Traceback" not in result.stderr
    assert "notes.txt" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_the_output_is_told_in_a_sentence(bundle: Path) -> None:
    command = f"{sys.executable} -m landmark places --model '{bundle}' > /dev/full"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stderr.startswith("landmark: No space left") and result.stderr.count("\n") == 1


def test_undoing_what_never_was_is_told(tmp_path: Path) -> None:
    result = run("undo", tmp_path / "albun")
    assert result.returncode == 2 and "albun: no such file or folder" in result.stderr


def test_a_page_to_decide_by_and_writing_exclude_each_other(album: Path, bundle: Path) -> None:
    result = run("tag", album, "--model", bundle, "--write", "sidecar", "--page", album / "page.html")
    assert result.returncode == 2 and "--page" in result.stderr
    assert not list(album.glob("*.xmp"))


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_names_that_are_no_text_stop_no_other(more: list[str], album: Path, bundle: Path) -> None:
    shutil.copy(os.fsencode(album / "b.jpg"), os.fsencode(album) + b"/F\xe8s\nby night.jpg")
    # strict, as a terminal's output of most languages is
    found = run("locate", album, "--model", bundle, *more, PYTHONIOENCODING="utf-8:strict")
    lines = found.stdout.splitlines()
    assert found.returncode == 0 and len(lines) == 4
    if more:
        names = {Path(json.loads(line)["photo"]).name for line in lines}
        assert os.fsdecode(b"F\xe8s\nby night.jpg") in names
    else:
        assert any("F\\udce8s\\nby night.jpg" in line for line in lines)


def test_a_broken_model_is_refused_in_a_sentence(album: Path, bundle: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(bundle, tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"changed")
    result = run("locate", album / "b.jpg", "--model", broken)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("landmark: ") and "SHA-256" in result.stderr


def test_test_scores_a_folder_of_landmarks(bundle: Path, tmp_path: Path) -> None:
    for index, landmark in enumerate(name for name in COLOURS if name):
        folder = tmp_path / "data" / "test" / f"{index}.{landmark.replace(' ', '_')}"
        folder.mkdir(parents=True)
        Image.new("RGB", (64, 48), COLOURS[landmark]).save(folder / "a.jpg")
    report = json.loads(run("test", bundle, tmp_path / "data", "--json").stdout)
    assert report["accuracy"] == 1.0 and report["n_photos"] == 3
    assert "100.0 %" in run("test", bundle, tmp_path / "data").stdout


def test_places_lists_what_is_known_and_what_is_recognised(bundle: Path) -> None:
    found = rows(run("places", "--json", "--model", bundle))
    assert all(
        list(row) == ["name", "latitude", "longitude", "radius_km", "country", "aliases", "recognised"] for row in found
    )
    by_name = {row["name"]: row for row in found}
    assert len(by_name) == len(found) == 99 + 1, "the gazetteer, and one landmark of this model alone"
    assert {name for name, row in by_name.items() if row["recognised"]} == {name for name in COLOURS if name}
    assert by_name["Grandmother's House"]["latitude"] is None
    assert by_name["Petra"]["country"] == "Jordan"
    assert "* Taj Mahal" in run("places", "--model", bundle).stdout


def test_version_and_help_with_examples() -> None:
    from landmark import __version__

    assert run("--version").stdout.strip() == f"landmark {__version__}"
    for command in ("locate", "train", "test", "export"):
        assert f"landmark {command}" in run(command, "--help").stdout


def test_a_reader_that_stops_early_is_no_error(album: Path, bundle: Path) -> None:
    command = f"{sys.executable} -m landmark places --model '{bundle}' | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert result.stderr == "" and result.stdout.count("\n") == 1
    for asked in (["locate", "--json"], ["tag", "--json"]):
        status, _ = ended_early([*asked, album, "--model", bundle], album, close_output)
        assert status == 0, "1 says that photos could not be read"


def close_output(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    process.stdout.close()


def ended_early(
    arguments: Sequence[str | Path], album: Path, end: Callable[[subprocess.Popen[str]], Any]
) -> tuple[int, str]:
    """The exit code and what was told of a command over many photos, ended by `end` after its first line."""
    for number in range(300):
        (album / f"{number}.png").symlink_to(album / "more/a.png")
    command = [sys.executable, "-u", "-m", "landmark", *map(str, arguments)]
    environment = os.environ | {"LANDMARK_DATA": str(album.parent / "data")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # jobs in the background ignore it
    ) as process:  # fmt: skip
        assert process.stdout and process.stdout.readline()
        end(process)
        if process.stdout.closed:
            process.stdout = None
        try:
            _, told = process.communicate(timeout=120)
        finally:
            process.kill()
    for number in range(300):
        (album / f"{number}.png").unlink()
    return process.returncode, told


def test_what_is_written_goes_on_when_nobody_reads_the_rows(album: Path, bundle: Path) -> None:
    asked: list[str | Path] = ["tag", album, "--write", "sidecar", "--model", bundle]
    status, told = ended_early(asked, album, close_output)
    assert status == 0 and "302 into sidecars" in told
    assert (album / "b.jpg.xmp").exists()


def test_ctrl_c_is_answered_and_says_what_was_written(album: Path, bundle: Path) -> None:
    def interrupt(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGINT)

    status, told = ended_early(["locate", album, "--json", "--model", bundle], album, interrupt)
    assert status == 130 and told.endswith("landmark: interrupted. The same command can be run again.\n")
    status, told = ended_early(["tag", album, "--write", "sidecar", "--model", bundle], album, interrupt)
    assert status == 130 and "had been written. The same command resumes, landmark undo restores." in told
    assert 0 < int(told.partition("interrupted; ")[2].partition(" ")[0]) < 300


def test_files_that_are_only_named_like_photos_are_named(album: Path, bundle: Path) -> None:
    (album / "more/zero.jpg").touch()
    (album / "page.JPG").write_text("<!doctype html>")
    (album / "._b.jpg").write_bytes(b"\0\5\26\7")  # a Mac's notes
    result = run("locate", album, "--model", bundle)
    assert result.returncode == 0
    assert f"Skipped 3 files that are not photos, of these named like one: {album}/more/zero.jpg;" in result.stderr
    assert "page.JPG" in result.stderr and "notes.txt" not in result.stderr
    assert "Left out: 1 file of a kind that is never a photo (._b.jpg)." in result.stderr


def test_photos_may_be_as_large_as_is_asked_for(album: Path, bundle: Path) -> None:
    small: list[str | Path] = ["--json", "--model", bundle, "--max-megapixels", "0.1"]
    Image.new("RGB", (500, 400), COLOURS["Taj Mahal"]).save(album / "b.jpg")
    for command in ("locate", "tag"):
        [row] = [row for row in rows(run(command, album, *small, LANDMARK_DATA=str(album)))
                 if row["photo"].endswith("b.jpg")]  # fmt: skip
        assert "Expected at most 0.1; save it smaller, or raise the limit where there is one" in row["error"]
        [row] = [row for row in rows(run(command, album, *small[:3], LANDMARK_DATA=str(album)))
                 if row["photo"].endswith("b.jpg")]  # fmt: skip
        assert row["landmark"] == "Taj Mahal", "what was seen with other limits does not count"


@pytest.mark.parametrize("number", ["inf", "nan", "0"])
def test_megapixels_that_are_no_number_are_refused_in_a_sentence(number: str, album: Path, bundle: Path) -> None:
    result = run("locate", album, "--model", bundle, "--max-megapixels", number)
    assert result.returncode == 2 and "Traceback" not in result.stderr


def test_what_ends_before_its_work_is_done_is_no_success_also_where_only_the_reader_left() -> None:
    script = """
from landmark.cli.commands import app
from landmark.cli import main

@app.command()
def breaks() -> None:
    raise BrokenPipeError(32, "Broken pipe")

main()
"""
    result = subprocess.run([sys.executable, "-c", script, "breaks"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1, result.stderr


def test_a_raw_file_that_holds_no_picture_is_called_one(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.NEF").write_bytes(b"II*\0" + bytes(100))
    [row] = rows(run("locate", tmp_path, "--json", "--model", bundle))
    assert "a.NEF: a RAW file, with no picture that can be read" in row["error"]


def test_what_is_hidden_is_left_out_unless_asked_for_and_more_if_asked_for(album: Path, bundle: Path) -> None:
    for name in ("@eaDir/b.jpg/THUMB.jpg", ".trash/b.jpg", "raw/b.jpg"):
        (album / name).parent.mkdir(parents=True)
        shutil.copyfile(album / "b.jpg", album / name)
    visible = {"a.img", "b.jpg", "more/a.png", "raw/b.jpg"}
    hidden = {"@eaDir/b.jpg/THUMB.jpg", ".trash/b.jpg"}
    for options, expected in (([], visible), (["--include-hidden"], visible | hidden),
                              (["--exclude", "raw", "--exclude", "*.IMG"], {"b.jpg", "more/a.png"})):  # fmt: skip
        result = run("locate", album, "--json", "--model", bundle, *options)
        assert {Path(row["photo"]).relative_to(album).as_posix() for row in rows(result)} == expected
        assert result.stderr.count("Left out:") == (options != ["--include-hidden"])
    assert "2 by --exclude" in result.stderr
    refused = run("locate", album, "--model", bundle, "--exclude", "")
    assert refused.returncode == 2 and "--exclude is ''" in refused.stderr
