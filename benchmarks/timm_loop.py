"""The ordinary way with the same network: timm's model, torchvision's transforms, a DataLoader. One JSON row a photo.

Used by the other benchmarks as the thing to compare with; run alone it prints rows like `landmark locate --json`.
"""

import argparse
import json
import os
from pathlib import Path

import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class Photos(Dataset):
    def __init__(self, paths, transform):
        self.paths, self.transform = paths, transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]).convert("RGB"))


def load_model(bundle: Path, card: dict) -> torch.nn.Module:
    architecture = card["architecture"]
    model = timm.create_model(architecture["backbone"], num_classes=architecture["n_classes"], pad_type="same")
    if architecture["backbone"] == "mobilenet_edgetpu_100":
        model.blocks[0][0].bn1.act = torch.nn.Identity()
    state = load_file(bundle / "weights.safetensors")
    renamed = {
        key.removeprefix("features.").replace("classifier.0.", "classifier."): value for key, value in state.items()
    }
    model.load_state_dict(
        {key: value.float() if value.is_floating_point() else value for key, value in renamed.items()}
    )
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
    rows = []
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
