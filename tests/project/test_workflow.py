"""The workflow of the code host and the hook before a commit: they call targets that the Makefile has."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the extra train brings")

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]["test"]
    return found


def test_the_workflow_runs_what_a_developer_runs(job: dict[str, Any]) -> None:
    commands = [step["run"].split() for step in job["steps"] if "run" in step]
    assert all(command[0] == "make" and command[1] in TARGETS for command in commands)
    assert ["make", "test"] in commands


def test_the_workflow_runs_on_every_python_that_the_package_names(job: dict[str, Any]) -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    named = [line.rpartition(" ")[2] for line in classifiers if re.search(r":: 3\.\d+$", line)]
    assert job["strategy"]["matrix"]["python"] == named


def test_the_hook_checks_what_make_check_checks() -> None:
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    [hook] = repository["hooks"]
    assert hook["entry"] == "make check" and "check" in TARGETS
