"""MLflow: runs to compare, in a local database beside the run, or on the server that MLFLOW_TRACKING_URI names."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landmark.core.errors import require
from landmark.core.files import atomic_write
from landmark.scoring.report import Report
from landmark.training.tracking.tracker import Tracker, figures, flat

MLFLOW_FOLDER = "mlruns"
RUN_ID_FILE = "mlflow_run_id.txt"
_EXPERIMENT = "landmark"
_PARAMS_PER_CALL = 100  # the service takes no more


class MLflow(Tracker):
    """Writes a run of the experiment `landmark`: settings, numbers per epoch, confusion matrix, scores, the model.

    The run's id is kept in the folder, so a resumed training continues in the same run. MLflow takes nothing back:
    of an epoch that was repeated it shows both values, and counts the later one.

    Example: `MLflow(Path("landmark-run"), run_name="first")`.
    """

    def __init__(self, folder: Path, *, run_name: str) -> None:
        # Before the import: MLflow reports each use to its makers otherwise, and makes a file in the home folder.
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        # A server that never answers holds the training up for a minute and a half, where MLflow would wait many.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        self._library: Any = require("mlflow", "mlflow")
        self._server = os.environ.get("MLFLOW_TRACKING_URI")
        if not self._server:
            for package in ("sqlalchemy", "alembic"):  # mlflow-skinny needs them for a database, and brings none
                require(package, "mlflow")
        self._folder = folder.resolve()
        self._run_name = run_name
        self._client: Any = None
        self._run_id = ""

    def start(self, config: Mapping[str, Any], *, epochs_before: int) -> None:
        """Make a run with the settings as its parameters, or take up the one that was stopped."""
        self._client = self._library.MlflowClient(tracking_uri=self._server or self._local_store())
        self._run_id = self._stopped_run() if epochs_before else ""
        if self._run_id:
            self._client.update_run(self._run_id, status="RUNNING")
            return
        self._run_id = self._client.create_run(self._experiment(), run_name=self._run_name).info.run_id
        with atomic_write(self._folder / RUN_ID_FILE) as file:
            file.write(f"{self._run_id}\n".encode())
        params = [self._library.entities.Param(name, str(value)) for name, value in flat(config).items()]
        for begin in range(0, len(params), _PARAMS_PER_CALL):
            self._client.log_batch(self._run_id, params=params[begin : begin + _PARAMS_PER_CALL])

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Log an epoch's numbers, the epoch as their step."""
        self._log_numbers(figures(row), step=int(row["epoch"]))

    def finish(self, *, report: Report | None, model: Path | None) -> None:
        """Log the scores of validation, `confusion.json` and `validation.json`, the model, and that the run is over."""
        if report:
            scores = {name: getattr(report, name) for name in ("accuracy", "macro_accuracy", "top_3", "top_5")}
            self._log_numbers({f"validation_{name}": score for name, score in scores.items()}, step=0)
            landmarks = [score.landmark for score in report.per_landmark]
            confusion = {"landmarks": landmarks, "photos": report.confusion_matrix().tolist()}
            self._client.log_dict(self._run_id, confusion, "confusion.json")
            self._client.log_dict(self._run_id, report.to_dict(), "validation.json")
        if model:
            log_model = self._client.log_artifacts if model.is_dir() else self._client.log_artifact
            log_model(self._run_id, str(model), "model")
        self._client.set_terminated(self._run_id)

    def _local_store(self) -> str:
        """Return the address of the database in the run's folder, which is made where there is none."""
        store = self._folder / MLFLOW_FOLDER
        store.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # logs every table that it makes
        # SQLAlchemy writes the address, for whether a space in it is written %20 depends on its version.
        address = require("sqlalchemy", "mlflow").URL.create("sqlite", database=(store / "mlflow.db").as_posix())
        return str(address.render_as_string(hide_password=False))

    def _experiment(self) -> str:
        if experiment := self._client.get_experiment_by_name(_EXPERIMENT):
            return str(experiment.experiment_id)
        # MLflow's own choice for a database is a folder in whatever folder the command was given in.
        place = None if self._server else (self._folder / MLFLOW_FOLDER / "artifacts").as_uri()
        return str(self._client.create_experiment(_EXPERIMENT, artifact_location=place))

    def _stopped_run(self) -> str:
        """Return the run that this folder's training was recorded in; empty where this store has none of that id."""
        try:
            run_id = (self._folder / RUN_ID_FILE).read_text().strip()
            return str(self._client.get_run(run_id).info.run_id)
        except FileNotFoundError:
            return ""
        except self._library.MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return ""

    def _log_numbers(self, numbers: Mapping[str, float], *, step: int) -> None:
        now_ms = int(time.time() * 1000)
        metrics = [self._library.entities.Metric(name, value, now_ms, step) for name, value in numbers.items()]
        self._client.log_batch(self._run_id, metrics=metrics)
