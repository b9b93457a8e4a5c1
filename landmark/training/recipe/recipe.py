"""How a model is trained, as one dataclass, which is also what files, command line and docs/recipe.md tell of it."""

import dataclasses
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import Any, Self

from landmark.core.errors import ConfigurationError
from landmark.training.recipe.checks import check_together
from landmark.training.recipe.file import read_recipe_file, recipe_toml
from landmark.training.recipe.settings import Range, accepted, setting

NETWORK, PHOTOS, AUGMENTATION = "Network", "Photos", "Augmentation"
OPTIMIZER, SAVING = "Optimizer", "Saving"

FROM_0, ABOVE_0, FROM_1 = Range(0), Range(above=0), Range(1)
KEEP = ("accuracy", "loss", "last")
SHARE, PART = Range(0, 1), Range(0, below=1)  # a part is never the whole

# Settings of features that are gone, and why: recipes and commands that still give them work, with a warning.
DEPRECATED_SETTINGS = {
    "teachers": "training learns from labels alone.",
    "distillation": "training learns from labels alone.",
    "refit": "the validation photos stay held out, so that the model can be calibrated.",
    "decoded_cache_mb": "photos are decoded again in every epoch.",
}


@dataclass(frozen=True)
class Recipe:
    """Everything that is chosen before training starts. Values are checked, whoever gives them.

    >>> Recipe(epochs=3).epochs
    3
    >>> Recipe.from_dict({"epoch": 3})
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: There is no setting 'epoch'. Did you mean 'epochs'?
    >>> Recipe(learning_rate=0)
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: The setting 'learning_rate' is 0. Expected a number, above 0.
    """

    backbone: str = setting(
        "mobilenet_edgetpu_100",
        "What makes the features: a name of the table of backbones, of timm's or torchvision's, or 'scratch'; several "
        "of timm's with a plus between them are an ensemble, each trained alone.",
        NETWORK,
    )
    weights: str = setting(
        "landmark",
        "What the backbone starts from: 'landmark' (the model that ships), 'imagenet' or another of the library's "
        "names, a file, a bundle's folder; empty: random; for an ensemble one for each, with a plus.",
        NETWORK,
    )
    pretraining_origin: str = setting("", "Whose weights they are, for the model card.", NETWORK)
    pretraining_licence: str = setting("", "Their licence, for the model card.", NETWORK)
    head: str = setting(
        "auto",
        "What stands on the features; auto: the course project's two layers for VGG, linear for all else.",
        NETWORK,
        ("auto", "linear", "two-layer", "cosine"),
    )
    margin: float = setting(0.3, "ArcFace's margin in radians, of the cosine head.", NETWORK, Range(0, 1.5))
    sub_centres: int = setting(3, "Centres of each landmark, of the cosine head.", NETWORK, FROM_1)
    freeze_features: bool = setting(False, "Train the head alone and leave the backbone as it is.", NETWORK)
    views: int = setting(
        4,
        "Augmented views of each photo whose features are kept on disk when the features are frozen; 0: none, and "
        "every epoch passes the photos through the backbone.",
        NETWORK,
        FROM_0,
    )
    scratch_batch_norm: bool = setting(True, "Batch norm in the network 'scratch'.", NETWORK)
    dropout: float = setting(
        0.2,
        "The share of what the head takes that is left out at random; the network 'scratch' has 0.2 of its own.",
        NETWORK,
        PART,
    )
    drop_path: float = setting(
        0.05, "The share of residual branches of the backbone left out at random.", NETWORK, PART
    )

    valid_ratio: float = setting(
        0.25,
        "The share of the training photos held out for validation, where they have no folder of their own.",
        PHOTOS,
        Range(above=0, below=1),
    )
    resize_px: int = setting(
        255, "Validation, test and use: the short side, before the centre is cut out.", PHOTOS, FROM_1
    )
    crop_px: int = setting(
        224, "Validation, test and use: the side of the square that the network sees.", PHOTOS, FROM_1
    )
    train_px: tuple[int, ...] = setting(
        (128, 160, 192),
        "Training: the side of that square; several are used one after the other over the epochs, for small photos "
        "teach faster; features that are kept are of the last.",
        PHOTOS,
        FROM_1,
    )
    batch_photos: int = setting(32, "Photos in a batch.", PHOTOS, FROM_1)
    balance: float = setting(
        0.5,
        "How often rare landmarks are drawn; 0: as the photos come, 1: every landmark equally often.",
        PHOTOS,
        SHARE,
    )
    class_weights: float = setting(
        0.0, "What counts the same in the loss; 0: every photo, 1: every landmark.", PHOTOS, SHARE
    )
    seed: int = setting(0, "The same split, weights and order for the same number.", PHOTOS, FROM_0)

    rotation_degrees: float = setting(0.0, "The largest rotation, in degrees.", AUGMENTATION, Range(0, 180))
    min_area: float = setting(
        0.3, "The smallest random crop, as a share of the photo.", AUGMENTATION, Range(above=0, at_most=1)
    )
    colour: float = setting(0.3, "The strength of changes of brightness, contrast and colour.", AUGMENTATION, SHARE)
    randaugment: int = setting(0, "The magnitude of RandAugment; 0: none.", AUGMENTATION, Range(0, 30))
    blur: float = setting(0.0, "The probability that a photo is blurred.", AUGMENTATION, SHARE)
    erasing: float = setting(0.0, "The probability that a rectangle is blanked.", AUGMENTATION, SHARE)
    mixup: float = setting(0.0, "The alpha of MixUp, which blends two photos; 0: none.", AUGMENTATION, FROM_0)
    cutmix: float = setting(
        0.0, "The alpha of CutMix, which pastes a part of another photo; 0: none.", AUGMENTATION, FROM_0
    )

    epochs: int = setting(12, "How often every photo is seen.", OPTIMIZER, FROM_1)
    optimizer: str = setting(
        "adamw",
        "How the weights move; lbfgs: a logistic regression on the kept features, fitted to convergence "
        "(freeze_features, linear head).",
        OPTIMIZER,
        ("adamw", "sgd", "lbfgs"),
    )
    momentum: float = setting(0.9, "The momentum of sgd.", OPTIMIZER, PART)
    schedule: str = setting(
        "cosine",
        "How the rates change, after the warm-up; constant: not at all, and without warm-up.",
        OPTIMIZER,
        ("cosine", "constant"),
    )
    learning_rate: float = setting(4e-4, "The rate of the backbone.", OPTIMIZER, ABOVE_0)
    head_learning_rate: float = setting(2e-3, "The rate of the head.", OPTIMIZER, ABOVE_0)
    layer_decay: float = setting(
        1.0,
        "Each block of the backbone below the last learns with this factor of the rate of the one above; 1: all the "
        "same.",
        OPTIMIZER,
        Range(above=0, at_most=1),
    )
    weight_decay: float = setting(
        0.02, "How strongly weights are drawn to 0; biases and norms are not.", OPTIMIZER, FROM_0
    )
    warm_up_epochs: float = setting(0.5, "Epochs over which the rates rise at the beginning.", OPTIMIZER, FROM_0)
    label_smoothing: float = setting(0.1, "The share of a label that is given to all landmarks alike.", OPTIMIZER, PART)
    clip_norm: float = setting(5.0, "The largest norm of the gradient; 0: any.", OPTIMIZER, FROM_0)
    accumulate: int = setting(1, "Batches whose gradients are summed for one step.", OPTIMIZER, FROM_1)
    average_decay: float = setting(
        0.995,
        "The decay of the moving average of the weights, which is what is validated and kept; 0: no average.",
        OPTIMIZER,
        PART,
    )
    freeze_batch_norm: bool = setting(
        True,
        "Keep the statistics of pretrained batch norm: small batches would spoil what was learnt on a million photos.",
        OPTIMIZER,
    )
    precision: str = setting(
        "float32", "The numbers that training computes with.", OPTIMIZER, ("float32", "bfloat16", "float16")
    )
    compile: bool = setting(False, "Compile the network with torch.compile before it is trained.", OPTIMIZER)
    patience: int = setting(0, "Stop after so many epochs without a better one; 0: never.", OPTIMIZER, FROM_0)
    keep_pretrained: float = setting(
        0.0,
        "How much it counts beside the labels that the classifier which the weights came with keeps answering as it "
        "did (learning without forgetting); 0: not at all.",
        OPTIMIZER,
        FROM_0,
    )

    keep: str = setting(
        "accuracy",
        "Which epoch's weights are kept: of the highest validation accuracy, of the lowest validation loss, or the "
        "last one's.",
        SAVING,
        KEEP,
    )
    soup: int = setting(
        1,
        "Trainings that begin alike and differ by chance; the mean of their weights is kept. Needs weights to start "
        "from.",
        SAVING,
        FROM_1,
    )
    # Settings of `DEPRECATED_SETTINGS`: accepted, warned of, and ignored.
    teachers: InitVar[Any] = None
    distillation: InitVar[Any] = None
    refit: InitVar[Any] = None
    decoded_cache_mb: InitVar[Any] = None

    def __post_init__(self, *deprecated: Any) -> None:
        for name, value in zip(DEPRECATED_SETTINGS, deprecated, strict=True):
            if value is not None:
                # A FutureWarning, which is shown: whoever writes a recipe is mostly no programmer.
                warnings.warn(
                    f"The setting {name!r} is ignored: {DEPRECATED_SETTINGS[name]}", FutureWarning, stacklevel=3
                )
        for item in dataclasses.fields(self):
            object.__setattr__(self, item.name, accepted(item, getattr(self, item.name)))  # it is frozen
        check_together(self)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a configuration file, or a recipe that comes with the package, by its name ("seed").

        What it leaves out keeps its default. Raises `ConfigurationError` for a file that is missing or no recipe.
        """
        return cls.from_dict(read_recipe_file(path))

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """Make a recipe of settings by name. Raises `ConfigurationError` for an unknown name or a wrong value."""
        cls.check_names(found)
        return cls(**found)

    def replace(self, **settings: Any) -> Self:
        """Return the same recipe with some settings changed; None leaves one as it is."""
        self.check_names(settings)
        return dataclasses.replace(self, **{name: value for name, value in settings.items() if value is not None})

    def to_toml(self) -> str:
        """Write the recipe as a configuration file, in groups.

        >>> print(Recipe(epochs=3).to_toml().partition("\\n\\n")[0])  # doctest: +ELLIPSIS
        # Network
        backbone = "mobilenet_edgetpu_100"
        ...
        """
        return recipe_toml(self)

    @classmethod
    def check_names(cls, names: Iterable[str]) -> None:
        """Raise `ConfigurationError` for the first name that is none of a setting."""
        known = [item.name for item in dataclasses.fields(cls)]
        for name in names:
            if name not in known and name not in DEPRECATED_SETTINGS:
                import difflib  # a misspelt setting alone needs it

                near = difflib.get_close_matches(name, known, n=1)
                told = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
                raise ConfigurationError(f"There is no setting {name!r}. {told}")
