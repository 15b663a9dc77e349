"""A service's database on both kinds, with a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.kernel import moment
from shared.runtime import settings
from shared.store import engine, migrate

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday, 09:00 in Hanoi


@pytest.fixture
def time() -> moment.ManualTime:
    return moment.ManualTime(START)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database(request: pytest.FixtureRequest, tmp_path: Path, time: moment.ManualTime) -> Iterator[engine.Database]:
    """The support service's database, migrated."""
    if request.param == "sqlite":
        home = shutil.copytree(request.getfixturevalue("migrated_home"), tmp_path / "migrated")
        yield from _opened(settings.read({"STEWARD_HOME": str(home)}).database("support"), time)
        return
    postgres = request.getfixturevalue("postgres")
    template = postgres.template("promises", lambda made: migrate.upgrade(made, "support") and None)
    with postgres.fresh({"support": template}) as url:
        yield from _opened(f"{url}_support", time)


def _opened(url: str, time: moment.ManualTime) -> Iterator[engine.Database]:
    made = engine.Database(url, service="support", time=time)
    yield made
    made.close()
