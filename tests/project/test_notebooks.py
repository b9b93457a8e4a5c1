"""The notebooks under dev/: they run from their own folder without a network, and are stored without outputs."""

import ast
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "dev").glob("*.ipynb"))
# What a notebook reads beside its own folder.
BESIDE = ("examples/postcard.jpg", "examples/postcards")
PLOTLY = "application/vnd.plotly.v1+json"
# Landmarks that the shipped model knows, so that the answers about them can be read.
REAL = ("23.Petra", "24.Petronas_Towers", "28.Taj_Mahal")

# What stands in the output, and how many figures are shown.
EXPECTED = {
    "data.ipynb": (["33 photos of 3 landmarks", "| train | 18 | 54.5% |", "| test | 9 | 27.3% |"], 5),
    "design.ipynb": (["3 landmarks, on ", "NeuralNetworkScratch", "Picked: ", "9 photos of 3 landmarks"], 3),
    "implementation.ipynb": (["examples/postcard.jpg -> Taj Mahal", "| 27.175 | 78.0421 | India |"], 3),
}


def read(name: str) -> Any:
    return nbformat.read(ROOT / "dev" / name, as_version=nbformat.NO_CONVERT)


def lay_out(folder: Path, photos: Path) -> Path:
    """The course project's layout: of three landmarks, eight photos each to train with and three to test with."""
    for number, landmark in enumerate(REAL):
        for part, count in (("train", 8), ("test", 3)):
            target = folder / part / f"{number:02}.{landmark.partition('.')[2]}"
            target.mkdir(parents=True)
            for photo in sorted((photos / part / landmark).glob("*.jpg"))[:count]:
                shutil.copy(photo, target)
    return folder


def execute(name: str, data: Path, checkout: Path) -> Any:
    """Run a notebook in a copy of what it needs of the checkout; returns it with its outputs."""
    (checkout / "dev").mkdir(parents=True)
    shutil.copy(ROOT / "dev" / name, checkout / "dev")
    for beside in BESIDE:
        (checkout / beside).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / beside).is_dir() else shutil.copy
        copy(ROOT / beside, checkout / beside)
    nowhere = "http://127.0.0.1:9"  # whoever asks the network for weights is refused at once
    environment = os.environ | {
        "LANDMARK_PHOTOS": str(data),
        "LANDMARK_EPOCHS": "1",
        "OMP_NUM_THREADS": "1",
        "IPYTHONDIR": str(checkout / "ipython"),
        "TORCH_HOME": str(checkout / "hub"),
        "HF_HUB_OFFLINE": "1",
        "http_proxy": nowhere,
        "https_proxy": nowhere,
    }
    notebook = nbformat.read(checkout / "dev" / name, as_version=4)
    where = {"metadata": {"path": str(checkout / "dev")}}
    nbclient.NotebookClient(notebook, timeout=300, resources=where).execute(env=environment)
    return notebook


def check_outputs(name: str, notebook: Any) -> None:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = "\n".join(
        output.get("text") or "\n".join(output.data.get(kind, "") for kind in ("text/plain", "text/markdown"))
        for output in outputs
    )
    expected, n_figures = EXPECTED[name]
    for text in expected:
        assert text in said, said[-3000:]
    assert sum(PLOTLY in output.get("data", ()) for output in outputs) == n_figures


@pytest.mark.soak
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_on_real_photos(name: str, shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data = lay_out(tmp_path / "photos", shared / "data/landmarks")
    check_outputs(name, execute(name, data, tmp_path / "checkout"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_on_photos_made_here(name: str, landmarks: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    check_outputs(name, execute(name, landmarks, tmp_path / "checkout"))


def test_there_are_the_course_projects_three() -> None:
    assert sorted(EXPECTED) == NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_stored_without_outputs(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.metadata.kernelspec.name) == (4, "python3")
    for cell in notebook.cells:
        assert cell.id and not cell.metadata
        if cell.cell_type == "code":
            assert cell.execution_count is None and cell.outputs == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_python_and_knows_no_machine(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)
        assert not re.search(r"(?<![\w.:/])/(home|root|tmp|usr|mnt|opt|work|Users)\b|\b[A-Z]:\\", cell.source), cell.id
        assert not re.search(r"pypi|index-url|conda\.anaconda|huggingface\.co", cell.source), cell.id


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_a_notebook_links_to_is_there(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type == "markdown":
            for link in re.findall(r"\]\(([^)#]+)\)", cell.source):
                assert (ROOT / "dev" / link).exists(), link


def test_the_folder_for_photos_tells_how_to_fill_it() -> None:
    page = ROOT / "data/README.md"
    text = page.read_text()
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (page.parent / link).exists(), link
    assert "/data/landmark_images/" in (ROOT / ".gitignore").read_text().split()
    assert "landmark inspect data/landmark_images" in text and "LANDMARK_PHOTOS" in text
