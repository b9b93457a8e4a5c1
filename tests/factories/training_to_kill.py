"""Train until killed, for tests/training/test_resume.py: python training_to_kill.py DATA [OUT KIND].

Without OUT and KIND it reads them line by line, trains each time in a child of its own, and prints the child's process
id and how it ended: PyTorch is imported once for many trainings.
"""

import os
import sys
from pathlib import Path

import torch
from timm.utils.model_ema import ModelEmaV3
from torch import nn
from torchvision.transforms import v2

from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Augmentation, get_data_loaders
from landmark.training.loop import train
from landmark.training.networks import LandmarkNetwork, NeuralNetworkScratch, get_model_transfer


def main(data: Path, out: Path, kind: str) -> None:
    """Photos through a whole network with all that chance has a hand in, or a head on kept features."""
    torch.set_num_threads(1)
    preprocessing = Preprocessing(resize_px=36, crop_px=32)
    loaders = get_data_loaders(
        data / "train",
        None,
        data / "test",
        0.25,
        batch_size=4,
        workers=2 if kind == "photos" else 0,
        preprocessing=preprocessing,
        augmentation=Augmentation(32, colour=0.2, erasing=0.2, preprocessing=preprocessing),
    )
    torch.manual_seed(0)  # so that a run killed before its first save point begins alike
    model: LandmarkNetwork
    if kind == "photos":
        model = NeuralNetworkScratch(3, image_px=32, batch_norm=True)
    else:
        model = get_model_transfer(3, backbone="test_efficientnet", weights=None, dropout=0.2)
        for weight in model.feature_parameters():
            weight.requires_grad = False
    optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=1e-3)
    n_epochs = 4 if kind == "photos" else 12
    train(
        n_epochs,
        loaders,
        model,
        optimizer,
        nn.CrossEntropyLoss(label_smoothing=0.1),
        out / "checkpoint.pt",
        out / "metrics.json",
        scheduler=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200),
        mix=v2.RandomApply([v2.MixUp(alpha=0.5, num_classes=3)], p=0.5) if kind == "photos" else None,
        average=ModelEmaV3(model, decay=0.9),
        accumulate=2,
        clip_norm=1.0,
        save_every_s=0.05,
        views=3,
        log=lambda line: None,
    )


def serve(data: Path) -> None:
    """Train as often as asked, each time in a child that can be killed."""
    print("ready", flush=True)
    for line in sys.stdin:
        out, kind = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            try:
                os.environ["LANDMARK_CACHE"] = f"{out}/cache"  # a kill may hit the computing of features too
                main(data, Path(out), kind)
                os._exit(0)
            finally:
                os._exit(1)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(Path(sys.argv[1]))
    else:
        print("begins", flush=True)
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
