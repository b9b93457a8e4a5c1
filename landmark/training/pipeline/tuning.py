"""`landmark tune`: which head, and how it is trained, does best on a frozen backbone; many quick trials, by Optuna.

The features of every photo are computed once and serve all trials. Settings that the user gives stay as they are.
"""

import logging
import shutil
import warnings
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from landmark.core.errors import ConfigurationError, require
from landmark.core.files import atomic_write, holds_json, rename_to_backup, write_json
from landmark.core.logs import log_level, messages_to
from landmark.core.text import percent_text, text_table
from landmark.dataset.splits import Split, split_data
from landmark.model.architecture import backbone_names
from landmark.pages.rendering import write_page
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.training.device import pick_device
from landmark.training.head import LBFGS
from landmark.training.options import Run, log_file
from landmark.training.pipeline.finetuning import train_recipe
from landmark.training.recipe import Recipe

logger = logging.getLogger(__name__)

BEST, TRIALS, PAGE, ASKED = "best.toml", "trials.log", "tune.html", "tune.json"
HEADS = ("logistic", "linear", "two-layer")  # logistic: the linear one, fitted to convergence


@dataclass(frozen=True)
class Tuning:
    """What a search has found: the best recipe, its validation accuracy, and how many trials there were."""

    best: Recipe
    accuracy: float
    n_trials: int
    seconds_per_trial: float
    table: tuple[tuple[str, ...], ...]  # with a header, the best first

    def __str__(self) -> str:
        return "\n".join([*text_table(self.table[:11]), f"{self.n_trials} trials, {self.seconds_per_trial:.1f} s each"])


def tune(
    data: str | Path,
    recipe: Recipe | None = None,
    out: str | Path = "landmark-tune",
    *,
    fixed: Collection[str] = (),
    n_trials: int = 50,
    device: str = "cpu",
    log: Callable[[str], None] = print,
    rules: IgnoreRules = DEFAULT_RULES,
) -> Tuning:
    """Search until there are `n_trials` trials, those of earlier starts counted; `out/best.toml` is the best recipe.

    The settings named in `fixed` keep the recipe's values. `out/tune.html` shows the trials. The test photos are not
    looked at. A search of other photos or another recipe in the same folder is kept aside. `rules` say which files and
    folders are left out.

    Example: `tune("my_photos", n_trials=20).best`.
    """
    if n_trials < 1:
        raise ConfigurationError(f"n_trials is {n_trials}. Expected 1 or more.")
    Recipe.check_names(fixed)
    optuna = require("optuna", "tune")
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # a trial that fails raises its error here
    base, out = (recipe or Recipe()).replace(freeze_features=True), Path(out)
    if len(backbone_names(base.backbone)) > 1:
        raise ConfigurationError(f"Heads are searched for one backbone; found {base.backbone}. Expected one of them.")
    with messages_to(log), log_file(out):
        split = split_data(data, valid_ratio=base.valid_ratio, seed=base.seed, rules=rules)
        study = _open_study(optuna, out, base, split, fixed)

        def report(study: Any, trial: Any) -> None:
            valid, best = percent_text(trial.value, 2), percent_text(study.best_value, 2)
            logger.info(f"trial {len(_complete(study))}/{n_trials}: {valid} valid, best {best}  {trial.params}")

        study.optimize(
            lambda trial: _try(trial, split, base, fixed, out / "trial", device),
            n_trials=max(0, n_trials - len(_complete(study))),
            callbacks=[report],
        )
        tuning = _sum_up(optuna, study, base, fixed)
        with atomic_write(out / BEST) as file:
            file.write(tuning.best.to_toml().encode())
        write_page(
            out / PAGE,
            Path(__file__).with_name("templates") / "tuning.html",
            title="Search for a head",
            lead=f"{tuning.n_trials} trials, {tuning.seconds_per_trial:.1f} s each, on validation",
            trials=tuning.table,
            history=optuna.visualization.plot_optimization_history(study),
            settings=optuna.visualization.plot_slice(study),
        )
        logger.info(f"{tuning}\nWrote {out / BEST} and {out / PAGE}. Next: landmark train {data} --config {out / BEST}")
    return tuning


