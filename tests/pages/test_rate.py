"""Counting by windows: exact under many at once, gone with the window, one count for one household."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.gateway.public.rate import commands, model, tables
from shared.kernel import errors, moment
from shared.store import engine, migrate
from tests.flows.house import START

FIVE = model.Window("five", 5, timedelta(minutes=10))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database(request: pytest.FixtureRequest, tmp_path: Path):
    """The gateway's database of its own, at a time that stands still."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'gateway.sqlite'}"
    else:
        url = request.getfixturevalue("database_url") + "_gateway"
    migrate.upgrade(url, "gateway")
    made = engine.Database(url, service="gateway", time=moment.ManualTime(START), pool_size=8)
    yield made
    made.close()


def take(database: engine.Database, address: str = "203.0.113.7", window: model.Window = FIVE) -> bool:
    """Whether one more may come from there."""
    try:
        with database.work() as work:
            commands.take(work, window, address)
    except errors.TooMany:
        return False
    return True


def test_whoever_is_refused_is_told_when_the_next_window_begins(database: engine.Database) -> None:
    assert isinstance(database.time, moment.ManualTime)
    database.time.move(timedelta(minutes=7, seconds=18.5))
    for _ in range(FIVE.most):
        take(database)
    with database.work() as work, pytest.raises(errors.TooMany) as refused:
        commands.take(work, FIVE, "203.0.113.7")
    assert refused.value.facts["seconds"] == 162


def test_so_many_in_a_window_and_from_each_address(database: engine.Database) -> None:
    assert [take(database) for _ in range(7)] == [True] * 5 + [False] * 2
    assert take(database, "203.0.113.8")
    assert isinstance(database.time, moment.ManualTime)
    database.time.move(FIVE.length)
    assert [take(database) for _ in range(6)] == [True] * 5 + [False]


def test_of_many_at_once_exactly_so_many_pass(database: engine.Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: take(database), range(24)))
    assert sum(passed) == FIVE.most


def test_refused_attempts_leave_no_trace_that_grows_and_old_windows_are_forgotten(database: engine.Database) -> None:
    for number in range(20):
        take(database, f"198.51.100.{number}")
    assert isinstance(database.time, moment.ManualTime)
    database.time.move(FIVE.length)
    take(database)
    with database.reading() as connection:
        left = connection.execute(sa.select(sa.func.count()).select_from(tables.rate)).scalar_one()
        assert left == 1
        assert not commands.full(connection, FIVE, "203.0.113.7", now=database.time.now())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
    ],
)
def test_what_counts_as_one_address(database: engine.Database, one: str, other: str, same: bool) -> None:
    for _ in range(FIVE.most):
        take(database, one)
    assert take(database, other) is not same
