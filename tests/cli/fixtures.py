"""Houses for tests: a migrated home for each, copied from one that the real command made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.house import House
from tests.cli.warm import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process that becomes each command."""
    with Warm() as made:
        yield made


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home with databases and keys, on which nothing ever ran."""
    folder = tmp_path_factory.mktemp("prepared")
    house = House(folder / "home", folder, warm)
    for command in ("migrate", "keys"):
        done = house.run(command)
        assert done.code == 0, done.err
    return house.home


@pytest.fixture
def empty(tmp_path: Path, warm: Warm) -> Iterator[House]:
    """A house whose home does not exist yet."""
    made = House(tmp_path / "home", tmp_path, warm)
    yield made
    made.close()


@pytest.fixture
def house(prepared: Path, empty: House) -> House:
    """A house with databases and keys."""
    shutil.copytree(prepared, empty.home)
    return empty
