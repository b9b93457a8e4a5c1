"""Several processes that train one model together, as `torchrun` starts them.

A process that was started alone is the main one of one, and every function here costs it nothing.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import torch
from torch import distributed

from landmark.core.logs import ROOT, log_level

_TIMEOUT = timedelta(hours=2)  # the main process may test and export while the others wait


def rank() -> int:
    """Return which of the processes this is, counted from 0.

    >>> rank(), world_size(), is_main_process()
    (0, 1, True)
    """
    return distributed.get_rank() if _is_initialized() else 0


def world_size() -> int:
    """Return how many processes there are."""
    return distributed.get_world_size() if _is_initialized() else 1


def local_world_size() -> int:
    """Return how many `torchrun` has started on this machine; they share its cores.

    >>> local_world_size()
    1
    """
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def is_main_process() -> bool:
    """Return whether this is the process that writes and logs."""
    return rank() == 0


@contextmanager
def init_distributed(device: str | torch.device) -> Iterator[str]:
    """Join the processes that `torchrun` has started for as long as the block lasts; yields this one's device.

    On GPUs each process takes the one that `LOCAL_RANK` names, and they speak by NCCL; on CPUs by Gloo. All but the
    main process are silent. Without `torchrun`, or where they are joined already, it does nothing.

    >>> with init_distributed("cpu") as device:
    ...     device
    'cpu'
    """
    device = str(device)
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or _is_initialized():
        yield device
        return
    on_gpus = device.startswith("cuda") and torch.cuda.is_available()
    if on_gpus:
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpus else "gloo", timeout=_TIMEOUT)
    try:
        with nullcontext() if is_main_process() else log_level(ROOT, logging.ERROR):
            yield device
    finally:
        if _is_initialized():
            distributed.destroy_process_group()


def all_reduce_sum(numbers: list[float], device: torch.device) -> list[float]:
    """Return number by number the sum over all processes, the same in each.

    >>> all_reduce_sum([1.5, 2.0], torch.device("cpu"))
    [1.5, 2.0]
    """
    if not _is_initialized():
        return numbers
    # NCCL sends what lies on a GPU; not every kind of GPU knows 64 bits, but CUDA's do.
    summed = torch.tensor(numbers, dtype=torch.float64, device=device)
    distributed.all_reduce(summed)
    return [float(number) for number in summed]


def all_reduce_any(flags: list[bool], device: torch.device) -> list[bool]:
    """Return flag by flag whether it is set in any process.

    >>> all_reduce_any([True, False], torch.device("cpu"))
    [True, False]
    """
    return [count > 0 for count in all_reduce_sum([float(flag) for flag in flags], device)]


def exit_other_processes() -> None:
    """End every process but the main one here, well: what comes now is done once."""
    barrier()
    if not is_main_process():
        distributed.destroy_process_group()
        raise SystemExit(0)


def barrier() -> None:
    """Wait until all processes have come here."""
    if _is_initialized():
        distributed.barrier()


def _is_initialized() -> bool:
    return distributed.is_available() and distributed.is_initialized()
