"""README.md in a bundle: valid for model hubs, true to the card, and its code runs as it stands."""

import dataclasses
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.bundle import CATEGORIES, make_bundle, make_card, make_weights
from factories.photos import scene
from PIL import Image

from landmark.core.errors import BundleError
from landmark.geo.place import Place
from landmark.model.bundle import NETWORK, WEIGHTS, Bundle, load_bundle, save_bundle, write_bundle
from landmark.model.bundle.manifest import README
from landmark.model.bundle.model_card.code import onnx_code, torch_code, weights_code, why_not_plain
from landmark.model.bundle.model_card.document import hub_licence, model_card
from landmark.model.predictor import Predictor
from landmark.model.session import OnnxSession
from landmark.photo import read_photo
from landmark.photo.preprocessing import Preprocessing

ROOT = Path(__file__).resolve().parents[2]
POSTCARD = ROOT / "examples/postcard.jpg"
SHAPE = {"backbone": "resnet10t", "n_classes": 3, "feature_dim": 8, "mean": [0.5] * 3, "std": [0.5] * 3}
AWKWARD = 'Côte: "d\'Azur" | #1 *new*\u2028\x85 🗼'


def written(folder: Path, **changes: Any) -> Bundle:
    """A bundle whose network is never run."""
    return write_bundle(folder, make_card(**changes), {NETWORK: b"a network", WEIGHTS: make_weights()})


