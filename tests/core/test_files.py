"""Files that appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from landmark.core.files import atomic_write, holds_json, rename_to_backup, write_json


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": "é"})
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == '{\n  "a": "é"\n}\n'
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", 1)
    (tmp_path / "plain").touch()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "a.json", tmp_path / "plain")]
    assert modes[0] == modes[1]


def test_files_kept_aside_never_replace_one_another(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    assert rename_to_backup(path) is None
    for content in ("first", "second"):
        path.write_text(content)
        rename_to_backup(path)
    assert (tmp_path / "m.1.pt").read_text() == "first"
    assert (tmp_path / "m.2.pt").read_text() == "second"


def test_json_holds_the_names_of_files_that_are_no_text(tmp_path: Path) -> None:
    value = {"photo": os.fsdecode(b"caf\xe9.jpg"), "place": "Fès"}
    write_json(tmp_path / "a.json", value)
    assert holds_json(tmp_path / "a.json", value)
