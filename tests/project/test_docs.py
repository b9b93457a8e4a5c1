"""The documents: no link leads nowhere, and what the report claims is what the runs' own records say."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "data/README.md"])
RUNS = sorted((ROOT / "docs/runs").glob("*.json"))
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    missing = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("run", RUNS, ids=lambda path: path.stem)
def test_the_report_tells_what_the_runs_recorded(run: Path) -> None:
    test = json.loads(run.read_text())["test"]
    assert test["n_photos"] == 885
    told = [f"{100 * test['accuracy']:.1f} %", f"{100 * test['macro_accuracy']:.1f} %",
            f"{100 * test['interval'][0]:.1f} to {100 * test['interval'][1]:.1f}"]  # fmt: skip
    report = (ROOT / "docs/report.md").read_text()
    assert [value for value in told if value not in report] == []


def test_the_shipped_model_is_reported_as_its_card_says() -> None:
    card = json.loads((ROOT / "landmark/data/landmarks-29/landmark.json").read_text())
    assert json.loads((ROOT / "docs/runs/shipped.json").read_text())["test"] == card["scores"]["test"]
    assert f"{100 * card['scores']['test']['accuracy']:.1f} %" in (ROOT / "docs/model.md").read_text()


def test_the_readme_tells_what_the_command_measures() -> None:
    measured = json.loads((ROOT / "docs/evaluation.json").read_text())
    readme = (ROOT / "README.md").read_text()
    for score, interval in (("accuracy", "interval"), ("macro_accuracy", "macro_interval")):
        low, high = measured[interval]
        assert f"**{100 * measured[score]:.1f} %**" in readme
        assert f"{100 * low:.1f} to {100 * high:.1f}" in readme


def test_a_network_from_scratch_recognises_more_than_60_percent() -> None:
    assert json.loads((ROOT / "docs/runs/residual.json").read_text())["test"]["accuracy"] >= 0.6


def test_the_evaluation_tells_what_was_measured_of_the_model_that_ships() -> None:
    spec = importlib.util.spec_from_file_location("evaluation_benchmark", ROOT / "benchmarks/evaluation.py")
    assert spec is not None and spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    values = json.loads((ROOT / "docs/evaluation.json").read_text())
    [block] = benchmark.BLOCK.findall((ROOT / "docs/evaluation.md").read_text())
    assert block == benchmark.tables(values)
    card = json.loads((ROOT / "landmark/data/landmarks-29/landmark.json").read_text())
    again = "another model ships: run python benchmarks/evaluation.py"
    assert values["model"] == f"{card['name']}, version {card['version']}", again
    assert values["threshold"] == card["calibration"]["threshold"], again
    assert abs(values["accuracy"] - card["scores"]["test"]["accuracy"]) < 0.005, again
