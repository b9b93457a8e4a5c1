"""A training that is killed with -9 at any moment, again and again, ends as one that was not."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.landmarks import make_landmarks
from factories.waiting import wait_until

torch = pytest.importorskip("torch")

from landmark.core.errors import TrainingError  # noqa: E402
from landmark.training.checkpoint import Checkpointer, TrainState, fingerprint_of  # noqa: E402
from landmark.training.options import Run  # noqa: E402

SCRIPT = Path(__file__).parents[1] / "factories" / "training_to_kill.py"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("resume")
    make_landmarks(root / "train", n_photos=20)
    make_landmarks(root / "test", n_photos=1, seed=1)
    return root


def start(data: Path, *arguments: str, cache: Path) -> subprocess.Popen[str]:
    """The script in a process of its own, past its imports."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "LANDMARK_CACHE": str(cache)}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(data), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first in ("begins\n", "ready\n"), process.communicate()[1]
    return process


@pytest.fixture(scope="module")
def trainer(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """Trains as often as asked, and imports PyTorch once."""
    process = start(data, cache=tmp_path_factory.mktemp("features"))
    yield process
    process.communicate()


def ask(trainer: subprocess.Popen[str], out: Path, kind: str) -> int:
    """Begin a training; the id of its process."""
    assert trainer.stdin is not None and trainer.stdout is not None
    print(out, kind, sep="\t", file=trainer.stdin, flush=True)
    return int(trainer.stdout.readline())


def ended(trainer: subprocess.Popen[str]) -> int:
    """Wait for the training's end: its exit code, or the signal that killed it, below 0."""
    assert trainer.stdout is not None
    return int(trainer.stdout.readline())


def n_epochs(out: Path) -> int:
    metrics = out / "metrics.json"
    return len(json.loads(metrics.read_text())["epoch"]) if metrics.is_file() else 0


def wait_for_moment(seconds: float, out: Path, n_whole: int) -> None:
    """Wait, but not into the last epochs (the machine may be faster by now): a complete run is begun again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and n_epochs(out) < min(n_whole - 1, n_whole * 4 // 5):
        time.sleep(0.005)


@pytest.mark.parametrize("n_kills", [1, pytest.param(12, marks=pytest.mark.soak)])
@pytest.mark.parametrize("kind", ["photos", "features"])
def test_killed_at_random_moments_it_ends_with_the_same_bits(
    trainer: subprocess.Popen[str], tmp_path: Path, kind: str, n_kills: int
) -> None:
    """The same batches in the same number of threads: the bits are equal by construction."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    begun = time.monotonic()
    ask(trainer, whole, kind)
    assert ended(trainer) == 0
    seconds = time.monotonic() - begun

    moments = random.Random(0)
    for _ in range(n_kills):  # together before the end: a run that is complete would be begun again
        process = ask(trainer, parts, kind)
        wait_for_moment(moments.uniform(0.3, 0.9) / n_kills * seconds, parts, n_epochs(whole))
        os.kill(process, signal.SIGKILL)
        assert ended(trainer) == -signal.SIGKILL
    ask(trainer, parts, kind)
    assert ended(trainer) == 0

    assert (parts / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    expected, found = (torch.load(out / "checkpoint.pt", weights_only=True) for out in (whole, parts))
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert not list(parts.glob("*resume*")) and not list(parts.glob(".*part"))
    assert not list(parts.glob("*.1.*")), "no restart took the files for those of another run"


def test_ctrl_c_ends_the_batch_saves_and_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    process = start(data, str(tmp_path), "photos", cache=tmp_path / "cache")
    wait_until(lambda: (tmp_path / "checkpoint.resume.pt").exists())  # from its first batches to its end
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Stopped in epoch" in told and "The same command resumes from there" in told
    where = torch.load(tmp_path / "checkpoint.resume.pt", weights_only=True)["state"]
    assert where["epoch"] >= 1 and where["batches_done"] + len(where["metrics"]["epoch"]) > 0


def test_a_full_disk_stops_with_the_reason_and_leaves_what_was_saved(data: Path, tmp_path: Path) -> None:
    import resource

    layer = torch.nn.Linear(300, 300)
    saves = Checkpointer(Run(tmp_path / "m.pt", tmp_path / "m.json"), layer, "f", every_s=0)
    saves.keep(layer.state_dict())
    saves.save(TrainState())
    before = (tmp_path / "m.resume.pt").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))  # writing more fails, as on a full disk
    try:
        with pytest.raises(TrainingError, match=r"resume.*cannot be written.*saved before is whole: .*m\.pt"):
            saves.save(TrainState(batches_done=1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / "m.resume.pt").read_bytes() == before
    assert saves.load() is not None


def test_a_damaged_resume_file_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "m.resume.pt").write_bytes(b"not a checkpoint")
    saves = Checkpointer(Run(tmp_path / "m.pt", tmp_path / "m.json"), torch.nn.Linear(1, 1), "f", every_s=0)
    assert saves.load() is None


def test_what_changes_training_changes_the_fingerprint() -> None:
    def fingerprint(dropout: float = 0.1, smoothing: float = 0.0, **settings: object) -> str:
        model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(dropout))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(4, 2)), 2)
        criterion = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
        schedules = torch.optim.lr_scheduler
        schedule = schedules.SequentialLR(
            optimizer, [schedules.LinearLR(optimizer), schedules.ConstantLR(optimizer)], milestones=[1]
        )
        return fingerprint_of({"train": loader, "valid": loader}, model, optimizer, criterion, schedule, **settings)

    assert fingerprint() == fingerprint()
    others = {fingerprint(dropout=0.2), fingerprint(smoothing=0.1), fingerprint(clip_norm=1.0), fingerprint(mix="Mix")}
    assert len({fingerprint(), *others}) == 5
