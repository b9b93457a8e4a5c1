"""Two processes that torchrun starts train as one with batches of twice the size, and count every photo once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

torch = pytest.importorskip("torch")

from factories.training import CPU, make_loaders, make_model  # noqa: E402

from landmark.training.features import keep_features  # noqa: E402
from landmark.training.loop import own_part  # noqa: E402
from landmark.training.sampling import EpochSampler  # noqa: E402

# No batch norm: over half the photos it would be another one.
RECIPE = """
backbone = "test_convnext"
weights = ""
dropout = 0.0
drop_path = 0.0
valid_ratio = 0.25
resize_px = 36
crop_px = 32
train_px = [32]
epochs = 3
learning_rate = 0.01
head_learning_rate = 0.01
optimizer = "sgd"
average_decay = 0.5
freeze_batch_norm = false
"""


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "LANDMARK_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.mark.slow
def test_two_processes_do_what_one_does_with_twice_the_batch(tmp_path: Path) -> None:
    make_landmarks(tmp_path / "data/train", n_photos=16)  # 36 for training: the last batch is a small one
    make_landmarks(tmp_path / "data/test", n_photos=2, seed=1)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    train = ["landmark", "train", "data", "--config", "recipe.toml"]
    run([*train, "--batch-photos", "8", "--out", "one"], tmp_path)
    together = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    said = run([*together, *train, "--batch-photos", "4", "--out", "two"], tmp_path).stdout
    one, two = (json.loads((tmp_path / out / "metrics.json").read_text()) for out in ("one", "two"))
    assert two["epoch"] == [1, 2, 3]
    for curve in ("train_loss", "valid_loss"):  # the same but for the order of sums
        assert two[curve] == pytest.approx(one[curve], abs=1e-3)
    n_valid = len(json.loads((tmp_path / "one/run.json").read_text())["split"]["valid"])
    for accuracy in two["valid_acc"]:
        assert accuracy * n_valid == pytest.approx(round(accuracy * n_valid)), "each photo counts once"
    assert said.count("Best epoch") == 1, "one of them speaks"
    assert (tmp_path / "two/bundle/model.onnx").is_file()
    lines = (tmp_path / "two/train.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["start", "epoch", "epoch", "epoch", "end"]


def test_processes_share_every_batch_and_no_photo_twice() -> None:
    whole, shared = EpochSampler(23, batch_photos=8, seed=3), EpochSampler(23, batch_photos=4, seed=3)
    whole.begin(epoch=5)
    order = list(whole)
    parts = []
    for rank in range(2):
        shared.share(rank, 2)
        shared.begin(epoch=5)
        parts.append(list(shared))
    assert [len(part) for part in parts] == [11, 11]
    for batch in range(3):
        ours = {draw for part in parts for draw in part[batch * 4 : batch * 4 + 4]}
        assert ours <= set(order[batch * 8 : batch * 8 + 8]), "what one process would have in this batch"
    assert len({draw for part in parts for draw in part}) == 22


def test_kept_features_are_shared_like_photos(landmarks: Path) -> None:
    loaders, model = make_loaders(landmarks), make_model()
    kept = keep_features(loaders, model, CPU)
    assert kept is not None
    parts = [torch.cat([features for features, _ in own_part(kept["valid"], rank, 2)]) for rank in range(2)]
    whole = torch.cat([features for features, _ in kept["valid"]])
    assert torch.equal(whole[0::2], parts[0]) and torch.equal(whole[1::2], parts[1])


def test_a_pass_begins_where_it_is_told_to() -> None:
    sampler = EpochSampler(10, batch_photos=3, weights=[1.0] * 5 + [4.0] * 5, seed=1)
    sampler.begin(epoch=2)
    whole = list(sampler)
    assert list(sampler) != whole, "the next pass is another epoch"
    sampler.begin(epoch=2, batches_done=2)
    assert list(sampler) == whole[6:]
