"""A model and a server of it, for each module of tests; those that need other settings make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.bundle import make_bundle
from factories.server import Served, serving


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("model") / "colours").path


@pytest.fixture(scope="module")
def server(bundle: Path) -> Iterator[Served]:
    with serving(model=bundle) as served:
        yield served