def _open_study(optuna: Any, out: Path, base: Recipe, split: Split, fixed: Collection[str]) -> Any:
    """Return the search of this folder, to resume it, or a new one."""
    asked = {"recipe": asdict(base), "split": split.to_dict(), "fixed": sorted(fixed)}
    if not holds_json(out / ASKED, asked) and (kept := rename_to_backup(out / TRIALS)):
        logger.info(f"The trials here are of other photos or another recipe. Kept as {kept}.")
    write_json(out / ASKED, asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        journal = optuna.storages.journal
        storage = optuna.storages.JournalStorage(journal.JournalFileBackend(str(out / TRIALS)))
    sampler = optuna.samplers.TPESampler(seed=base.seed)
    study = optuna.create_study(
        storage=storage, study_name="heads", direction="maximize", sampler=sampler, load_if_exists=True
    )
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):  # of a start that was killed
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    if done := _complete(study):
        logger.info(f"Resuming after {len(done)} trials, the best {percent_text(study.best_value, 2)}.")
    return study


def _try(trial: Any, split: Split, base: Recipe, fixed: Collection[str], out: Path, device: str) -> float:
    """Return the validation accuracy of one recipe; what it wrote is of no further use."""
    recipe = base.replace(**propose(trial, base, fixed))
    shutil.rmtree(out, ignore_errors=True)
    # Of a trial only its long work is shown: computing features.
    with log_level("landmark.training", logging.WARNING), log_level("landmark.training.features", logging.INFO):
        metrics = train_recipe(split, recipe, Run.in_folder(out, device=pick_device(device))).metrics
    shutil.rmtree(out)
    return metrics.valid_acc[(metrics.best_epoch or 1) - 1]


def propose(trial: Any, base: Recipe, fixed: Collection[str]) -> dict[str, Any]:
    """Return the settings that an Optuna trial asks for, by name, but for those in `fixed`."""
    settings: dict[str, Any] = {}
    kind = "logistic" if base.optimizer == LBFGS else "linear"
    if not {"head", "optimizer"} & set(fixed):
        kind = trial.suggest_categorical("kind", HEADS)
        settings = {"head": "two-layer" if kind == "two-layer" else "linear"}
        settings["optimizer"] = LBFGS if kind == "logistic" else "adamw"

    def suggest(name: str, low: float, high: float, *, log: bool = False) -> None:
        if name not in fixed:
            settings[name] = trial.suggest_float(name, low, high, log=log)

    if "views" not in fixed:
        settings["views"] = trial.suggest_categorical("views", (1, 2, 4))
    suggest("balance", 0.0, 1.0)
    if kind == "logistic":
        if "weight_decay" not in fixed:  # it counts for features in their own deviations: far smaller ones are right
            settings["weight_decay"] = trial.suggest_float("logistic_weight_decay", 1e-5, 1e-2, log=True)
    else:
        suggest("weight_decay", 1e-4, 1.0, log=True)
        suggest("head_learning_rate", 3e-4, 3e-2, log=True)
        suggest("label_smoothing", 0.0, 0.3)
        suggest("dropout", 0.0, 0.6)
    return settings


def _complete(study: Any) -> list[Any]:
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]


def _sum_up(optuna: Any, study: Any, base: Recipe, fixed: Collection[str]) -> Tuning:
    trials = sorted(_complete(study), key=lambda trial: -trial.value)
    names = sorted({name for trial in trials for name in trial.params})
    rows = [
        (str(trial.number + 1), percent_text(trial.value, 2), f"{trial.duration.total_seconds():.1f}",
         *(_short(trial.params.get(name)) for name in names))
        for trial in trials
    ]  # fmt: skip
    best = base.replace(**propose(optuna.trial.FixedTrial(trials[0].params), base, fixed))
    seconds = sum(trial.duration.total_seconds() for trial in trials) / len(trials)
    return Tuning(best, trials[0].value, len(trials), seconds, (("trial", "valid", "s", *names), *rows))


def _short(value: Any) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
