"""Figures of a data folder: they hold the numbers of the inspection, and labels that a person can read."""

from pathlib import Path

import pytest
from factories.landmarks import make_landmarks
from PIL import Image

from landmark.dataset.inspection import Inspection, inspect_data

pytest.importorskip("plotly")

from landmark.dataset.inspection.figures import dimensions_figure, file_sizes_figure, landmarks_figure, samples_figure
from landmark.dataset.inspection.photo_headers import PhotoHeader


@pytest.fixture
def inspection(landmarks: Path) -> Inspection:
    """Petra has fewer photos than the others, and one photo is upright."""
    for number in range(4):
        (landmarks / "train" / "1.Petra" / f"{number}.jpg").unlink()
    Image.new("RGB", (50, 70)).save(landmarks / "test" / "2.My_Statue" / "upright.png")
    return inspect_data(landmarks)


def of_size(n_photos: int) -> Inspection:
    photos = tuple(PhotoHeader("all", "Petra", Path(f"{n}.jpg"), 1000 + n, 64, 48, "JPEG") for n in range(n_photos))
    return Inspection(Path(), ("all",), ("Petra",), photos)


def test_bars_are_sorted_and_hold_every_photo(inspection: Inspection) -> None:
    figure = landmarks_figure(inspection)
    assert [bar.name for bar in figure.data] == ["train", "test"]
    assert [list(bar.y) for bar in figure.data] == [["My Statue", "Taj Mahal", "Petra"]] * 2
    assert [list(bar.x) for bar in figure.data] == [[8, 8, 4], [4, 3, 3]]
    assert figure.layout.barmode == "stack" and figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.title.text == "photos"


def test_file_sizes_are_in_kilobytes(inspection: Inspection) -> None:
    figure = file_sizes_figure(inspection)
    sizes = sorted(size for histogram in figure.data for size in histogram.x)
    assert sizes == sorted(photo.n_bytes / 1000 for photo in inspection.photos)
    assert [len(histogram.x) for histogram in figure.data] == [20, 10]
    assert "kB" in figure.layout.xaxis.title.text and figure.layout.yaxis.title.text == "photos"


def test_widths_stand_against_heights_by_part(inspection: Inspection) -> None:
    figure = dimensions_figure(inspection)
    assert [cloud.name for cloud in figure.data] == ["train", "test"]
    assert figure.data[0].marker.color != figure.data[1].marker.color
    points = list(zip(figure.data[1].x, figure.data[1].y, figure.data[1].text, strict=True))
    assert len(points) == 10 and (50, 70, "My Statue<br>upright.png") in points
    assert "px" in figure.layout.xaxis.title.text and "px" in figure.layout.yaxis.title.text


@pytest.mark.parametrize(("n_photos", "kind"), [(5000, "scatter"), (5001, "scattergl")])
def test_only_very_many_points_are_drawn_by_webgl(n_photos: int, kind: str) -> None:
    assert dimensions_figure(of_size(n_photos)).data[0].type == kind


def test_samples_are_labelled_tiles_side_by_side(inspection: Inspection) -> None:
    figure = samples_figure(inspection, per_landmark=2, columns=3)
    assert [label.text for label in figure.layout.annotations] == [
        "Taj Mahal", "Taj Mahal", "Petra", "Petra", "My Statue", "My Statue",
    ]  # fmt: skip
    assert all(tile.source.startswith("data:image/jpeg;base64,") for tile in figure.data)
    assert len({(tile.x0, tile.y0) for tile in figure.data}) == 6
    assert sorted({tile.y0 for tile in figure.data}) == [0, figure.data[3].y0]
    assert figure.layout.title.text == "6 of 30 photos"
    assert samples_figure(inspection, per_landmark=2, columns=3) == figure
    assert samples_figure(inspection, per_landmark=2, columns=3, seed=1) != figure


def test_there_are_never_more_tiles_than_said(inspection: Inspection) -> None:
    assert len(samples_figure(inspection, per_landmark=9).data) == 9 + 7 + 9
    assert len(samples_figure(inspection, per_landmark=9, max_tiles=7).data) == 6
    assert len(samples_figure(inspection, per_landmark=9, max_tiles=2).data) == 2


def test_a_sample_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    make_landmarks(tmp_path / "data", n_photos=1)
    photo = tmp_path / "data" / "1.Petra" / "0.jpg"
    photo.write_bytes(photo.read_bytes()[:-900])  # its header is whole
    figure = samples_figure(inspect_data(tmp_path / "data"))
    assert len(figure.data) == 2
    assert [label.text for label in figure.layout.annotations] == ["Taj Mahal", "Petra: cannot be read", "My Statue"]


def test_names_are_shown_literally(landmarks: Path) -> None:
    for split in ("train", "test"):
        (landmarks / split / "1.Petra").rename(landmarks / split / "1.<b>Petra<b> & more")
    inspection = inspect_data(landmarks)
    shown = "&lt;b&gt;Petra&lt;b&gt; &amp; more"
    assert shown in landmarks_figure(inspection).data[0].y
    assert any(text.startswith(f"{shown}<br>") for text in dimensions_figure(inspection).data[0].text)
    assert shown in {label.text for label in samples_figure(inspection).layout.annotations}


def test_all_have_a_title_and_a_white_ground(inspection: Inspection) -> None:
    for make in (landmarks_figure, file_sizes_figure, dimensions_figure, samples_figure):
        layout = make(inspection).layout
        assert layout.title.text
        assert layout.template.layout.plot_bgcolor == "white"
