"""Several processes that train one model together, as `torchrun` starts them: who am I, and what do all have in sum.

A process that was started alone is the first of one, and every function here costs it nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed

_PATIENCE = timedelta(hours=2)  # the first process may test and export while the others wait


def rank() -> int:
    """Which of the processes this is, counted from 0.

    >>> rank(), n_processes(), is_first()
    (0, 1, True)
    """
    return distributed.get_rank() if _together() else 0


def n_processes() -> int:
    """How many there are."""
    return distributed.get_world_size() if _together() else 1


def n_processes_here() -> int:
    """How many `torchrun` has started on this machine; they share its cores.

    >>> n_processes_here()
    1
    """
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether it is the one that writes and speaks."""
    return rank() == 0


@contextmanager
def joined(device: str) -> Iterator[str]:
    """Join the processes that `torchrun` has started for as long as the block lasts; hands on this one's device.

    On GPUs each process takes the one that `LOCAL_RANK` names, and they speak by NCCL; on CPUs by Gloo. Without
    `torchrun`, or where they are joined already, it does nothing.

    >>> with joined("cpu") as device:
    ...     device
    'cpu'
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or _together():
        yield device
        return
    on_gpus = device.startswith("cuda") and torch.cuda.is_available()
    if on_gpus:
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpus else "gloo", timeout=_PATIENCE)
    try:
        yield device
    finally:
        if _together():
            distributed.destroy_process_group()


def sum_of_all(numbers: list[float], device: torch.device) -> list[float]:
    """Number by number the sum over all processes, the same in each.

    >>> sum_of_all([1.5, 2.0], torch.device("cpu"))
    [1.5, 2.0]
    """
    if not _together():
        return numbers
    # NCCL sends what lies on a GPU; not every kind of GPU knows 64 bits, but CUDA's do.
    summed = torch.tensor(numbers, dtype=torch.float64, device=device)
    distributed.all_reduce(summed)
    return [float(number) for number in summed]


def any_of_all(flags: list[bool], device: torch.device) -> list[bool]:
    """Flag by flag whether it is set in any process.

    >>> any_of_all([True, False], torch.device("cpu"))
    [True, False]
    """
    return [count > 0 for count in sum_of_all([float(flag) for flag in flags], device)] if _together() else flags


def leave_the_rest_to_the_first() -> None:
    """End every other process here, well: what comes now is done once."""
    if _together():
        distributed.barrier()
        if not is_first():
            distributed.destroy_process_group()
            raise SystemExit(0)


def wait_for_all() -> None:
    """Go on when all processes have come here."""
    if _together():
        distributed.barrier()


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()
