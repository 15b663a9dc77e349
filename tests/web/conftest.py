"""Worlds: houses with an object for every route. One is shared by all tests that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.flows.house_fixtures import copied

if TYPE_CHECKING:
    from tests.servers import Postgres
    from tests.web.routes import World


@pytest.fixture(scope="session")
def still_world(tmp_path_factory: pytest.TempPathFactory, furnished_home: Path) -> Iterator[World]:
    """On SQLite, for tests after which everything is as it was before."""
    yield from _embedded(tmp_path_factory, furnished_home)


@pytest.fixture(scope="module")
def embedded_world(tmp_path_factory: pytest.TempPathFactory, furnished_home: Path) -> Iterator[World]:
    """On SQLite, for one module to change."""
    yield from _embedded(tmp_path_factory, furnished_home)


def _embedded(factory: pytest.TempPathFactory, furnished: Path) -> Iterator[World]:
    from tests.flows.house import House
    from tests.web import routes

    with House(copied(furnished, factory.mktemp("world")), ready=True) as house:
        yield routes.build(house)


@pytest.fixture(scope="session")
def world_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[World]:
    """On PostgreSQL, which takes less: no NUL, no number that is too large."""
    from tests.flows.house import House
    from tests.web import routes

    with postgres.fresh() as url, House(tmp_path_factory.mktemp("world"), database_url=url) as house:
        yield routes.build(house)


WORLDS = ["still_world", pytest.param("world_on_postgres", marks=pytest.mark.server)]


@pytest.fixture(scope="session", params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    """On either database, for tests after which everything is as it was before."""
    return request.getfixturevalue(request.param)
