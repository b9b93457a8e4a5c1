"""docs/recipe.md: what the dataclass says, word for word."""

from pathlib import Path

from landmark.training.recipe.table import recipe_page

PAGE = Path(__file__).resolve().parents[2] / "docs/recipe.md"


def test_the_page_says_what_the_dataclass_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == recipe_page(), "run `make docs`"
