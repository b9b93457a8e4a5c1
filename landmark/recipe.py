"""How a model is trained, as one dataclass: the defaults, the configuration file (TOML) and its answers to typos."""

import dataclasses
import difflib
import json
import tomllib
import types
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, get_args, get_origin, get_type_hints

from landmark.errors import ConfigurationError

NAMED_RECIPES = Path(__file__).with_name("recipes")
KINDS = ("scratch", "residual", "transfer")
BOTH = "both"  # scratch and transfer
CHOICES = {"optimizer": ("adamw", "sgd"), "schedule": ("cosine", "constant"), "keep": ("accuracy", "loss", "last")}


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen before training starts.

    >>> Recipe(epochs=3).epochs
    3
    >>> Recipe.from_dict({"epoch": 3})
    Traceback (most recent call last):
        ...
    landmark.errors.ConfigurationError: There is no setting 'epoch'. Did you mean 'epochs'?
    """

    # the network
    backbone: str = "mobilenet_edgetpu_100"  # or any other, or "scratch"
    weights: str = "landmark"  # "landmark": those of the bundle that ships; else as in get_model_transfer
    pretraining_origin: str = ""  # whose weights they are, for the card of the model
    pretraining_licence: str = ""
    freeze_features: bool = False  # True: only the head is trained
    scratch_batch_norm: bool = True  # of the backbone "scratch", NeuralNetworkScratch
    head: str = "auto"  # or "linear", "two-layer", "cosine"; "auto": as suits the backbone
    margin: float = 0.3  # of the head "cosine", in radians
    sub_centres: int = 3  # of the head "cosine", for each landmark
    dropout: float = 0.2
    drop_path: float = 0.05

    # the photos
    valid_ratio: float = 0.25  # of the training photos, where there is no folder of their own
    resize_px: int = 255  # validation, test and use: short side, then the centre
    crop_px: int = 224
    train_px: tuple[int, ...] = (128, 160, 192)  # one after the other over the epochs; small ones teach faster
    batch_photos: int = 32
    balance: float = 0.5  # 0: as the photos come, 1: every landmark equally often
    seed: int = 0

    # augmentation
    rotation_degrees: float = 0.0
    min_area: float = 0.3  # the smallest random crop, as a share of the photo
    colour: float = 0.3
    randaugment: int = 0
    blur: float = 0.0  # probability
    erasing: float = 0.0  # probability
    mixup: float = 0.0
    cutmix: float = 0.0

    # the optimiser
    epochs: int = 12
    optimizer: str = "adamw"  # or "sgd"
    momentum: float = 0.9  # of sgd
    schedule: str = "cosine"  # after a warm-up; or "constant"
    learning_rate: float = 4e-4  # of the backbone
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_epochs: float = 0.5
    label_smoothing: float = 0.1
    clip_norm: float = 5.0
    average_decay: float = 0.995  # of the moving average of the weights; 0: none
    keep: str = "accuracy"  # the epoch of the highest validation accuracy, of the lowest "loss", or the "last"
    refit: bool = False  # once chosen and calibrated, train again with the validation photos among the others
    freeze_batch_norm: bool = True  # small batches would spoil statistics learnt on a million photos

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigurationError(
                    f"The setting {name!r} is {getattr(self, name)!r}. Expected one of {', '.join(choices)}."
                )
        if self.epochs < 1 or self.batch_photos < 1:
            raise ConfigurationError(
                f"Found epochs = {self.epochs} and batch_photos = {self.batch_photos}. Expected at least 1 of each."
            )

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a configuration file, or a recipe that comes with the package, by its name ("seed").

        What it leaves out keeps its default. Raises `ConfigurationError` for a file that is missing or no recipe.
        """
        path = Path(path)
        if not path.is_file() and path.name == str(path) and not path.suffix:
            named = NAMED_RECIPES / f"{path}.toml"
            if not named.is_file():
                known = ", ".join(sorted(file.stem for file in NAMED_RECIPES.glob("*.toml")))
                raise ConfigurationError(f"{path}: no such file, and no recipe of that name. Recipes: {known}.")
            path = named
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"{path}: cannot be read as a recipe ({error}). Expected TOML.") from error
        return cls.from_dict(found)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Self:
        """A recipe from settings by name. Raises `ConfigurationError` for an unknown name or a wrong type."""
        hints = get_type_hints(cls)
        for name in found:
            if name not in hints:
                near = difflib.get_close_matches(name, hints, n=1)
                known = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(hints)}."
                raise ConfigurationError(f"There is no setting {name!r}. {known}")
        return cls(**{name: _convert(name, value, hints[name]) for name, value in found.items()})

    def replace(self, **settings: Any) -> Self:
        """The same recipe with some settings changed; None leaves one as it is."""
        return dataclasses.replace(self, **{name: value for name, value in settings.items() if value is not None})

    def to_toml(self) -> str:
        """As a configuration file.

        >>> Recipe.from_dict(tomllib.loads(Recipe(epochs=3).to_toml())) == Recipe(epochs=3)
        True
        """
        return "".join(f"{item.name} = {_toml(getattr(self, item.name))}\n" for item in fields(self))


