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
        "The network that computes the features: a name of the table of backbones, of timm or torchvision, or "
        "'scratch'. Several of timm's, joined with +, are an ensemble; each is trained by itself.",
        NETWORK,
    )
    weights: str = setting(
        "landmark",
        "What the backbone starts from: 'landmark' (the model in the package), 'imagenet' or another name that the "
        "library knows, a file, or the folder of a bundle; empty: random. For an ensemble one for all, or one for "
        "each, joined with +.",
        NETWORK,
    )
    pretraining_origin: str = setting("", "Where the pretrained weights come from, for the model card.", NETWORK)
    pretraining_licence: str = setting("", "The licence of the pretrained weights, for the model card.", NETWORK)
    head: str = setting(
        "auto",
        "The classifier on top of the features; auto: the course project's two layers for VGG, otherwise linear.",
        NETWORK,
        ("auto", "linear", "two-layer", "cosine"),
    )
    margin: float = setting(0.3, "ArcFace's margin in radians, for the cosine head.", NETWORK, Range(0, 1.5))
    sub_centres: int = setting(3, "Centres per landmark, for the cosine head.", NETWORK, FROM_1)
    freeze_features: bool = setting(False, "Train only the head and keep the backbone as it is.", NETWORK)
    views: int = setting(
        4,
        "Augmented views of each photo whose features are kept on disk if the backbone is frozen; 0: none, so that "
        "every epoch passes the photos through the backbone.",
        NETWORK,
        FROM_0,
    )
    scratch_batch_norm: bool = setting(True, "Batch norm in the network 'scratch'.", NETWORK)
    dropout: float = setting(
        0.2,
        "The share of the head's inputs that is dropped at random; the network 'scratch' always drops 0.2.",
        NETWORK,
        PART,
    )
    drop_path: float = setting(
        0.05, "The share of the backbone's residual branches that is dropped at random.", NETWORK, PART
    )

    valid_ratio: float = setting(
        0.25,
        "The share of the training photos held out for validation, if there is no folder valid/.",
        PHOTOS,
        Range(above=0, below=1),
    )
    resize_px: int = setting(
        255, "For validation, test and use: the short side before the centre crop, in pixels.", PHOTOS, FROM_1
    )
    crop_px: int = setting(224, "For validation, test and use: the side of the centre crop, in pixels.", PHOTOS, FROM_1)
    train_px: tuple[int, ...] = setting(
        (128, 160, 192),
        "For training: the side of the random crop, in pixels. Several sizes are used one after the other over the "
        "epochs, as small photos train faster; a frozen backbone's features use the last one.",
        PHOTOS,
        FROM_1,
    )
    batch_photos: int = setting(32, "Photos per batch.", PHOTOS, FROM_1)
    balance: float = setting(
        0.5,
        "What is drawn equally often; 0: every photo, 1: every landmark; between: rare landmarks more often.",
        PHOTOS,
        SHARE,
    )
    class_weights: float = setting(
        0.0, "What counts equally in the loss; 0: every photo, 1: every landmark.", PHOTOS, SHARE
    )
    seed: int = setting(0, "The seed of random numbers: split, initial weights, order of photos.", PHOTOS, FROM_0)

    rotation_degrees: float = setting(0.0, "The largest rotation, in degrees.", AUGMENTATION, Range(0, 180))
    min_area: float = setting(
        0.3, "The smallest random crop, as a share of the photo.", AUGMENTATION, Range(above=0, at_most=1)
    )
    colour: float = setting(
        0.3, "The strength of random changes of brightness, contrast and colour.", AUGMENTATION, SHARE
    )
    randaugment: int = setting(0, "The magnitude of RandAugment; 0: none.", AUGMENTATION, Range(0, 30))
    blur: float = setting(0.0, "The probability that a photo is blurred.", AUGMENTATION, SHARE)
    erasing: float = setting(0.0, "The probability that a rectangle of the photo is blanked.", AUGMENTATION, SHARE)
    mixup: float = setting(0.0, "The alpha of MixUp, which blends two photos; 0: none.", AUGMENTATION, FROM_0)
    cutmix: float = setting(
        0.0, "The alpha of CutMix, which pastes a part of another photo; 0: none.", AUGMENTATION, FROM_0
    )

    epochs: int = setting(12, "How often every photo is seen.", OPTIMIZER, FROM_1)
    optimizer: str = setting(
        "adamw",
        "The optimizer; lbfgs: a logistic regression on cached features, fitted to convergence (needs freeze_features "
        "and a linear head).",
        OPTIMIZER,
        ("adamw", "sgd", "lbfgs"),
    )
    momentum: float = setting(0.9, "The momentum of sgd.", OPTIMIZER, PART)
    schedule: str = setting(
        "cosine",
        "How the learning rates change after the warm-up; constant: not at all, and no warm-up.",
        OPTIMIZER,
        ("cosine", "constant"),
    )
    learning_rate: float = setting(4e-4, "The learning rate of the backbone.", OPTIMIZER, ABOVE_0)
    head_learning_rate: float = setting(2e-3, "The learning rate of the head.", OPTIMIZER, ABOVE_0)
    layer_decay: float = setting(
        1.0,
        "The learning rate of each block of the backbone, as a multiple of that of the next block towards the head; 1: "
        "all the same.",
        OPTIMIZER,
        Range(above=0, at_most=1),
    )
    weight_decay: float = setting(0.02, "Weight decay; biases and normalisation layers have none.", OPTIMIZER, FROM_0)
    warm_up_epochs: float = setting(
        0.5, "Epochs over which the learning rates rise at the beginning.", OPTIMIZER, FROM_0
    )
    label_smoothing: float = setting(
        0.1, "The share of each label that is spread evenly over all landmarks.", OPTIMIZER, PART
    )
    clip_norm: float = setting(5.0, "The norm to which gradients are clipped; 0: no clipping.", OPTIMIZER, FROM_0)
    accumulate: int = setting(1, "Batches whose gradients are added up for one step.", OPTIMIZER, FROM_1)
    average_decay: float = setting(
        0.995,
        "The decay of the moving average of the weights, which is validated and kept; 0: no average.",
        OPTIMIZER,
        PART,
    )
    freeze_batch_norm: bool = setting(
        True,
        "Keep the statistics of pretrained batch norm, which small batches would spoil.",
        OPTIMIZER,
    )
    precision: str = setting(
        "float32", "The number format in which training computes.", OPTIMIZER, ("float32", "bfloat16", "float16")
    )
    compile: bool = setting(False, "Compile the network with torch.compile before training.", OPTIMIZER)
    patience: int = setting(0, "Stop after this many epochs without improvement; 0: never.", OPTIMIZER, FROM_0)
    keep_pretrained: float = setting(
        0.0,
        "The weight of the learning-without-forgetting loss, by which the classifier that came with the weights keeps "
        "its answers; 0: off.",
        OPTIMIZER,
        FROM_0,
    )

    keep: str = setting(
        "accuracy",
        "Which epoch's weights are kept: the one with the highest validation accuracy, with the lowest validation "
        "loss, or the last.",
        SAVING,
        KEEP,
    )
    soup: int = setting(
        1,
        "The number of trainings from the same start with other random numbers; the mean of their weights is kept. "
        "Needs pretrained weights.",
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
