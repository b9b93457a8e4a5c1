"""Averages the weights of several trained models into one checkpoint, for `landmark export` to make a bundle of.

    python benchmarks/average_weights.py averaged.pt BUNDLE_OR_RUN BUNDLE_OR_RUN ...
    landmark export averaged.pt DATA --config RECIPE --not-landmarks DIR --out averaged

Works for models of one architecture that were trained on from a common start: their average is often better than each
(M. Wortsman et al., Model soups, ICML 2022). Whether it is, validation says.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from landmark.checkpoint import save_weights
from landmark.errors import WeightsError


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The weights of a run's folder (its chosen checkpoint, in full precision) or of a bundle (16 bits)."""
    if (path / "checkpoint.pt").is_file():
        return torch.load(path / "checkpoint.pt", map_location="cpu", weights_only=True)
    return load_file(path / "weights.safetensors")


def average(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each weight. Raises `WeightsError` when they are not of one architecture."""
    shapes = [{name: weight.shape for name, weight in state.items()} for state in states]
    if any(other != shapes[0] for other in shapes):
        raise WeightsError("The models have different weights. Expected one architecture and the same landmarks.")
    return {
        name: torch.stack([state[name].float() for state in states]).mean(dim=0)
        if states[0][name].is_floating_point() else states[0][name]
        for name in states[0]
    }  # fmt: skip


def main() -> None:
    """Read, average, write."""
    out, *models = map(Path, sys.argv[1:])
    state = average([read_state(path) for path in models])
    save_weights(out, state)
    print(out)


if __name__ == "__main__":
    main()