def choose_recipes(
    model: str | None = None,
    config: str | Path | None = None,
    *,
    epochs: int | None = None,
    backbone: str | None = None,
    weights: str | None = None,
) -> dict[str, Recipe]:
    """The recipes that a user asks for: by kind of network, by configuration file or name, or by both.

    "both" is one from scratch and one that transfers. Each kind has a recipe of its own; with a configuration, all
    networks are trained as it says, those from scratch without its weights. `epochs` goes before what recipes say;
    `backbone` and `weights` do for the network that transfers.

    >>> {kind: recipe.backbone for kind, recipe in choose_recipes("both").items()}
    {'scratch': 'scratch', 'transfer': 'mobilenet_edgetpu_100'}
    >>> {kind: recipe.backbone for kind, recipe in choose_recipes("both", "seed").items()}
    {'scratch': 'scratch', 'transfer': 'vgg16'}
    """
    if model is not None and model not in {*KINDS, BOTH}:
        raise ConfigurationError(f"There is no kind of network {model!r}. Expected one of {', '.join(KINDS)}, {BOTH}.")
    asked = Recipe.read(config) if config else None
    if model is None:
        recipe = (asked or Recipe()).replace(epochs=epochs, backbone=backbone, weights=weights)
        return {"scratch" if recipe.backbone == "scratch" else "transfer" if recipe.weights else "residual": recipe}
    kinds = ("scratch", "transfer") if model == BOTH else (model,)
    recipes = {kind: _of_kind(kind, asked).replace(epochs=epochs) for kind in kinds}
    if "transfer" in recipes:
        recipes["transfer"] = recipes["transfer"].replace(backbone=backbone, weights=weights)
    elif backbone or weights:
        raise ConfigurationError(f"A network from scratch ({model}) has no other backbone and no pretrained weights.")
    return recipes


def _of_kind(kind: str, asked: Recipe | None) -> Recipe:
    if kind == "transfer":
        if asked and asked.backbone == "scratch":
            raise ConfigurationError("The recipe is one for the backbone 'scratch'. Expected one for a transfer model.")
        return asked or Recipe()
    usual = Recipe.read(NAMED_RECIPES / f"{kind}.toml")
    if asked is None:
        return usual
    sizes = (asked.crop_px,) if usual.backbone == "scratch" else asked.train_px
    return asked.replace(backbone=usual.backbone, weights="", freeze_features=False, train_px=sizes)


def _convert(name: str, value: Any, wanted: Any) -> Any:
    if get_origin(wanted) is tuple:
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(_convert(name, part, get_args(wanted)[0]) for part in values)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        kind = wanted.__name__ if isinstance(wanted, type | types.GenericAlias) else str(wanted)
        raise ConfigurationError(f"The setting {name!r} is {value!r}. Expected a value of type {kind}.")
    return value


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
