"""The order of an epoch: a function of seed and epoch alone, wherever in it one begins and however many share it."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Sampler


class Draw(NamedTuple):
    """One photo of an epoch, and the seed of what chance does to it: a loader may begin anywhere, in any worker."""

    photo: int
    seed: int


class EpochSampler(Sampler[Draw]):
    """Every photo once in a shuffled order, or as many draws in proportion to `weights`.

    Each pass is another epoch. `begin` chooses the epoch and how many of its batches have been seen; `share` hands
    each of several processes its part of every batch, so that N processes with batches of B see together what one
    with batches of N * B sees. Photos at the end that are fewer than the processes are left out of that epoch.

    >>> sampler = EpochSampler(5, batch_photos=2)
    >>> sampler.begin(epoch=1)
    >>> whole = [draw.photo for draw in sampler]
    >>> sorted(whole)
    [0, 1, 2, 3, 4]
    >>> sampler.begin(epoch=1, batches_done=1)
    >>> [draw.photo for draw in sampler] == whole[2:]
    True
    """

    def __init__(
        self, n_photos: int, *, batch_photos: int, weights: Sequence[float] | None = None, seed: int = 0
    ) -> None:
        self.n_photos = n_photos
        self.batch_photos = batch_photos
        self.weights = None if weights is None else torch.as_tensor(weights, dtype=torch.float64)
        self.seed = seed
        self.epoch = 1
        self.batches_done = 0
        self.rank, self.n_processes = 0, 1

    def begin(self, epoch: int, *, batches_done: int = 0) -> None:
        """Choose the epoch, counted from 1, of the next pass, and where in it to begin."""
        self.epoch, self.batches_done = epoch, batches_done

    def share(self, rank: int, n_processes: int) -> None:
        """Hand out only the part of one of several processes."""
        self.rank, self.n_processes = rank, n_processes

    def __iter__(self) -> Iterator[Draw]:
        generator = torch.Generator().manual_seed(seed_of(self.seed, self.epoch, "order"))
        if self.weights is None:
            order = torch.randperm(self.n_photos, generator=generator)
        else:
            order = torch.multinomial(self.weights, self.n_photos, replacement=True, generator=generator)
        seeds = torch.randint(2**62, (self.n_photos,), generator=generator)
        mine = self._positions()[self.batches_done * self.batch_photos :]
        self.begin(self.epoch + 1)
        return map(Draw, order[mine].tolist(), seeds[mine].tolist())

    def _positions(self) -> torch.Tensor:
        """Return this process's positions in the order: of each common batch every n-th."""
        return torch.arange(self.n_photos - self.n_photos % self.n_processes)[self.rank :: self.n_processes]

    def __len__(self) -> int:
        return len(self._positions())

    def __repr__(self) -> str:
        return f"EpochSampler({self.n_photos} photos, weighted={self.weights is not None})"


def seed_of(*parts: int | str) -> int:
    """Return a seed of 62 bits that other parts do not share.

    >>> seed_of(0, 1) == seed_of(0, 1), seed_of(0, 1) == seed_of(1, 0)
    (True, False)
    """
    return int.from_bytes(hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[:8]) >> 2


def seed_everything(*parts: int | str) -> None:
    """Seed Python's, NumPy's and PyTorch's generators, on all devices, with a seed made of the parts."""
    seed = seed_of(*parts)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # libraries draw from this one
    torch.manual_seed(seed)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from this seed inside the block; outside nothing has changed.

    >>> with seeded(1):
    ...     first = torch.rand(1)
    >>> with seeded(1):
    ...     torch.equal(torch.rand(1), first)
    True
    """
    states = random.getstate(), torch.get_rng_state()
    random.seed(seed)
    torch.default_generator.manual_seed(seed)  # the CPU's alone: workers do not use GPUs
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
