"""The base install alone, from a fresh clone: small, without PyTorch, and it does the main job."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZE_LIMIT_MB = 300
ROW_KEYS = [
    "photo",
    "landmark",
    "confidence",
    "latitude",
    "longitude",
    "radius_km",
    "country",
    "candidates",
    "warnings",
    "error",
    "known_latitude",
    "known_longitude",
    "known_from",
    "distance_km",
    "suspect",
]
NOT_IN_THE_BASE = ["torch", "torchvision", "timm", "safetensors", "onnx", "fastapi", "uvicorn", "pytest"]

pytestmark = pytest.mark.soak


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command as a newcomer would: no variables that lead back into this checkout. Returns what it printed."""
    led_back = {"PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "VENV", "PHOTO"}
    clean = {name: value for name, value in os.environ.items() if name not in led_back}
    result = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True)
    assert result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a clone holds and an install needs, where pip can build without leaving traces in the checkout."""
    folder = tmp_path_factory.mktemp("fresh clone")  # a space, as in many home folders
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("landmark", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def python(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the base package and nothing else."""
    environment = tmp_path_factory.mktemp("base")
    venv.create(environment, with_pip=True, symlinks=os.name != "nt")
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", str(clone), cwd=environment)
    return python


def test_the_base_install_is_small_and_without_pytorch(python: Path) -> None:
    where = "import sysconfig; print(sysconfig.get_path('purelib')); print(sysconfig.get_path('platlib'))"
    folders = {Path(line) for line in run(python, "-c", where, cwd=python.parent).splitlines()}
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    brought_by_venv = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")
    ours = [
        file
        for file in files
        for folder in folders
        if file.is_relative_to(folder) and not file.relative_to(folder).parts[0].startswith(brought_by_venv)
    ]
    size_mb = sum(file.stat().st_size for file in ours) / 1e6
    print(f"The base install takes {size_mb:.0f} MB.")
    assert 20 < size_mb <= SIZE_LIMIT_MB  # below 20 MB the measurement itself would be wrong: numpy alone is more

    found = f"import importlib.util as u; print([name for name in {NOT_IN_THE_BASE} if u.find_spec(name)])"
    assert run(python, "-c", found, cwd=python.parent) == "[]\n"


def test_importing_the_package_loads_nothing_heavy(python: Path) -> None:
    loaded = "import sys, landmark; print({'torch', 'onnxruntime', 'PIL', 'numpy'} & set(sys.modules))"
    assert run(python, "-c", loaded, cwd=python.parent) == "set()\n"


def test_the_base_install_locates_a_photo(python: Path, clone: Path, tmp_path: Path) -> None:
    command = python.parent / "landmark"
    row = json.loads(run(command, "locate", clone / "examples" / "postcard.jpg", "--json", cwd=tmp_path))
    assert list(row) == ROW_KEYS
    assert row["photo"] == str(clone / "examples" / "postcard.jpg")
    assert row["error"] is None
    assert 0 < row["confidence"] <= 1
    assert row["candidates"][0]["confidence"] == row["confidence"]
    assert [list(candidate) for candidate in row["candidates"]] == [["landmark", "confidence"]] * 5


def test_the_base_install_scores_a_folder_of_landmarks(python: Path, clone: Path, tmp_path: Path) -> None:
    command = python.parent / "landmark"
    places = [json.loads(line) for line in run(command, "places", "--json", cwd=tmp_path).splitlines()]
    recognised = [place["name"] for place in places if place["recognised"]]
    assert "Taj Mahal" in recognised
    for name in recognised:
        folder = tmp_path / "data" / name.replace(" ", "_")
        folder.mkdir(parents=True)
        shutil.copy(clone / "examples" / "postcard.jpg", folder)
    (bundle,) = (path for path in (clone / "landmark" / "data").iterdir() if (path / "landmark.json").is_file())
    report = run(command, "test", bundle, "data", "--out", "evaluation", cwd=tmp_path)
    assert f"{len(recognised)} photos" in report
    page = (tmp_path / "evaluation/evaluation.html").read_text()
    assert "The charts need plotly" in page and "<h2>Confidence</h2>" in page


def test_make_demo_goes_from_a_clone_to_an_answer(clone: Path) -> None:
    answer = run("make", "demo", f"PYTHON={sys.executable}", cwd=clone)
    locate = clone / ".venv" / "bin" / "landmark"
    assert answer == run(locate, "locate", "examples/postcard.jpg", cwd=clone)
    again = run("make", "demo", cwd=clone)
    assert again == answer
