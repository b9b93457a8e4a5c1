"""What people see of warnings at the command line."""

import subprocess
import sys
import warnings

import pytest

from landmark.cli import entry_point


def test_a_warning_is_one_line_without_file_and_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        warnings.simplefilter("default")
        for _ in range(2):
            warnings.warn("The recipe holds other photos.", stacklevel=1)
        print("done")

    before = warnings.showwarning
    monkeypatch.setattr(entry_point, "app", command)
    entry_point.main()
    assert capsys.readouterr() == ("done\n", "landmark: The recipe holds other photos.\n")
    assert warnings.showwarning is before, "who calls it from a program keeps warnings of their own"


def test_warnings_that_are_errors_stay_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def command() -> None:
        warnings.simplefilter("error")
        warnings.warn("no", stacklevel=1)

    monkeypatch.setattr(entry_point, "app", command)
    with pytest.raises(UserWarning):
        entry_point.main()


def test_locating_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys, landmark.cli, landmark.model.answer_text, landmark.model.predictor, landmark.photo.discovery\n"
        "print(sorted({'filelock', 'numpy.random', 'platformdirs', 'pyexpat', 'sqlite3', 'torch'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
