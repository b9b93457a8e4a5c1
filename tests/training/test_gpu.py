"""Training on a GPU learns what training on the CPU learns, alone and as processes that speak by NCCL."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from factories.landmarks import make_landmarks

torch = pytest.importorskip("torch")

from factories.training import make_loaders  # noqa: E402

from landmark import get_model_transfer, train  # noqa: E402
from landmark.training.distributed import all_reduce_any, all_reduce_sum, barrier  # noqa: E402

if not torch.cuda.is_available():
    pytest.skip("needs a GPU", allow_module_level=True)

GPU = torch.device("cuda:0")


def learn(data: Path, out: Path, device: str, **settings: Any) -> Any:
    """Three epochs of a small network without batch norm; its learning curves."""
    loaders = make_loaders(data)
    torch.manual_seed(0)
    model = get_model_transfer(3, backbone="test_convnext", weights=None)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    out.mkdir()
    files = (out / "model.pt", out / "metrics.json")
    return train(3, loaders, model, optimizer, torch.nn.NLLLoss(), *files, device, log=lambda line: None, **settings)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_landmarks(tmp_path / "data/train", n_photos=16)
    make_landmarks(tmp_path / "data/test", n_photos=2, seed=1)
    return tmp_path / "data"


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions in 32 bits, as on the CPU, and not in the 19 that are quicker."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def test_it_learns_as_the_cpu_does(data: Path, tmp_path: Path, exact: None) -> None:
    cpu, gpu = (learn(data, tmp_path / device, device) for device in ("cpu", "cuda"))
    assert gpu.train_loss == pytest.approx(cpu.train_loss, abs=1e-2)
    assert gpu.valid_loss == pytest.approx(cpu.valid_loss, abs=1e-2)
    weights = torch.load(tmp_path / "cuda/model.pt", weights_only=True)
    assert {weight.device.type for weight in weights.values()} == {"cpu"}, "a checkpoint is of CPU tensors"


def test_it_learns_with_fewer_bits(data: Path, tmp_path: Path) -> None:
    whole, half = (learn(data, tmp_path / bits, "cuda", precision=bits) for bits in ("float32", "bfloat16"))
    assert half.train_loss == pytest.approx(whole.train_loss, abs=0.1)


def test_it_learns_with_few_exponents(data: Path, tmp_path: Path) -> None:
    """The first steps with 16-bit floats are left out, until the scale of the gradients fits."""
    losses = learn(data, tmp_path / "half", "cuda", precision="float16").train_loss
    assert losses[-1] < losses[0]


def test_processes_that_speak_by_nccl_learn_the_same(
    data: Path, tmp_path: Path, exact: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = learn(data, tmp_path / "alone", "cuda")
    torch.cuda.set_device(GPU)
    torch.distributed.init_process_group("nccl", init_method=f"file://{tmp_path}/meeting", rank=0, world_size=1)
    try:
        assert all_reduce_sum([1.5, 2.0], GPU) == [1.5, 2.0]
        assert all_reduce_any([True, False], GPU) == [True, False]
        barrier()
        # One GPU holds one process; DDP, which a group of one would not get, is wrapped around it all the same.
        monkeypatch.setattr("landmark.training.step.world_size", lambda: 2)
        together = learn(data, tmp_path / "together", "cuda:0")
    finally:
        torch.distributed.destroy_process_group()
    assert together.train_loss == pytest.approx(alone.train_loss, abs=1e-2)
    assert together.valid_acc == alone.valid_acc


def test_the_command_trains_on_every_gpu(data: Path, tmp_path: Path) -> None:
    """With several GPUs by NCCL, each in its own process."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
        str(torch.cuda.device_count()), "-m", "landmark", "train", str(data), "--backbone", "test_convnext",
        "--weights", "", "--train-px", "32", "--crop-px", "32", "--resize-px", "36", "--epochs", "2",
        "--drop-path", "0", "--precision", "bfloat16", "--device", "cuda", "--out", str(tmp_path / "run"),
    ]  # fmt: skip
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "run/bundle/model.onnx").is_file()
