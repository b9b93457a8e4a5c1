"""The house has two floors and an annex, and imports go one way: the tables here are that order, for every module."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import landmark

PACKAGE = Path(landmark.__file__).parent

# A module imports only from lines above its own. Modules of one line do not know each other.
UPPER_FLOOR = (
    {"cores", "errors", "few_bits", "progress", "wording", "photo_cache", "user_folder"},
    {"backbone_names", "files"},
    {"photo_digests"},
    {"metrics.arrays"},
    {"metrics.accuracy"},
    {"metrics.intervals"},
    {"metrics.confidence", "metrics.distance", "metrics.paired", "metrics.ranking"},
    {"geo", "categories", "metrics", "preprocessing"},
    {"photo.formats", "photo.colours", "photo.baggage"},
    {"photo.truncation", "photo.folder"},
    {"photo.door"},
    {"photo"},
    {"photo.walk", "photo.thumbnails"},
    {"calibration.logistic", "calibration.prediction_sets", "calibration.confidence", "calibration.familiarity"},
    {"calibration"},
    {"calibration.confidence_fit", "calibration.familiarity_fit", "calibration.shares"},
    {"recipe.settings", "recipe.file", "recipe.checks"},
    {"recipe.recipe"},
    {"recipe"},
    {"recipe.choice", "recipe.table"},
    {"gazetteer", "report", "looks", "folders"},
    {"prepared_photos", "splits"},
    {"metadata.reading", "metadata.tiff", "metadata.packets", "metadata.splices", "metadata.sidecars",
     "metadata.place_tag"},
    {"metadata.exif", "metadata.xmp", "metadata.takeout", "metadata.jpeg", "metadata.png", "metadata.webp",
     "metadata.heif"},
    {"metadata.containers", "metadata.exif_writing", "metadata.xmp_writing", "metadata.heif_writing"},
    {"metadata.precedence"},
    {"metadata.embedding"},
    {"metadata"},
    {"tracking.tracker"},
    {"tracking.jsonl", "tracking.tensorboard", "tracking.mlflow", "tracking.epoch_table"},
    {"tracking"},
    {"bundle.card"},
    {"bundle.model_card_header", "bundle.model_card_code"},
    {"bundle.model_card"},
    {"bundle.folder"},
    {"bundle"},
    {"sessions", "answer", "places"},
    {"answer_text"},
    {"explanation.occlusion", "explanation.heat_map"},
    {"explanation.explanation"},
    {"explanation"},
    {"inference"},
    {"neighbours", "bundle.calibrating"},
    {"bundle.quantisation"},
    {"tagging.lock"},
    {"tagging.rows", "tagging.album", "tagging.clocks", "tagging.neighbours", "tagging.rewriting", "tagging.journal",
     "tagging.look"},
    {"tagging.looks", "tagging.policy", "tagging.summary", "tagging.writing", "tagging.undo"},
    {"tagging.decisions", "tagging.outputs"},
    {"tagging.pipeline"},
    {"tagging"},
    {"inspection.flaws", "inspection.image_hashes", "inspection.overlap"},
    {"inspection.findings", "inspection.photo_headers", "inspection.photo_scans"},
    {"inspection.contents"},
    {"inspection"},
    {"plots", "plots.figure"},
    {"plots.world", "plots.curves", "plots.confusion", "plots.data_figures", "plots.networks", "webpage"},
    {"plots.candidates", "tagging.page"},
    {"inspection.duplicates", "tagging.request"},
    {"inspection.label_doubts", "inspection.shortcuts"},
    {"inspection.examination"},
    {"inspection.findings_page", "inspection.cleaning"},
    {"inspection.page"},
    {"explanation.similar_photos"},
    {"explanation.page"},
    {"scoring.svg", "scoring.leaks", "scoring.scored_photos"},
    {"scoring.parts", "scoring.difference"},
    {"scoring.others"},
    {"scoring.scorecard"},
    {"scoring.measuring", "scoring.charts", "scoring.text"},
    {"scoring"},
    {"scoring.tables"},
    {"scoring.page"},
    {"commands", "commands.app", "commands.recipe_options"},
    {"commands.locate", "commands.explain", "commands.tag", "commands.serve", "commands.train", "commands.model",
     "commands.inspect", "commands.test"},
    {"cli"},
    {"__main__"},
)  # fmt: skip

# Needs PyTorch. May import from the upper floor; the upper floor imports from here inside functions only.
LOWER_FLOOR = (
    {"processes", "sampling", "training_metrics", "interrupts", "feature_store", "decoded_photos"},
    {"models.network", "models.side_by_side"},
    {"models.heads"},
    {"models.backbones", "models.scratch"},
    {"models.weights"},
    {"models.transfer"},
    {"models"},
    {"models.outline"},
    {"data", "checkpoint"},
    {"features"},
    {"training.fingerprint", "training.linear_fit", "training.optimisation", "training.retention"},
    {"training.updating"},
    {"training.epochs", "training.distillation", "training.head_fit"},
    {"training.loop"},
    {"training"},
    {"evaluation", "export", "prediction"},
    {"runs"},
    {"runs.files", "runs.bundling", "runs.networks", "runs.side_by_side"},
    {"runs.finetuning", "runs.checks"},
    {"runs.contestants", "runs.tuning", "runs.exporting"},
    {"runs.page"},
    {"runs.comparison"},
)

# Needs the extra serve. May import from the upper floor; the upper floor imports from here inside functions only.
SERVER_ANNEX = (
    {"server"},
    {"server.settings", "server.metrics", "server.replies", "server.clients", "server.docs_page"},
    {"server.bodies"},
    {"server.room", "server.multipart", "server.limits", "server.security", "server.observation",
     "server.api_description"},
    {"server.batching", "server.pages"},
    {"server.locate", "server.vision", "server.operations"},
    {"server.follow_ups"},
    {"server.app"},
    {"server.supervisor"},
)

FLOOR_AND_LINE = {
    module: (floor, line)
    for floor, lines in (("upper", UPPER_FLOOR), ("lower", LOWER_FLOOR), ("annex", SERVER_ANNEX))
    for line, modules in enumerate(lines)
    for module in modules
}


@dataclass(frozen=True)
class Import:
    """One import statement's target, and whether it runs when the module is imported."""

    importer: str
    target: str  # "photo" or "models.transfer" for ours, "" for the package itself, "numpy" for others
    ours: bool
    at_once: bool
    line: int

    def __str__(self) -> str:
        return f"landmark.{self.importer} line {self.line} imports {'landmark.' * self.ours}{self.target}"


