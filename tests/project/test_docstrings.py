"""Docstrings of functions begin with an imperative: what a reader scans first is what the function does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import landmark

PACKAGE = Path(landmark.__file__).parent
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef

# The verbs that docstrings begin with here. Before adding one, see whether a verb of the list says the same.
VERBS = """
accept add adjust advance allow answer append apply ask assign attach augment average begin bind block blur bring
build calibrate call cancel change check choose clear clip close collect colour combine compare complete compute
concatenate convert copy correct count create crop cut decide decode decrease delete derive describe detect determine
discard distinguish distribute divide do download draw drop embed encode end ensure enter enumerate escape estimate
evaluate exclude expand explain export extract fail fetch fill filter find finish fit fix flag flatten flush follow
forget format forward gather generate get give group guess hand handle hash hide hold identify ignore import include
increase infer initialize insert inspect interpolate iterate join keep label leave let limit link list load locate
lock log look lower make map mark match measure merge mix move multiply name normalise normalize note number offer
open order pack pad paint parse pass pick place plan plot pool predict prefer prepare print process project propose
put quantize raise rank read rebuild receive record reduce refine refuse register reject release remember remove
rename render repeat replace report require reserve reset resize resolve restore resume return reverse rotate round
run sample save say scale scan score search see seed select send separate serialize serve set share shorten show
shrink shuffle sign silence skip smooth solve sort split stack start state step stop store stream strip subtract sum
summarise summarize swap switch synchronise take test tile time track train transform translate trim truncate try tune
turn undo unpack update upload use validate verify wait walk warn watch weigh weight wrap write yield
"""


def first_words(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and first word of the docstring of each function; properties say what they are."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS) and (docstring := ast.get_docstring(node)):
            decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
            if decorators.isdisjoint({"property", "cached_property"}):
                yield node.lineno, docstring.split()[0].rstrip(",:;.")


def not_imperative(path: Path) -> list[str]:
    verbs = set(VERBS.split())
    found = first_words(path.read_text(encoding="utf-8"))
    return [f"{path.relative_to(PACKAGE.parent)}:{line}: {word}" for line, word in found if word.lower() not in verbs]


@pytest.mark.parametrize("package", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_docstrings_of_functions_begin_with_a_verb(package: str) -> None:
    wrong = [line for path in sorted((PACKAGE / package).rglob("*.py")) for line in not_imperative(path)]
    assert wrong == [], "begin with a verb, or add it to VERBS:\n" + "\n".join(wrong)


def test_what_is_found() -> None:
    source = '''
def a():
    """Return it."""

class B:
    def c(self):
        """The size, in pixels."""

    @property
    def d(self):
        """The size, in pixels."""
'''
    assert list(first_words(source)) == [(2, "Return"), (6, "The")]
