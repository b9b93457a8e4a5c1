"""The ordinary way with the same network: timm's model, torchvision's transforms, a DataLoader. One JSON row a photo.

Used by the other benchmarks as the thing to compare with; run alone it prints rows like `landmark locate --json`.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class Photos(Dataset[torch.Tensor]):
    def __init__(self, paths: list[Path], transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self.paths, self.transform = paths, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


class Network(torch.nn.Module):
    """timm's backbones side by side, and one layer on what they say."""

    scales: torch.Tensor

    def __init__(self, architecture: dict[str, Any]) -> None:
        super().__init__()
        names, arguments = architecture["backbone"].split("+"), architecture["arguments"]
        if len(names) == 1:
            arguments = [arguments]
        self.parts = torch.nn.ModuleList(
            timm.create_model(name, num_classes=0, **told) for name, told in zip(names, arguments, strict=True)
        )
        self.register_buffer("scales", torch.ones(len(names)))
        self.classifier = torch.nn.Linear(architecture["feature_dim"], architecture["n_classes"])
        for name, part in zip(names, self.parts, strict=True):
            if name == "mobilenet_edgetpu_100":
                part.get_submodule("blocks.0.0.bn1").act = torch.nn.Identity()

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        said = [scale * part(photos) for scale, part in zip(self.scales, self.parts, strict=True)]
        scores: torch.Tensor = self.classifier(torch.cat(said, dim=1))
        return scores


def load_model(bundle: Path, card: dict[str, Any]) -> torch.nn.Module:
    model = Network(card["architecture"])
    state = {
        key.removeprefix("features.").replace("classifier.0.", "classifier."): value.float()
        for key, value in load_file(bundle / "weights.safetensors").items()
    }
    if len(model.parts) == 1:
        state = {key if key.startswith("classifier.") else f"parts.0.{key}": value for key, value in state.items()}
        state["scales"] = model.scales
    model.load_state_dict(state)
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()

    card = json.loads((args.bundle / "landmark.json").read_text())
    model = load_model(args.bundle, card)
    prepare = transforms.Compose(
        [
            transforms.Resize(card["preprocessing"]["resize_px"]),
            transforms.CenterCrop(card["preprocessing"]["crop_px"]),
            transforms.ToTensor(),
            transforms.Normalize(card["architecture"]["mean"], card["architecture"]["std"]),
        ]
    )
    paths = [path for root in args.photos for path in (sorted(root.rglob("*.jpg")) if root.is_dir() else [root])]
    workers = args.workers if len(paths) > 1 else 0
    rows: list[tuple[float, int]] = []
    with torch.inference_mode():
        for batch in DataLoader(Photos(paths, prepare), batch_size=args.batch, num_workers=workers):
            logits = model(batch) / card["calibration"]["temperature"]
            if (unknown := card["calibration"]["unknown_logit"]) is not None:
                logits = torch.nn.functional.pad(logits, (0, 1), value=unknown)
            confidence, best = logits.softmax(dim=1)[:, : len(card["categories"])].max(dim=1)
            rows += zip(confidence.tolist(), best.tolist(), strict=True)
    for path, (confidence, best) in zip(paths, rows, strict=True):
        print(json.dumps({"photo": str(path), "landmark": card["categories"][best], "confidence": confidence}))


if __name__ == "__main__":
    main()
