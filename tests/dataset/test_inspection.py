"""What is in a data folder: counted exactly, whatever lies about in it; as a value, as text, as files, as a command."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from factories.landmarks import FOLDERS, make_landmarks
from factories.photos import PLAIN, encode, exif, make_folder, scene
from PIL import Image

from landmark.core.errors import DataError
from landmark.dataset.folders import read_folder
from landmark.dataset.inspection import Inspection, inspect_data, sample_photos
from landmark.dataset.inspection.flaws import Flaw
from landmark.dataset.inspection.photo_headers import read_headers
from landmark.photo import read_photo


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    """Train and test with all that people leave in such folders."""
    root = tmp_path / "untidy"
    make_landmarks(root / "train", n_photos=6)
    make_landmarks(root / "test", n_photos=2, seed=1)
    taj_mahal = root / "train" / "0.Taj_Mahal"
    (taj_mahal / "empty.jpg").touch()
    (taj_mahal / "text.jpg").write_text("404 not found")
    (taj_mahal / "cut.png").write_bytes(encode(scene(), "PNG")[:20])
    (taj_mahal / "notes.txt").write_text("Dear diary,")
    (root / "test" / "0.Taj_Mahal" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    return root


def inspect_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "landmark", "inspect", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_parts_landmarks_and_shares_are_exact(landmarks: Path) -> None:
    inspection = inspect_data(landmarks)
    assert inspection.photos_per_split() == {"train": 24, "test": 9}
    assert inspection.landmarks == ("Taj Mahal", "Petra", "My Statue")
    assert inspection.photos_per_landmark() == {name: {"train": 8, "test": 3} for name in inspection.landmarks}
    splits = inspection.to_dict()["parts"]
    assert splits["train"]["share"] == pytest.approx(24 / 33) and splits["test"]["share"] == pytest.approx(9 / 33)
    assert [row[:3] for row in inspection.split_table()[1:]] == [
        ["train", "24", "72.7 %"], ["test", "9", "27.3 %"], ["total", "33", "100.0 %"],
    ]  # fmt: skip
    assert inspection.findings == () and inspection.unreadable == () and inspection.n_not_photos == 0


def test_a_photo_s_record_says_what_the_file_is(landmarks: Path) -> None:
    photo = inspect_data(landmarks).photos[0]
    assert (photo.split, photo.landmark, photo.path) == ("train", "Taj Mahal", landmarks / "train/0.Taj_Mahal/0.jpg")
    assert (photo.width_px, photo.height_px, photo.format) == (64, 48, "JPEG")
    assert photo.n_bytes == len(photo.path.read_bytes())


def test_old_names_warn_and_work(landmarks: Path) -> None:
    inspection = inspect_data(landmarks)
    with pytest.warns(DeprecationWarning, match="called split_table now"):
        assert inspection.part_table() == inspection.split_table()
    with pytest.warns(DeprecationWarning, match="called splits now"):
        assert inspection.parts == ("train", "test")


def test_valid_is_a_split_and_a_flat_folder_is_one_split(landmarks: Path, tmp_path: Path) -> None:
    make_landmarks(landmarks / "valid", n_photos=2, seed=2)
    assert inspect_data(landmarks).photos_per_split() == {"train": 24, "valid": 6, "test": 9}
    flat = inspect_data(make_landmarks(tmp_path / "flat", n_photos=4))
    assert flat.photos_per_split() == {"all": 12}


def test_the_largest_landmark_comes_first(landmarks: Path) -> None:
    for number in (0, 1, 2):
        (landmarks / "train" / "1.Petra" / f"{number}.jpg").unlink()
    Image.new("RGB", (50, 60)).save(landmarks / "test" / "2.My_Statue" / "more.png")
    inspection = inspect_data(landmarks)
    assert list(inspection.photos_per_landmark()) == ["My Statue", "Taj Mahal", "Petra"]
    found = inspection.to_dict()
    assert found["largest_landmark"] == {"landmark": "My Statue", "n_photos": 12}
    assert found["smallest_landmark"] == {"landmark": "Petra", "n_photos": 8}
    assert [row[0] for row in inspection.landmark_table()] == ["landmark", "My Statue", "Taj Mahal", "Petra"]
    assert inspection.landmark_table()[-1] == ["Petra", "5", "3", "8", "25.8 %"]
    assert inspection.split_table()[1][3:] == ["5", "8", "8"]


def test_formats_go_by_content_and_are_named_as_everywhere(tmp_path: Path) -> None:
    make_folder(tmp_path / "data" / "0.Petra")
    inspection = inspect_data(tmp_path / "data")
    expected: dict[str, int] = {}
    for name in PLAIN:
        format_name = read_photo(tmp_path / "data" / "0.Petra" / name).format
        expected[format_name] = expected.get(format_name, 0) + 1
    assert inspection.photos_per_format() == expected
    assert {"WebP", "HEIC", "AVIF"} <= set(expected)
    counts = list(inspection.photos_per_format().values())
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_width_and_height_are_those_of_the_upright_photo(tmp_path: Path, format_name: str, orientation: int) -> None:
    folder = tmp_path / "data" / "0.Petra"
    folder.mkdir(parents=True)
    (folder / "photo").write_bytes(encode(Image.fromarray(scene()), format_name, exif=exif(orientation)))
    [photo] = inspect_data(folder.parent).photos
    assert (photo.width_px, photo.height_px) == read_photo(photo.path).original_size_px


def test_broken_exif_does_not_cost_the_photo(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "0.Petra"
    folder.mkdir(parents=True)
    (folder / "photo.webp").write_bytes(encode(scene(), "WEBP", exif=b"Exif\0\0garbage!"))
    [photo] = inspect_data(folder.parent).photos
    assert (photo.width_px, photo.height_px) == (96, 64)


def test_what_cannot_be_opened_is_named_and_what_is_no_photo_is_counted(untidy: Path) -> None:
    inspection = inspect_data(untidy)
    assert inspection.photos_per_split() == {"train": 18, "test": 6}
    by_name = {flaw.path.name: str(flaw) for flaw in inspection.unreadable}
    assert len(inspection.unreadable) == 3 and set(by_name) == {"empty.jpg", "text.jpg", "cut.png"}
    assert inspection.is_faulty
    assert "the file is empty" in by_name["empty.jpg"]
    assert "this is text, not a photo" in by_name["text.jpg"]
    assert "damaged or truncated PNG" in by_name["cut.png"]
    assert inspection.n_not_photos == 2, "notes.txt and Thumbs.db"
    text = str(inspection)
    assert "Cannot be opened as photos: 3 files" in text and str(untidy / "train/0.Taj_Mahal/text.jpg") in text
    assert "Not photos, and left out: 2 files" in text


def test_what_the_folder_could_not_open_is_named_too(landmarks: Path) -> None:
    folder = read_folder(landmarks / "test")
    closed = "closed.jpg: cannot be opened (Permission denied)"
    headers, unreadable = read_headers(replace(folder, left_out=((folder.path, closed),)), "test")
    assert len(headers) == 9 and unreadable == [Flaw("unreadable", folder.path, closed)]


def test_only_headers_are_read(landmarks: Path) -> None:
    photo = landmarks / "train" / "0.Taj_Mahal" / "0.jpg"
    photo.write_bytes(photo.read_bytes()[:-300])
    inspection = inspect_data(landmarks)
    assert inspection.photos_per_split()["train"] == 24 and inspection.unreadable == ()


def test_loose_and_hidden_files_are_no_part_of_a_landmark(landmarks: Path) -> None:
    (landmarks / "train" / "loose.jpg").write_text("no photo")
    (landmarks / "train" / ".trash").mkdir()
    (landmarks / "train" / ".trash" / "old.jpg").write_text("no photo")
    inspection = inspect_data(landmarks)
    assert inspection.unreadable == () and inspection.n_not_photos == 0


def test_nothing_to_inspect_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        inspect_data(tmp_path / "gone")
    (tmp_path / "data" / "0.Petra").mkdir(parents=True)
    with pytest.raises(DataError, match="no landmarks found"):
        inspect_data(tmp_path / "data")
    (tmp_path / "data" / "0.Petra" / "cut.png").write_bytes(encode(scene(), "PNG")[:20])
    with pytest.raises(DataError, match=r"no photo can be opened .*cut\.png"):
        inspect_data(tmp_path / "data")


def test_different_landmarks_are_a_finding(landmarks: Path) -> None:
    (landmarks / "test" / "2.My_Statue").rename(landmarks / "test" / "2.Niagara_Falls")
    inspection = inspect_data(landmarks)
    [finding] = inspection.findings
    assert "Only in the first: My Statue. Only in the second: Niagara Falls." in finding
    assert inspection.landmarks == ("Taj Mahal", "Petra", "My Statue", "Niagara Falls")
    assert inspection.photos_per_landmark()["Niagara Falls"] == {"train": 0, "test": 3}
    assert f"! {finding}" in str(inspection)


def test_what_else_is_odd_is_found(landmarks: Path) -> None:
    (landmarks / "holdout").mkdir()
    (landmarks / "train" / "3.Rialto").mkdir()
    photo = landmarks / "train" / "1.Petra" / "0.jpg"
    (landmarks / "test" / "1.Petra" / "copy.jpg").write_bytes(photo.read_bytes())
    (landmarks / "train" / "1.Petra" / "twice.jpg").write_bytes(photo.read_bytes())
    other_folder, without_photos, several_splits = inspect_data(landmarks).findings
    assert "holdout" in other_folder and "train, valid (or val, validation, dev) and test" in other_folder
    assert "3.Rialto" in without_photos
    assert "1 photo is in several splits" in several_splits
    assert all(f"1.Petra/{name}.jpg" in several_splits for name in ("0", "twice", "copy"))
    inspection = inspect_data(landmarks)
    assert inspection.is_faulty and len(inspection.leaks[0]) == 3 and inspection.to_dict()["n_leaks"] == 1
    assert len(inspect_data(landmarks, with_leaks=False).findings) == 2


def test_a_copy_within_a_part_is_not_odd(landmarks: Path) -> None:
    photo = landmarks / "train" / "1.Petra" / "0.jpg"
    (landmarks / "train" / "1.Petra" / "twice.jpg").write_bytes(photo.read_bytes())
    assert inspect_data(landmarks).findings == ()


def test_spreads_hold_the_extremes_and_the_mean(tmp_path: Path) -> None:
    (tmp_path / "data" / "0.Petra").mkdir(parents=True)
    for width_px in (10, 20, 30, 40, 100):
        Image.new("RGB", (width_px, 50)).save(tmp_path / "data" / "0.Petra" / f"{width_px}.png")
    spreads = inspect_data(tmp_path / "data").statistics()
    width = spreads["width_px"]
    assert (width.minimum, width.median, width.mean, width.maximum) == (10, 30, 40, 100)
    assert (width.quantile_25, width.quantile_75) == (20, 40)
    assert spreads["height_px"].minimum == spreads["height_px"].maximum == 50
    sizes = [path.stat().st_size for path in (tmp_path / "data" / "0.Petra").iterdir()]
    assert (spreads["n_bytes"].minimum, spreads["n_bytes"].maximum) == (min(sizes), max(sizes))
    table = {row[0]: row[1:] for row in inspect_data(tmp_path / "data").size_table()}
    assert table["width, px"] == ["10", "12", "20", "30", "40", "88", "100", "40"]
    assert table["file, kB"][0] == f"{min(sizes) / 1000:.1f}"


def test_the_dictionary_is_json_and_holds_rows_only_if_asked(untidy: Path) -> None:
    inspection = inspect_data(untidy)
    found = json.loads(json.dumps(inspection.to_dict()))
    assert "photos" not in found and (found["n_photos"], found["n_landmarks"]) == (24, 3)
    assert found["formats"] == {"JPEG": 24} and found["n_not_photos"] == 2 and len(found["unreadable"]) == 3
    rows = json.loads(json.dumps(inspection.to_dict(photos=True)))["photos"]
    assert len(rows) == 24
    assert rows[0] == {
        "part": "train", "landmark": "Taj Mahal", "path": "train/0.Taj_Mahal/0.jpg",
        "n_bytes": (untidy / "train/0.Taj_Mahal/0.jpg").stat().st_size,
        "width_px": 64, "height_px": 48, "format": "JPEG",
    }  # fmt: skip


def test_the_text_is_a_table(landmarks: Path) -> None:
    lines = str(inspect_data(landmarks)).splitlines()
    assert lines[0] == f"33 photos of 3 landmarks in {landmarks}"
    assert lines[2:6] == [
        "  split  photos    share  smallest landmark  median landmark  largest landmark",
        "  train      24   72.7 %                  8                8                 8",
        "  test        9   27.3 %                  3                3                 3",
        "  total      33  100.0 %                 11               11                11",
    ]
    assert "  Taj Mahal      8     3     11  33.3 %" in lines
    assert "  JPEG        33  100.0 %" in lines


def test_very_many_landmarks_are_abridged_in_the_text_only(tmp_path: Path) -> None:
    for number in range(60):
        folder = tmp_path / "data" / f"{number:02}.Place_{number:02}"
        folder.mkdir(parents=True)
        for copy in range(2 if number == 33 else 1):
            Image.new("RGB", (8, 8), (number, copy, 0)).save(folder / f"{copy}.png")
    inspection = inspect_data(tmp_path / "data")
    text = str(inspection)
    assert text.count("Place") == 10 and "… 50 more" in text and "Place 33" in text
    assert len(inspection.to_dict()["photos_per_landmark"]) == len(inspection.landmark_table()) - 1 == 60


def test_samples_are_the_same_for_the_same_seed(landmarks: Path) -> None:
    inspection = inspect_data(landmarks)
    samples = sample_photos(inspection, per_landmark=4)
    assert list(samples) == ["Taj Mahal", "Petra", "My Statue"]
    for folder, paths in zip(FOLDERS, samples.values(), strict=True):
        assert len(set(paths)) == 4 and all(path.parent.name == folder for path in paths)
    assert samples == sample_photos(inspect_data(landmarks), per_landmark=4, seed=0)
    assert samples != sample_photos(inspection, per_landmark=4, seed=1)
    assert {len(paths) for paths in sample_photos(inspection, per_landmark=99).values()} == {11}


def test_the_command_prints_the_table(landmarks: Path) -> None:
    result = inspect_command(landmarks, "--quick")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout == f"{inspect_data(landmarks)}\n"


def test_the_command_prints_json_for_programs_and_exits_with_1_for_unreadable_files(untidy: Path) -> None:
    result = inspect_command(untidy, "--json", "--quick")
    assert result.returncode == 1
    assert json.loads(result.stdout) == inspect_data(untidy).to_dict()
    assert result.stdout.count("\n") == 1


def test_the_command_exits_with_1_for_a_leak(landmarks: Path) -> None:
    photo = landmarks / "train" / "1.Petra" / "0.jpg"
    (landmarks / "test" / "1.Petra" / "copy.jpg").write_bytes(photo.read_bytes())
    result = inspect_command(landmarks, "--quick")
    assert result.returncode == 1 and "1 photo is in several splits" in result.stdout


def test_the_command_refuses_what_is_no_folder(tmp_path: Path) -> None:
    result = inspect_command(tmp_path / "gone")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("landmark: ") and "no such folder" in result.stderr


def test_help_has_examples() -> None:
    assert "landmark inspect my_photos --out report" in inspect_command("--help").stdout


def test_the_command_writes_a_page_and_json(landmarks: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    out = tmp_path / "report"
    result = inspect_command(landmarks, "--out", out, "--json", "--quick")
    assert result.returncode == 0, result.stderr
    json.loads(result.stdout)
    assert result.stderr.splitlines() == [f"Wrote {out / 'inspection.html'}", f"Wrote {out / 'inspection.json'}"]
    assert sorted(path.name for path in out.iterdir()) == ["inspection.html", "inspection.json"]
    assert json.loads((out / "inspection.json").read_text("utf-8")) == inspect_data(landmarks).to_dict(photos=True)
    page = (out / "inspection.html").read_text("utf-8")
    assert page.count("Plotly.newPlot(") >= 3
    assert page.count('src="data:image/jpeg;base64,') == 9
    assert '<td class="number">72.7 %</td>' in page


def test_a_folder_s_name_cannot_become_a_script(landmarks: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    from landmark.dataset.inspection.page import write_inspection

    for split in ("train", "test"):
        (landmarks / split / "1.Petra").rename(landmarks / split / "1.<script>alert(1)<")
    (landmarks / "train" / "1.<script>alert(1)<" / "<img src=x>.jpg").write_text("no photo")
    page, _ = write_inspection(inspect_data(landmarks), tmp_path / "out")
    markup = page.read_text("utf-8")
    assert "alert(1)" in markup
    assert "<script>alert" not in markup and "<img src=x>" not in markup
    assert '<th scope="row">&lt;script&gt;alert(1)&lt;</th>' in markup


def test_a_name_that_is_no_text_is_written_all_the_same(landmarks: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    from landmark.dataset.inspection.page import write_inspection

    odd = landmarks / "train" / "1.Petra" / os.fsdecode(b"\xe9.jpg")
    try:
        (landmarks / "train" / "1.Petra" / "0.jpg").rename(odd)
    except OSError:
        pytest.skip("this file system takes no such names")
    _, rows = write_inspection(inspect_data(landmarks), tmp_path / "out")
    paths = [row["path"] for row in json.loads(rows.read_text("utf-8"))["photos"]]
    assert str(odd.relative_to(landmarks)) in paths


def test_the_same_data_make_the_same_page(landmarks: Path, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    from landmark.dataset.inspection.page import write_inspection

    first, _ = write_inspection(inspect_data(landmarks), tmp_path / "a")
    second, _ = write_inspection(inspect_data(landmarks), tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_the_real_photos(shared: Path) -> None:
    inspection = inspect_data(shared / "data" / "landmarks")
    assert isinstance(inspection, Inspection)
    assert inspection.photos_per_split() == {"train": 3974, "test": 885}
    assert len(inspection.landmarks) == 29
    assert inspection.split_table()[1][:3] == ["train", "3,974", "81.8 %"]
    assert inspection.photos_per_format() == {"JPEG": 4859} and inspection.unreadable == ()
    assert inspection.photos_per_landmark()["Colosseum"] == {"train": 377, "test": 83}
    assert len(inspection.findings) == 1 and "1 photo is in several splits" in inspection.findings[0]
