"""Shares as people type them, by one parser: 70%, 0.7, and what is said of 70."""

from typing import Any

import pytest
import typer
from typer.main import get_command

from landmark.cli import app
from landmark.cli.shared_options import read_number, read_share

OPTIONS = [("tag", "threshold"), ("review", "threshold"), ("locate", "false_places"), ("locate", "coverage"),
           ("calibrate", "false_places")]  # fmt: skip


@pytest.mark.parametrize("text", ["70%", "70 %", " 70% ", "0.7", "7e-1"])
def test_seven_tenths(text: str) -> None:
    assert read_share(text) == read_number(text) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("text", "said"),
    [("70", "for 70 in a hundred write 70%"), ("1.5", "write 1.5%"), ("170", "such as 70% or 0.7."), ("-1", "0.7."),
     ("170%", "0.7."), ("nan", "0.7."), ("much", "'much'"), ("", "''"), ("%", "'%'")],
)  # fmt: skip
def test_what_is_no_share_is_named_with_what_may_be_meant(text: str, said: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        read_share(text)
    assert said in str(refused.value) and "Expected a" in str(refused.value)
    assert "in a hundred" not in str(refused.value) or text in ("70", "1.5")


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_that_is_a_share_takes_both_forms(command: str, option: str) -> None:
    found: Any = get_command(app).commands[command]  # type: ignore[attr-defined]
    parameter = next(item for item in found.params if item.name == option)
    context = typer.Context(found)
    for text in ("70%", "0.7"):
        assert parameter.type_cast_value(context, text) == pytest.approx(0.7)
    with pytest.raises(typer.BadParameter, match="write 70%"):
        parameter.type_cast_value(context, "70")
