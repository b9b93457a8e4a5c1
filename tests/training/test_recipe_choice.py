"""Which recipes a user asks for: kinds, configurations and single settings, and what does not go together."""

from pathlib import Path
from typing import Any

import pytest

from landmark.core.errors import ConfigurationError
from landmark.training.recipe import Recipe
from landmark.training.recipe.choice import choose_recipes


def test_kinds_of_networks_have_their_recipes() -> None:
    seeds = choose_recipes("both", "seed")
    assert all((one.optimizer, one.learning_rate, one.epochs) == ("sgd", 0.01, 50) for one in seeds.values())
    assert seeds["transfer"].freeze_features and not seeds["scratch"].freeze_features
    assert choose_recipes("residual")["residual"].weights == ""
    assert list(choose_recipes(config="scratch")) == ["scratch"]
    assert choose_recipes() == {"transfer": Recipe()}


def test_settings_go_to_both_networks_and_those_of_the_pretrained_one_to_it_alone() -> None:
    given = {"epochs": 3, "mixup": 0.4, "backbone": "resnet18", "weights": "imagenet", "head": "cosine",
             "freeze_features": True}  # fmt: skip
    both = choose_recipes("both", settings=given)
    assert all((one.epochs, one.mixup) == (3, 0.4) for one in both.values())
    assert {
        kind: (one.backbone, one.weights, one.head, one.freeze_features) for kind, one in both.items()
    } == {
        "scratch": ("scratch", "", "auto", False),
        "transfer": ("resnet18", "imagenet", "cosine", True),
    }  # fmt: skip


def test_a_given_setting_goes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("epochs = 4\nseed = 7\nfreeze_batch_norm = true\n")
    settings = {"epochs": 5, "freeze_batch_norm": False, "mixup": None}
    for model in (None, "transfer", "residual", "scratch"):
        [recipe] = choose_recipes(model, tmp_path / "r.toml", settings).values()
        assert (recipe.epochs, recipe.seed, recipe.freeze_batch_norm, recipe.mixup) == (5, 7, False, 0.0)


def test_the_network_from_scratch_keeps_its_one_size() -> None:
    assert choose_recipes("scratch", settings={"crop_px": 96})["scratch"].train_px == (96,)
    both = choose_recipes("both", settings={"crop_px": 160, "train_px": (96, 128)})
    assert (both["scratch"].train_px, both["transfer"].train_px) == ((160,), (96, 128))
    [configured] = choose_recipes("scratch", "shipped").values()
    assert configured.train_px == (configured.crop_px,)


def test_what_a_network_from_scratch_has_may_be_given_again() -> None:
    assert choose_recipes("scratch", settings={"weights": "", "head": "auto", "freeze_features": False})
    assert choose_recipes("residual", settings={"head": "cosine"})["residual"].head == "cosine"


@pytest.mark.parametrize(
    ("model", "config", "settings", "told"),
    [
        ("vgg", None, {}, "Expected one of scratch, residual, transfer, both"),
        ("scratch", None, {"weights": "imagenet"}, "no pretrained weights"),
        ("scratch", None, {"backbone": "resnet18"}, "no other backbone"),
        ("scratch", None, {"head": "cosine"}, "all settings but backbone, weights, head, freeze_features"),
        ("residual", None, {"freeze_features": True}, "all settings but backbone, weights, freeze_features"),
        ("transfer", "scratch", {}, "for a transfer model"),
        (None, None, {"epoch": 3}, "Did you mean 'epochs'"),
        ("both", None, {"epoch": 3}, "Did you mean 'epochs'"),
    ],
)
def test_what_does_not_go_together_is_refused(
    model: str | None, config: str | None, settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        choose_recipes(model, config, settings)
