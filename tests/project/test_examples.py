"""The course project's two scripts, word for word: 50 folders of photos, VGG16, training, the plot of a prediction."""

import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("plotly")

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(__file__).resolve().parents[3] / "shared"
EXAMPLES = ROOT / "examples"


def lay_out(folder: Path, photos: list[Path], n_held_out: int) -> None:
    """The course project's layout: 50 folders, of each a photo to train and one to test with, of some two to spare."""
    folders = [f"{index:02}.{name.replace(' ', '_')}" for index, name in categories().items()]
    for number, name in enumerate(folders):
        for part, count in (("train", 3 if number < n_held_out else 1), ("test", 1)):
            (folder / part / name).mkdir(parents=True)
            for _ in range(count):
                photo = photos.pop()
                shutil.copy(photo, folder / part / name / f"{number}-{len(photos)}{photo.suffix}")


def categories() -> dict[int, str]:
    return {int(index): name for index, name in json.loads((ROOT / "categories.json").read_text()).items()}


def write_vgg16_weights(torch_home: Path) -> None:
    """Random ImageNet weights where torchvision looks for its own, under the name that it looks for."""
    from landmark.training.networks import get_model_transfer

    torch.manual_seed(0)
    state = get_model_transfer(2, weights=None).features.state_dict()
    cache = torch_home / "hub/checkpoints"
    cache.mkdir(parents=True)
    torch.save({f"features.{key}": value for key, value in state.items()}, cache / "vgg16-397923af.pth")


def run_script(script: Path, folder: Path) -> str:
    """Run a script of the examples in a folder, as a user would, without a display."""
    kept = ("PATH", "HOME", "OMP_NUM_THREADS", "LD_LIBRARY_PATH", "VIRTUAL_ENV")

    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"TORCH_HOME": str(folder / "hub"), "LANDMARK_CACHE": str(folder / "cache")}
    result = subprocess.run(
        [sys.executable, "-W", "default", str(script)], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout + result.stderr


def some_photos(folder: Path) -> list[Path]:
    """Real photos where there are some, else photos made here: VGG16 takes its time, and one of the two is enough."""
    if (SHARED / "data/landmarks").is_dir():
        return sorted((SHARED / "data/landmarks/train").rglob("*.jpg"))[: 50 * 4 * 10 : 10]
    rng = np.random.default_rng(0)
    (folder / "made").mkdir()
    photos = [folder / "made" / f"{number}.png" for number in range(200)]
    for photo in photos:
        Image.fromarray(rng.integers(0, 255, (40, 48, 3), dtype=np.uint8)).save(photo)
    return photos


@pytest.fixture(scope="module", params=[5, pytest.param(50, marks=pytest.mark.soak)])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the course project's script has trained for an epoch, and what it printed."""
    folder = tmp_path_factory.mktemp("course")
    lay_out(folder / "data/landmark_images", some_photos(folder), request.param)
    shutil.copy(ROOT / "categories.json", folder)
    shutil.copy(ROOT / "testme.jpg", folder)
    write_vgg16_weights(folder / "hub")
    script = (EXAMPLES / "train.py").read_text()
    assert script.count("n_epochs = 50\n") == 1
    (folder / "train.py").write_text(script.replace("n_epochs = 50\n", "n_epochs = 1\n"))
    return folder, run_script(folder / "train.py", folder)


def test_the_script_trains_as_it_stands(trained: tuple[Path, str]) -> None:
    folder, printed = trained
    assert "Features of train" in printed, "its frozen backbone is asked once for each photo"
    assert re.search(r"(?m)^ +1 +\d", printed), "the line of the first epoch"
    assert torch.cuda.is_available() or "no GPU can be used here: using the CPU" in printed
    metrics = json.loads((folder / "model_metrics.json").read_text())
    assert metrics["epoch"] == [1] and metrics["checkpoint"] == [1]
    state = torch.load(folder / "model_checkpoint.pt", weights_only=True)
    assert state["classifier.2.weight"].shape == (50, 1000)


def test_the_script_predicts_as_it_stands(trained: tuple[Path, str]) -> None:
    run_script(EXAMPLES / "predict.py", trained[0])


def test_the_scripts_are_the_course_projects_word_for_word() -> None:
    """With the slip that leaves `is_available` uncalled; any change to what its users have typed shows here."""
    scripts = ("train.py", "predict.py")
    digests = {name: hashlib.sha256((EXAMPLES / name).read_bytes()).hexdigest()[:16] for name in scripts}
    assert digests == {"train.py": "8b8162492d9fd12d", "predict.py": "ae212eb845421459"}


SIGNATURES = {
    "get_data_loaders": "dir_train, dir_valid, dir_test, ratio=None",
    "get_model_scratch": "",
    "get_model_transfer": "",
    "NeuralNetworkScratch": "",
    "train": "n_epochs, dls, model, optimizer, criterion, file_checkpoint, file_metrics, device='cpu'",
    "test": "model, dls, criterion, device='cpu'",
    "get_prediction_probs": "model, dt, idx_img, device='cpu'",
    "get_top_k_categories": "model, img_path, d_categories, k=5, device='cpu'",
    "plot_metrics_file": "file_metrics",
    "plot_top_k_categories": "model, img_path, d_categories, k=5, device='cpu'",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_names_and_arguments_are_the_course_projects_and_new_ones_come_after_them(name: str) -> None:
    import landmark

    parameters = list(inspect.signature(getattr(landmark, name)).parameters.values())
    positional = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    shown = [one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in positional]
    if shown[:1] == ["n_classes=50"]:  # the one new argument that may be given by position
        shown = shown[1:]
    assert ", ".join(shown) == SIGNATURES[name]


def test_the_categories_are_the_course_projects_fifty() -> None:
    assert list(categories()) == list(range(50))
    assert len(set(categories().values())) == 50
    assert categories()[0] == "Haleakala National Park" and categories()[49] == "Temple of Olympian Zeus"