def run_alone(code: str, folder: Path, *, but_for: str = "landmark") -> str:
    """What a script prints in a folder, in a process that may not import the package."""
    refusing = f"import sys; sys.modules[{but_for!r}] = None\n"
    command = [sys.executable, "-c", refusing + code]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def header_of(readme: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    found = re.match(r"---\n(.*?)\n---\n", readme, re.DOTALL)
    assert found
    head = yaml.safe_load(found[1])
    assert isinstance(head, dict)
    return head


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundle that ships, with a photo in it."""
    folder = shutil.copytree(load_bundle().path, tmp_path_factory.mktemp("model") / "shipped")
    shutil.copy(load_bundle().weights_path(), folder / WEIGHTS)
    shutil.copy(POSTCARD, folder / "photo.jpg")
    return folder


def test_what_ships_is_what_its_card_gives() -> None:
    bundle = load_bundle()
    made_anew = "landmark card > landmark/data/landmarks-29/README.md"
    assert (bundle.path / README).read_text(encoding="utf-8") == model_card(bundle), f"Write it with: {made_anew}"


def test_the_head_is_read_by_the_hubs_own_library() -> None:
    hub = pytest.importorskip("huggingface_hub")
    data = hub.ModelCard(model_card(load_bundle())).data
    assert (data.license, data.library_name, data.pipeline_tag) == ("apache-2.0", "timm", "image-classification")
    assert data.metrics == ["accuracy"] and data.model_name == "landmarks-29"
    found = {result.metric_name: (result.metric_value, result.dataset_split) for result in data.eval_results}
    scores = load_bundle().scores["test"]
    assert found == {
        "accuracy": (round(scores["accuracy"], 4), "test"),
        "macro accuracy": (round(scores["macro_accuracy"], 4), "test"),
    }
    assert hub.ModelCardData(**data.to_dict()).to_dict() == data.to_dict(), "the hub writes what it read"


def test_awkward_names_survive(tmp_path: Path) -> None:
    place = Place(AWKWARD, None, None).to_dict()
    bundle = written(tmp_path / "model", name=AWKWARD, categories=[AWKWARD, *CATEGORIES[1:]], places=[place] * 3,
                     pretraining={"origin": AWKWARD, "licence": AWKWARD})  # fmt: skip
    readme = (bundle.path / README).read_text(encoding="utf-8")
    head = header_of(readme)
    assert (head["license"], head["license_name"], head["model-index"][0]["name"]) == ("other", AWKWARD, AWKWARD)
    [row] = [line for line in readme.splitlines() if line.startswith("| Côte")]
    assert row == '| Côte: "d\'Azur" \\| \\#1 \\*new\\* 🗼 |'
    assert '\n# Côte: "d\'Azur" \\| \\#1' in readme


@pytest.mark.parametrize(
    ("told", "licence"),
    [
        ("MIT", {"license": "mit"}),
        ("CC-BY-NC-4.0", {"license": "cc-by-nc-4.0"}),
        ("unknown", {"license": "unknown"}),
        ("ask the museum", {"license": "other", "license_name": "ask the museum"}),
    ],
)
def test_licences_are_called_as_hubs_call_them(told: str, licence: dict[str, str]) -> None:
    assert hub_licence(told) == licence


@pytest.mark.parametrize("licence", ["none needed", "unknown", "", None])
def test_where_no_licence_is_told_none_is_claimed(tmp_path: Path, licence: str | None) -> None:
    bundle = written(tmp_path / "model", pretraining={"origin": "none, random weights", "licence": licence})
    readme = model_card(bundle)
    assert header_of(readme)["license"] == "unknown"
    assert "does not state under which licence" in readme


def test_without_test_photos_the_head_tells_of_validation(tmp_path: Path) -> None:
    scores = {"valid": {"n_photos": 8, "accuracy": 0.75, "macro_accuracy": 0.5}}
    [result] = header_of(model_card(written(tmp_path / "a", scores=scores)))["model-index"][0]["results"]
    assert result["dataset"] == {"type": "imagefolder", "name": "8 validation photos of colours", "split": "validation"}
    assert [metric["value"] for metric in result["metrics"]] == [0.75, 0.5]
    unscored = written(tmp_path / "b", scores={})
    assert header_of(model_card(unscored)).keys().isdisjoint({"model-index", "metrics"})
    assert "It was not scored." in model_card(unscored)


def test_the_page_tells_the_scores_with_their_intervals() -> None:
    readme, scores = model_card(load_bundle()), load_bundle().scores["test"]
    low, high = scores["macro_interval"]
    assert f"{100 * scores['macro_accuracy']:.1f} % ({100 * low:.1f} to {100 * high:.1f})" in readme
    assert "Each landmark has 19 to 322 training photos, 3,378 in all" in readme
    false_places = load_bundle().scores["not_landmarks"]["false_places"]
    assert f"Of 200 photos of anything else, {100 * false_places:.1f} % get a place" in readme
    assert all(digest in readme for digest in load_bundle().files.values())
    n_correct = next(row["n_correct"] for row in scores["per_landmark"] if row["landmark"] == "Taj Mahal")
    row = rf"\| Taj Mahal \| India \| \[27\.1750, 78\.0421\]\(https\S+\) \| 0\.5 km \| 34 \| {n_correct} of 12 \|"
    assert re.search(row, readme)


def test_many_landmarks_are_not_listed_one_by_one(tmp_path: Path) -> None:
    names = [f"Tower {number}" for number in range(1234)]
    architecture = {"backbone": "scratch", "n_classes": 1234, "feature_dim": 8}
    bundle = written(tmp_path / "a", categories=names, places=[None] * 1234, architecture=architecture)
    readme = model_card(bundle)
    assert "Tower 199, and 1,034 more" in readme and "Tower 200" not in readme


def test_the_onnx_code_answers_as_the_command_does(shipped: Path) -> None:
    [answer] = Predictor.load(shipped).locate([shipped / "photo.jpg"])
    printed = run_alone(onnx_code(load_bundle(shipped)), shipped)
    assert answer.landmark == "Taj Mahal" and printed.startswith("Taj Mahal ")
    assert float(printed.split()[2]) == pytest.approx(answer.confidence, abs=1e-4)
    assert "'latitude': 27.175" in printed


def test_the_onnx_code_refuses_as_the_command_does(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "model")
    for colour, said in (((120, 120, 120), "no landmark I know"), ((20, 20, 220), "Grandmother's House")):
        Image.new("RGB", (48, 64), colour).save(bundle.path / "photo.jpg")
        [answer] = Predictor.load(bundle.path).locate([bundle.path / "photo.jpg"])
        assert run_alone(onnx_code(bundle), bundle.path).startswith(said)
        assert (answer.landmark or "no landmark I know") == said


def test_the_pages_code_is_the_code_that_is_tested_here(shipped: Path) -> None:
    bundle = load_bundle(shipped)
    blocks = re.findall(r"```python\n(.*?)\n```", model_card(bundle), re.DOTALL)
    assert blocks[1:] == [onnx_code(bundle), torch_code(bundle)]
    assert weights_code(bundle) in torch_code(bundle)
    assert "Taj Mahal" in run_alone(blocks[0], shipped, but_for="no_module")


def torch_logits(bundle: Bundle, photos: list[str], code: str | None = None) -> np.ndarray:
    """The logits (N, C) that the page's code for PyTorch gives for photos in the folder, without the package."""
    pytest.importorskip("timm")
    code = (code or torch_code(bundle)) + "\nprint(json.dumps(logits[0].tolist()))\n"
    scripts = [code.replace("photo.jpg", photo) for photo in photos]  # in one process, for importing PyTorch takes long
    printed = run_alone("\n".join(scripts), bundle.path).splitlines()
    logits = np.array([json.loads(line) for line in printed[1::2]])
    assert [bundle.categories[best] for best in logits.argmax(axis=1)] == printed[::2]
    return logits


def onnx_logits(bundle: Bundle, photos: list[str]) -> np.ndarray:
    batch = [bundle.preprocessing(read_photo(bundle.path / photo).pixels) for photo in photos]
    return OnnxSession.of_bundle(bundle).run(np.stack(batch))[0]


# What may differ is the rounding to 16 bits, in ONNX after batch norm was folded into the convolutions.
ROUNDING = 0.01


def test_lines_of_timm_give_the_logits_of_the_model_that_ships(shipped: Path) -> None:
    bundle = load_bundle(shipped)
    photos = ["photo.jpg"]
    for postcard in sorted((ROOT / "examples/postcards").glob("*.jpg"))[:3]:
        photos.append(Path(shutil.copy(postcard, shipped)).name)
    assert np.abs(torch_logits(bundle, photos) - onnx_logits(bundle, photos)).max() < ROUNDING


@pytest.mark.slow
@pytest.mark.parametrize(("told", "otherwise"), [(', pad_type="same"', ""), ("nn.Identity()", "nn.Tanh()")])
def test_a_backbone_that_is_not_quite_the_same_would_be_noticed(shipped: Path, told: str, otherwise: str) -> None:
    bundle = load_bundle(shipped)
    code = torch_code(bundle)
    assert told in code
    wrong = torch_logits(bundle, ["photo.jpg"], code.replace(told, otherwise))
    assert np.abs(wrong - onnx_logits(bundle, ["photo.jpg"])).max() > 5 * ROUNDING


def exported(folder: Path, backbone: str, crop_px: int = 64, **adjusted: Any) -> Bundle:
    """A bundle of a small network of random weights, as `landmark export` writes it, with a photo beside."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from landmark.training.export import export_bundle
    from landmark.training.networks import SCRATCH, get_model_scratch, get_model_transfer

    torch.manual_seed(0)
    model = (
        get_model_scratch(3, image_px=crop_px)
        if backbone == SCRATCH
        else get_model_transfer(3, backbone=backbone, weights=None)
    )
    about = {
        "name": "random",
        "version": "1",
        "categories": CATEGORIES,
        "places": [None] * 3,
        "preprocessing": Preprocessing(resize_px=crop_px + 8, crop_px=crop_px),
        "scores": {},
        "training": {},
        "pretraining": {"origin": "none", "licence": "none needed"},
    }
    photos = np.random.default_rng(0).normal(size=(4, 3, crop_px, crop_px)).astype(np.float32)
    bundle = save_bundle(export_bundle(model, folder, about, photos))
    Image.fromarray(scene(96, 130)).save(folder / "photo.jpg")
    return bundle


@pytest.mark.slow
@pytest.mark.parametrize(("backbone", "n_lines"), [("resnet10t", 3), ("mobilenet_v3_small", 4), ("vgg16", 4)])
def test_backbones_of_timm_and_torchvision_load_without_the_package(
    tmp_path: Path, backbone: str, n_lines: int
) -> None:
    bundle = exported(tmp_path / "model", backbone)
    assert (bundle.path / README).read_text(encoding="utf-8") == model_card(load_bundle(bundle.path))
    assert len(weights_code(bundle).splitlines()) == n_lines
    difference = torch_logits(bundle, ["photo.jpg"]) - onnx_logits(bundle, ["photo.jpg"])
    assert np.abs(difference).max() < ROUNDING


def test_weights_that_pad_as_tensorflow_does_are_told_so_in_timms_words(tmp_path: Path) -> None:
    """A padding that came with a file of weights stands in no table: the exported card tells it."""
    pytest.importorskip("timm")
    from landmark.training.networks.backbones import arguments_of, build_features
    from landmark.training.networks.weights import set_padding

    plain, padded = build_features("mobilenetv2_100").module, build_features("mobilenetv2_100").module
    set_padding(padded, {"pad_type": "same"})
    assert arguments_of("mobilenetv2_100", plain) == {}
    assert arguments_of("mobilenetv2_100", padded) == {"pad_type": "same"}
    assert arguments_of("tf_efficientnet_lite0", build_features("tf_efficientnet_lite0").module) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "backbone", ["googlenet", "mobilenet_v2", "regnet_x_400mf", "shufflenet_v2_x0_5", "swin_t", "vit_b_32"]
)
def test_the_lines_take_off_torchvisions_classifier_where_each_family_keeps_it(tmp_path: Path, backbone: str) -> None:
    """Without the detour over ONNX: the lines load the weights, and the logits are ours."""
    torch = pytest.importorskip("torch")
    from landmark.training.export import weights_file
    from landmark.training.networks import get_model_transfer

    model = get_model_transfer(3, backbone=backbone, weights=None).eval()
    architecture = SHAPE | {"backbone": backbone, "library": "torchvision", "feature_dim": model.pooled_size}
    bundle = write_bundle(
        tmp_path / "model", make_card(architecture=architecture), {NETWORK: b"", WEIGHTS: weights_file(model)}
    )
    model.load_state_dict({key: value.half() for key, value in model.state_dict().items()})  # as the file holds them
    photos = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        ours = model.logits(model.features(photos))[0].tolist()
    drawn = "photos = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))"
    imports = torch_code(bundle).partition("features = ")[0]
    code = f"{imports}{weights_code(bundle)}\n{drawn}\nprint(json.dumps(model.eval()(photos)[0].tolist()))"
    assert json.loads(run_alone(code, bundle.path)) == pytest.approx(ours, abs=1e-4)


def test_what_needs_the_package_says_so(tmp_path: Path) -> None:
    scratch = exported(tmp_path / "scratch", "scratch", crop_px=32)
    assert "one of the package's own" in str(why_not_plain(scratch))
    assert str(why_not_plain(scratch)) in (scratch.path / README).read_text()

    def told(files: tuple[str, ...] = (NETWORK, WEIGHTS), **architecture: Any) -> str:
        card = make_card(architecture=SHAPE | architecture)
        return str(why_not_plain(write_bundle(tmp_path / "model", card, {name: make_weights() for name in files})))

    assert "cosine head is the package's own" in told(library="timm", head="cosine")
    assert "does not state whose backbone" in told()
    assert "mnasnet0_5 cannot be loaded" in told(library="torchvision", backbone="mnasnet0_5")
    assert "has no `weights.safetensors`" in told((NETWORK,), library="timm")
    assert told(library="timm", head="two-layer") == told(library="timm") == "None"


def test_older_bundles_without_a_page_and_edited_pages_do_no_harm(tmp_path: Path) -> None:
    bundle = written(tmp_path / "model")
    assert README not in bundle.files
    (bundle.path / README).write_bytes(b"\xffMine.")
    assert load_bundle(bundle.path).files == bundle.files
    (bundle.path / README).unlink()
    assert load_bundle(bundle.path).files == bundle.files


def test_a_page_that_was_edited_is_kept_when_the_bundle_is_replaced(tmp_path: Path) -> None:
    bundle = written(tmp_path / "model")
    written(tmp_path / "model", version="2")
    assert [path.name for path in tmp_path.iterdir()] == ["model"], "what export wrote is simply replaced"
    for text in ("Mine.", "Mine too."):
        (bundle.path / README).write_text(text)
        written(tmp_path / "model", version="3")
    assert (bundle.path / README).read_text() == model_card(load_bundle(bundle.path))
    kept = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert kept == {"model.README.md": "Mine too.", "model.README.1.md": "Mine."}


@pytest.mark.parametrize(
    "changes",
    [
        {"scores": {"test": 5}},
        {"scores": {"test": {"accuracy": "high"}}},
        {"training": {"photos_per_landmark": [1]}},
        {"scores": {"not_landmarks": {"false_places": 0.1}}},
    ],
)
def test_a_manifest_that_makes_no_card_is_refused_with_the_reason(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="no model card can be made"):
        written(tmp_path / "model", **changes)


def test_the_command_prints_the_page_of_any_bundle(tmp_path: Path) -> None:
    bundle = written(tmp_path / "model", name=AWKWARD)
    command = [sys.executable, "-m", "landmark", "card", "--model", str(bundle.path)]
    result = subprocess.run(command, capture_output=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == (bundle.path / README).read_text(encoding="utf-8")


def test_the_documents_show_the_lines_of_one_backbone_and_of_two() -> None:
    shipped, told = load_bundle(), (ROOT / "docs/bundle.md").read_text(encoding="utf-8")
    first = shipped.architecture["backbone"].split("+")[0]
    of_one = {"backbone": first, "arguments": shipped.architecture["arguments"][0], "feature_dim": 1280}
    alone = dataclasses.replace(shipped, architecture=shipped.architecture | of_one)
    assert weights_code(shipped) in told and weights_code(alone) in told
    assert len(weights_code(alone).splitlines()) == 4
