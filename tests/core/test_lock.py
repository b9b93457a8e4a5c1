"""The lock that one process holds while it works: nobody else gets it, and it ends with its holder."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from landmark.core.errors import TaggingError
from landmark.core.lock import exclusive_lock

_HOLD = """
import sys, time
from pathlib import Path
from landmark.core.lock import exclusive_lock
lock = exclusive_lock(Path(sys.argv[1]), "taken")
print("held", flush=True)
time.sleep(600)
"""


def test_one_at_a_time_within_a_process(tmp_path: Path) -> None:
    first = exclusive_lock(tmp_path / "a.lock", "Somebody else is at work.")
    with pytest.raises(TaggingError, match=r"^Somebody else is at work\.$"):
        exclusive_lock(tmp_path / "a.lock", "Somebody else is at work.")
    exclusive_lock(tmp_path / "b.lock", "Another file is another lock.").release()
    other = Thread(target=first.release)
    other.start()
    other.join()
    exclusive_lock(tmp_path / "a.lock", "The first has ended.").release()


def test_it_ends_with_its_process_even_when_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "a.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(TaggingError, match="Somebody else"):
            exclusive_lock(tmp_path / "a.lock", "Somebody else is at work.")
        holder.kill()
    exclusive_lock(tmp_path / "a.lock", "Its holder is gone.").release()


def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(OSError):
        exclusive_lock(tmp_path / "a file" / "a.lock", "taken")
