"""What the packages promise: imports go one way, the package is instant to import, the base needs no extra."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import landmark

PACKAGE = Path(landmark.__file__).parent
NEEDS_AN_EXTRA = ("training", "server")  # beside their settings, which the command line reads


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(PACKAGE.parent / "pyproject.toml")]
    found = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)
    assert found.returncode == 0, found.stdout


def test_every_package_has_its_place_in_the_contract() -> None:
    tool = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = {layer for contract in tool["contracts"] for layer in contract.get("layers", ())}
    assert named == {f"landmark.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}


def at_once(source: str) -> Iterator[str]:
    """Yield the packages that a module imports when it is imported itself."""

    def visit(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]
        is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in node.orelse if is_for_types else ast.iter_child_nodes(node):  # type: ignore[attr-defined]
            yield from visit(child)

    yield from visit(ast.parse(source))


def test_the_base_imports_at_once_only_what_the_base_install_has() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    names_of_base = {"pillow": "PIL", "pi-heif": "pi_heif"}  # where the import is not named like the package
    base = {item.split(">")[0] for item in project["dependencies"]}
    allowed = {names_of_base.get(name, name) for name in base} | sys.stdlib_module_names | {"landmark"}
    wrong = {
        str(path.relative_to(PACKAGE)): unknown
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in NEEDS_AN_EXTRA
        if (unknown := sorted(set(at_once(path.read_text(encoding="utf-8"))) - allowed))
    }
    assert wrong == {}


def test_public_names_resolve() -> None:
    assert landmark.__all__
    assert len(set(landmark.__all__)) == len(landmark.__all__)
    for name in landmark.__all__:
        assert getattr(landmark, name) is not None
    assert set(landmark.__all__) <= set(dir(landmark))
    with pytest.raises(AttributeError, match="no_such_name"):
        landmark.no_such_name  # noqa: B018


def loaded_by(statement: str) -> set[str]:
    """The modules that a new process holds after a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_is_instant() -> None:
    assert loaded_by("import landmark").isdisjoint({"torch", "numpy", "onnxruntime", "PIL", "rich", "typer"})


def test_the_star_import_brings_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from landmark import *", names)
    assert set(landmark.__all__) <= set(names)


def test_locating_needs_no_pytorch() -> None:
    assert loaded_by("import landmark.cli, landmark.model.predictor").isdisjoint(
        {"torch", "torchvision", "timm", "onnx"}
    )
