"""Two processes that torchrun starts train as one with batches of twice the size, and count every photo once."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks

torch = pytest.importorskip("torch")

from factories.training import CPU, make_loaders, make_model  # noqa: E402

from landmark.dataset.splits import split_data  # noqa: E402
from landmark.training.features import keep_features  # noqa: E402
from landmark.training.loop import own_part  # noqa: E402
from landmark.training.options import Run  # noqa: E402
from landmark.training.pipeline.finetuning import train_recipe  # noqa: E402
from landmark.training.recipe import Recipe  # noqa: E402
from landmark.training.sampling import EpochSampler  # noqa: E402

SCRIPT = Path(__file__).parents[1] / "factories/training_together.py"

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


def make_data(root: Path) -> None:
    make_landmarks(root / "data/train", n_photos=16)  # 36 for training: the last batch is a small one
    make_landmarks(root / "data/test", n_photos=2, seed=1)
    (root / "recipe.toml").write_text(RECIPE)


def check_alike(folder: Path, said: str) -> None:
    """Two processes with batches of 4 did what one did with batches of 8, in the folders `one` and `two`."""
    one, two = (json.loads((folder / out / "metrics.json").read_text()) for out in ("one", "two"))
    assert two["epoch"] == [1, 2, 3]
    for curve in ("train_loss", "valid_loss"):  # the same but for the order of sums
        assert two[curve] == pytest.approx(one[curve], abs=1e-3)
    n_valid = len(json.loads((folder / "one/run.json").read_text())["split"]["valid"])
    for accuracy in two["valid_acc"]:
        assert accuracy * n_valid == pytest.approx(round(accuracy * n_valid)), "each photo counts once"
    assert said.count("Best epoch") == 1, "one of them speaks"
    events = [json.loads(line)["event"] for line in (folder / "two/train.jsonl").read_text().splitlines()]
    assert events[:4] == ["start", "epoch", "epoch", "epoch"]


def test_two_processes_do_what_one_does_with_twice_the_batch(tmp_path: Path) -> None:
    make_data(tmp_path)
    recipe = Recipe.read(tmp_path / "recipe.toml")
    train_recipe(split_data(tmp_path / "data"), recipe.replace(batch_photos=8), Run.in_folder(tmp_path / "one"))
    (tmp_path / "recipe.toml").write_text(recipe.replace(batch_photos=4).to_toml())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {"OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, str(SCRIPT), "data", "recipe.toml", "two"]
    processes = [
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | together | {"RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": "2"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    check_alike(tmp_path, said[0][0] + said[1][0])


@pytest.mark.soak
def test_the_command_trains_in_two_processes_by_torchrun(tmp_path: Path) -> None:
    make_data(tmp_path)
    train = ["landmark", "train", "data", "--config", "recipe.toml"]
    run([*train, "--batch-photos", "8", "--out", "one"], tmp_path)
    together = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    check_alike(tmp_path, run([*together, *train, "--batch-photos", "4", "--out", "two"], tmp_path).stdout)
    assert (tmp_path / "two/bundle/model.onnx").is_file()
    assert json.loads((tmp_path / "two/train.jsonl").read_text().splitlines()[-1])["event"] == "end"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "LANDMARK_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


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
