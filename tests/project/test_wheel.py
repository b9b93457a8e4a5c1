"""The built package without what its extras bring: the short sister of test_install.py, which installs for real."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytest.importorskip("setuptools", reason="builds without an environment of its own")

ROOT = Path(__file__).resolve().parents[2]

# Locates a photo where nothing can be imported but the standard library, the wheel, and the packages named in BASE.
LOCATE = """
import sys
from importlib.metadata import packages_distributions

names = {name: {one.lower().replace("_", "-") for one in by} for name, by in packages_distributions().items()}
absent = {name for name, distributions in names.items() if not distributions & BASE}

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Finder())
import landmark.cli
assert landmark.__file__.startswith(WHEEL), landmark.__file__
sys.argv = ["landmark", "locate", PHOTO, "--json"]
landmark.cli.main()
"""


def needed_by(line: str) -> set[str]:
    """Return the names of all packages that a requirement brings, by what is installed here."""
    requirement = Requirement(line)
    found = {str(canonicalize_name(requirement.name))}
    for needed in requires(requirement.name) or ():
        marker = Requirement(needed).marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras}):
            found |= needed_by(needed)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a wheel that was built from the files of a clone, unpacked."""
    clone, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    shutil.copytree(ROOT / "landmark", clone / "landmark", ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=clone, check=True, capture_output=True)
    [file] = out.glob("landmark-*.whl")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(out / "unpacked")
    return out / "unpacked"


def files(folder: Path) -> set[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if "__pycache__" not in path.parts}


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    assert files(wheel / "landmark") == files(ROOT / "landmark")


def test_the_base_alone_locates_a_photo(wheel: Path, tmp_path: Path) -> None:
    [metadata] = wheel.glob("landmark-*.dist-info/METADATA")
    lines = re.findall(r"(?m)^Requires-Dist: (.*)$", metadata.read_text(encoding="utf-8"))
    base = {package for line in lines if "extra ==" not in line for package in needed_by(line)}
    assert "onnxruntime" in base and base.isdisjoint({"torch", "fastapi", "pytest"})
    values = {"BASE": base | {"landmark"}, "WHEEL": str(wheel), "PHOTO": str(ROOT / "examples/postcard.jpg")}
    script = "".join(f"{name} = {value!r}\n" for name, value in values.items()) + LOCATE
    own = os.environ | {"PYTHONPATH": str(wheel)}
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=own, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    row = json.loads(result.stdout)
    assert (row["landmark"], row["error"]) == ("Taj Mahal", None)