def module_names() -> dict[str, Path]:
    """Every module of the package by its dotted name, without the package itself."""
    names = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    del names[""]
    return names


def imports_of(module: str, source: str) -> Iterator[Import]:
    """All imports of a module's source, leaving out those that only a type checker sees."""

    def visit(node: ast.AST, at_once: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            children: list[ast.AST] = [*node.orelse]
        else:
            children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"landmark.{module} line {node.lineno}: relative imports hide the order"
            # The version is the one name that the package itself defines.
            inner = [f"{node.module}.{alias.name}" for alias in node.names if alias.name != "__version__"]
            targets = [name if name.removeprefix("landmark.") in FLOOR_AND_LINE else str(node.module) for name in inner]
        else:
            targets = []
        for target in dict.fromkeys(targets):
            root, _, rest = target.partition(".")
            ours = root == "landmark"
            yield Import(module, rest if ours else root, ours, at_once, node.lineno)  # type: ignore[attr-defined]
        runs_later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in children:
            yield from visit(child, at_once and not runs_later)

    yield from visit(ast.parse(source), True)


def faults(modules: dict[str, str]) -> list[str]:
    """What breaks the order, in words; `modules` holds each module's source."""
    found = []
    for module, source in modules.items():
        if module not in FLOOR_AND_LINE:
            continue  # told by test_every_module_has_its_place_and_every_place_its_module
        floor, line = FLOOR_AND_LINE[module]
        for item in imports_of(module, source):
            if not item.ours:
                continue
            if item.target not in FLOOR_AND_LINE:
                found.append(f"{item}: import from the module that defines the name")
                continue
            other_floor, other_line = FLOOR_AND_LINE[item.target]
            if floor == other_floor and other_line >= line:
                found.append(f"{item}, which does not stand above it")
            if floor == "upper" and other_floor != "upper" and item.at_once:
                found.append(f"{item} at once; upstairs that belongs inside a function: its packages may be missing")
            if {floor, other_floor} == {"lower", "annex"}:
                found.append(f"{item}: training and the server do not know each other")
    return found


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return {name: path.read_text(encoding="utf-8") for name, path in module_names().items()}


def test_every_module_has_its_place_and_every_place_its_module(sources: dict[str, str]) -> None:
    assert set(sources) == set(FLOOR_AND_LINE)
    places = sum(map(len, UPPER_FLOOR + LOWER_FLOOR + SERVER_ANNEX))
    assert len(FLOOR_AND_LINE) == places, "a module stands in the table twice"


def test_imports_go_one_way(sources: dict[str, str]) -> None:
    assert faults(sources) == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        ("photo", "from landmark.cli import main", "does not stand above it"),
        ("photo", "def f():\n    import landmark.cli", "does not stand above it"),
        ("geo", "from landmark import photo", "does not stand above it"),
        ("cli", "from landmark.training import train", "inside a function"),
        ("cli", "try:\n    import landmark.models\nexcept ImportError:\n    pass", "inside a function"),
        ("cli", "class A:\n    import landmark.models", "inside a function"),
        ("data", "from landmark.training import train", "does not stand above it"),
        ("cli", "from landmark.server.app import create_app", "inside a function"),
        ("server.app", "def f():\n    from landmark.training import train", "do not know each other"),
        ("cli", "from landmark import Predictor", "import from the module that defines the name"),
    ],
)
def test_a_wrong_import_would_be_noticed(module: str, source: str, fault: str) -> None:
    found = faults({module: source})
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cli", "def f():\n    from landmark.training import train"),
        ("geo", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from landmark.training import train"),
        ("training", "from landmark.photo import read_photo"),
    ],
)
def test_what_the_order_allows_is_left_alone(module: str, source: str) -> None:
    assert faults({module: source}) == []


def test_upstairs_nothing_is_imported_at_once_that_the_base_install_leaves_out(sources: dict[str, str]) -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    names_of_base = {"pillow": "PIL", "pi-heif": "pi_heif"}  # where the import is not named like the package
    base = {item.split(">")[0] for item in project["dependencies"]}
    allowed = {names_of_base.get(name, name) for name in base} | sys.stdlib_module_names
    upstairs = [name for name in sources if name not in FLOOR_AND_LINE or FLOOR_AND_LINE[name][0] == "upper"]
    wrong = [
        str(item)
        for module in upstairs
        for item in imports_of(module, sources[module])
        if item.at_once and not item.ours and item.target not in allowed
    ]
    assert wrong == []


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
    names = {}
    exec("from landmark import *", names)
    assert set(landmark.__all__) <= set(names)


def test_locating_needs_no_pytorch() -> None:
    assert loaded_by("import landmark.cli, landmark.inference").isdisjoint({"torch", "torchvision", "timm", "onnx"})
