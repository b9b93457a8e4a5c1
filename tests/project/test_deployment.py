"""What a server is deployed with: the container's recipe and the systemd unit, as far as they can be checked here."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNIT = ROOT / "install/landmark.service"


def test_the_container_is_not_root_and_is_watched() -> None:
    lines = DOCKERFILE.splitlines()
    assert "USER 10001:10001" in lines and any(line.startswith("HEALTHCHECK") for line in lines)
    assert lines.index("USER 10001:10001") < next(at for at, line in enumerate(lines) if line.startswith("ENTRYPOINT"))


def test_the_container_is_given_what_the_build_needs_and_no_more() -> None:
    copied = next(line for line in DOCKERFILE.splitlines() if line.startswith("COPY pyproject")).split()[1:-1]
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(allowed) == sorted([*copied, "landmark"])
    assert all((ROOT / name).exists() for name in allowed)


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="needs hadolint")
def test_the_dockerfile_has_no_lint() -> None:
    result = subprocess.run(["hadolint", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_systemd_unit_is_valid(tmp_path: Path) -> None:
    unit = tmp_path / "landmark.service"
    unit.write_text(UNIT.read_text().replace("/opt/landmark/bin/landmark", "/bin/true"))
    result = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (result.returncode, result.stderr.strip()) == (0, "")
