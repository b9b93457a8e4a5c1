"""How a model is trained: the settings, their file, their options on the command line, their table in the docs."""

from landmark.training.recipe.recipe import Recipe

__all__ = ["Recipe"]
