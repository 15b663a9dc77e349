"""Databases on both kinds, and a pair of services on both kinds of bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from shared.bus import topology
from shared.kernel import moment
from shared.store import engine
from tests.contract.core import ground, pair
from tests.servers import Postgres, RabbitMQ

SERVER = pytest.mark.server
Open = Callable[..., engine.Database]


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> ground.SqliteFiles:
    return ground.SqliteFiles(tmp_path_factory.mktemp("ground"))


@pytest.fixture(scope="session")
def postgres_databases(postgres: Postgres) -> Iterator[ground.PostgresDatabases]:
    with postgres.fresh() as base:
        yield ground.PostgresDatabases(postgres, base.rpartition("/")[2])


@pytest.fixture(scope="session")
def broker_url(rabbitmq: RabbitMQ) -> str:
    """A virtual host with the topology of `pair`, for all tests of the core: declaring it takes a second each time."""
    url = rabbitmq.vhost()
    topology.apply(pair.PLAN, url, url)
    return url


@pytest.fixture
def time() -> moment.ManualTime:
    return moment.ManualTime(ground.START)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=SERVER)])
def open_(request: pytest.FixtureRequest, time: moment.ManualTime) -> Iterator[Open]:
    """Opens databases of one kind: `open_("left")`; asked twice with the same name, both are on the same data."""
    yield from _opening(request, request.param, time)


def _opening(request: pytest.FixtureRequest, dialect: str, time: moment.ManualTime) -> Iterator[Open]:
    made = request.getfixturevalue("sqlite_files" if dialect == "sqlite" else "postgres_databases")
    urls: dict[str, str] = {}
    with ExitStack() as stack:

        def open_(name: str = "right", **more: object) -> engine.Database:
            if name not in urls:
                urls[name] = made.url(name)
            return stack.enter_context(ground.opened(urls[name], name, more.pop("time", time), **more))  # type: ignore[arg-type]

        yield open_


@pytest.fixture
def database(open_: Open) -> engine.Database:
    """One database with the core's tables."""
    return open_()


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=SERVER)])
def both(request: pytest.FixtureRequest, time: moment.ManualTime) -> Iterator[pair.Pair]:
    """`left` publishes and `right` reacts: on SQLite with direct delivery, and on PostgreSQL over RabbitMQ."""
    dialect = "sqlite" if request.param == "embedded" else "postgresql"
    for open_ in _opening(request, dialect, time):
        left, right = open_("left"), open_("right")
        if request.param == "embedded":
            made = pair.Pair(left, right, time)
        else:
            made = pair.OverRabbit(left, right, time, request.getfixturevalue("broker_url"))
        try:
            yield made
        finally:
            made.close()
