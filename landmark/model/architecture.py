"""What backbones are called: a library's name, or several names with a plus, for backbones side by side."""

from landmark.core.errors import ConfigurationError

PLUS = "+"


def parts_of(name: str) -> list[str]:
    """The names of the backbones that a name means; one, mostly. Raises `ConfigurationError` for the same one twice.

    >>> parts_of("resnet50"), parts_of("resnet18+mobilenetv2_100")
    (['resnet50'], ['resnet18', 'mobilenetv2_100'])
    """
    names = name.split(PLUS)
    if len(names) > 1 and ("" in names or len(set(names)) < len(names)):
        raise ConfigurationError(
            f"Found the backbones {name!r}. Expected different names with a plus between them, such as "
            "mobilenet_edgetpu_100+mobilenetv2_100."
        )
    return names
