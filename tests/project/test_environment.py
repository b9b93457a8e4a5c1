"""The environment for conda says nothing else than pyproject.toml does."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the extra train brings")

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "install/environment.yaml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


@pytest.fixture(scope="module")
def packages(environment: dict[str, Any]) -> dict[NormalizedName, Requirement]:
    """What conda itself installs, by name."""
    found = [Requirement(entry) for entry in environment["dependencies"] if isinstance(entry, str)]
    return {canonicalize_name(package.name): package for package in found}


def lower_bounds(requirement: Requirement) -> set[str]:
    return {part.version for part in requirement.specifier if part.operator == ">="}


def test_it_is_called_after_the_project(environment: dict[str, Any]) -> None:
    assert environment["name"] == PROJECT["name"]


def test_its_python_is_one_that_the_project_runs_on(packages: dict[NormalizedName, Requirement]) -> None:
    assert lower_bounds(packages[canonicalize_name("python")]) == lower_bounds(
        Requirement(f"python{PROJECT['requires-python']}")
    )


def test_every_version_is_a_range(packages: dict[NormalizedName, Requirement]) -> None:
    assert all(lower_bounds(package) for package in packages.values()), packages


def test_it_installs_the_checkout_with_an_extra_that_exists(
    environment: dict[str, Any], packages: dict[NormalizedName, Requirement]
) -> None:
    """Conda runs pip in the folder of the file, whatever folder it is called from."""
    assert "pip" in packages
    [pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    [line] = pip
    found = re.fullmatch(r"-e (\S+)\[([\w,]+)\]", line)
    assert found, line
    assert (FILE.parent / found[1]).resolve() == ROOT
    assert found[2].split(",") == ["train"] and "train" in PROJECT["optional-dependencies"]


def test_what_both_name_has_the_same_lowest_version(packages: dict[NormalizedName, Requirement]) -> None:
    ours = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    wanted = {canonicalize_name(Requirement(line).name): Requirement(line) for line in ours}
    for name in packages.keys() & wanted.keys():
        assert lower_bounds(packages[name]) == lower_bounds(wanted[name]), name
