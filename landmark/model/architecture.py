"""Names of backbones: one of a library, or several with a plus between them, for an ensemble."""

from landmark.core.errors import ConfigurationError

PLUS = "+"


def backbone_names(name: str) -> list[str]:
    """Return the names of the backbones of an ensemble, mostly one. Raises `ConfigurationError` for the same one twice.

    >>> backbone_names("resnet50"), backbone_names("resnet18+mobilenetv2_100")
    (['resnet50'], ['resnet18', 'mobilenetv2_100'])
    """
    names = name.split(PLUS)
    if len(names) > 1 and ("" in names or len(set(names)) < len(names)):
        raise ConfigurationError(
            f"Found the backbones {name!r}. Expected different names with a plus between them, such as "
            "mobilenet_edgetpu_100+mobilenetv2_100."
        )
    return names
