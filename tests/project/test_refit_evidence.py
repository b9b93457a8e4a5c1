"""The fit of the weights of evidence: the same for the same samples, and a file that the judgement reads."""

import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from landmark.tagging.evidence.weights import FILE, EvidenceWeights, Source

SCRIPT = Path(__file__).resolve().parents[2] / "dev/refit_evidence.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refit_evidence", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for their module
    spec.loader.exec_module(module)
    return module


def make_samples(script: ModuleType) -> object:
    """Photos whose candidates are right where GPS is near, and wrong where it is far."""
    rng, samples = random.Random(0), script.Samples(n_photos=900)
    for _ in range(900):
        is_near, odds = rng.random() < 0.5, rng.uniform(-2, 3)
        right = rng.random() < (0.97 if is_near else 0.02)
        samples.candidates.append((odds, right, [((Source.GPS, 2, 0 if is_near else 6), 1.0)]))
        samples.candidates.append((odds, rng.random() < 0.5, []))
        samples.near.append(("gps 2", 4.0, 0.1, rng.expovariate(5)))
        samples.tracks.append(("alone", rng.random() < 0.98))
    return samples


def test_the_fit_finds_what_the_samples_say(script: ModuleType) -> None:
    found = script.fit(make_samples(script), script.SEEDS)
    assert found == script.fit(make_samples(script), script.SEEDS)
    weights = EvidenceWeights.from_dict(json.loads(json.dumps(found)))
    near, far = (weights.of(Source.GPS, 10, km) for km in (-1, 5000))
    assert near is not None and far is not None and near > 1 and far < -2
    assert weights.near_place("gps 2", 4, 0.1) is not None, "these were right"
    assert weights.near_place("landmark 1", 4) is None, "of these nothing is known"
    assert weights.track_right["alone"] == pytest.approx(0.98, abs=0.015)


def test_the_file_tells_what_it_was_fitted_on(script: ModuleType) -> None:
    fitted_on = json.loads(FILE.read_text(encoding="utf-8"))["fitted_on"]
    assert fitted_on["seeds"] == [script.SEEDS[0], script.SEEDS[-1]]
    assert fitted_on["candidates"] > 100_000 and fitted_on["model"]
