"""Faults of promises, real processes on real servers: a kill between a step's firing and its commit, two loops of real
roles at once, 55 (the trail changed by who administers the database). No step is lost, fires twice, or fires early."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from shared.clocks import tables as clocks
from shared.runtime.cli import shape
from shared.store import tables
from shared.trail import checkpoint
from tests.cli.fixtures import prepared, warm
from tests.cli.house import House
from tests.cli.warm import Warm
from tests.faults.checker import until
from tests.faults.scene import SOON_S, Scene
from tests.flows.house import House as Flows
from tests.flows.promised import Office

__all__ = ["prepared", "warm"]
RUNGS = 2  # of the promise to classify: told at half its time and at its end
_o, _c = tables.outbox.c, clocks.clock.c


@pytest.fixture
def house(tmp_path: Path, warm: Warm, prepared: Path, migrated_url: str) -> Iterator[House]:
    """A home of its own whose databases are PostgreSQL's."""
    made = House(tmp_path / "home", tmp_path, warm)
    made.home.mkdir()
    shutil.copytree(prepared / "keys", made.home / "keys")
    made.more["STEWARD_DATABASE_URL"] = migrated_url
    yield made
    made.close()


def _reached(database: Any) -> Counter[tuple[str, int]]:
    """How often each rung of each promise is told of, by the clock and the rung's number."""
    with database.reading() as connection:
        bodies = connection.execute(
            sa.select(_o.subject, _o.body).where(_o.routing_key == "support.clock.reached")
        ).all()
    return Counter((subject, json.loads(body)["data"]["rung"]["number"]) for subject, body in bodies)


def test_a_kill_between_the_firing_of_a_step_and_its_commit_leaves_nothing_and_fires_it_once_later(
    house: House, migrated_url: str
) -> None:
    with Flows(house.home, database_url=migrated_url, start=datetime.now(UTC) - timedelta(minutes=40)) as flows:
        Office(flows).receive()
    support = house.database("support")
    waits = (
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'steward support'"
    )
    with (
        psycopg.connect(f"{migrated_url}_support") as holding,
        psycopg.connect(f"{migrated_url}_support", autocommit=True) as watching,
    ):
        holding.execute("lock table trail in share mode")  # the last thing that a firing step writes before its commit
        running = house.start("all", answers=house.lives).ready()
        until(
            lambda: watching.execute(waits).fetchone() == (1,), timeout_s=SOON_S, what="a step has fired, uncommitted"
        )
        running.kill()
        holding.rollback()
    assert _reached(support) == {}
    with support.reading() as connection:
        assert set(connection.execute(sa.select(_c.fired)).scalars()) == {0}
    running = house.up()
    until(lambda: len(_reached(support)) == RUNGS, timeout_s=SOON_S, what="both rungs fire")
    assert running.stop() == 0
    assert set(_reached(support).values()) == {1}


def test_of_two_real_buses_each_step_fires_once_and_one_goes_on_where_the_other_was_killed(scene: Scene) -> None:
    scene.start("web", "tasks")
    buses = [scene.system.bus("support", "notify", name=f"bus {number}").start() for number in range(2)]
    for bus in buses:
        bus.ready()
    waiting = [scene.submit(f"wait {number}") for number in range(20)]
    support = scene.system.database("support")
    hour = sa.text(
        "update clock set started_at = started_at - interval '1 h', since = since - interval '1 h',"
        " due_at = due_at - interval '1 h', next_at = next_at - interval '1 h' where object_id = any(:late)"
    )
    with scene.load(threads=2, most=40) as asking:
        with support.work() as work:  # received an hour ago, all of them: late in the same moment
            work.execute(hour, {"late": waiting[:10]})
        until(lambda: bool(_reached(support)), timeout_s=SOON_S, what="the first step fires")
        buses[0].kill()
        with support.work() as work:
            work.execute(hour, {"late": waiting[10:]})
        buses[0].up()
        asking.finish()
    until(lambda: len(_reached(support)) == RUNGS * len(waiting), timeout_s=60, what="every step has fired")
    scene.settled_after_kills("two buses fire, one is killed")
    assert set(_reached(support).values()) == {1}


def _superuser(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("select usesuper from pg_user where usename = current_user").fetchone() == (True,)
        connection.execute("set session_replication_role = replica")  # no trigger and no constraint stands in the way
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount > 0


CHANGED = "update trail set body = convert_to(replace(convert_from(body, 'UTF8'), 'classify', 'x'), 'UTF8')"
CUT_OFF = (
    "update trail_chain set length = 1,"
    " head = (select hash from trail where trail.object_id = trail_chain.object_id and number = 1)"
)


@pytest.mark.parametrize(
    "meddling",
    [
        [f"{CHANGED} where number = 2"],
        ["update trail set at = now() where number = 2"],
        ["delete from trail where number = 2"],
        [CUT_OFF, "delete from trail where number > 1"],
    ],
    ids=["changed", "moved in time", "removed", "cut off"],
)
def test_55_what_a_superuser_changes_in_the_trail_is_found_and_the_entry_named(
    house: House, migrated_url: str, meddling: list[str]
) -> None:
    with Flows(house.home, database_url=migrated_url) as flows:
        id = Office(flows).receive()
        checkpoint.write(flows.process.databases["support"], flows.settings.second_place / "support.checkpoints")
    whole = house.run("trail", "verify")
    assert (whole.code, "The trail is whole." in whole.out) == (shape.OK, True), whole.err
    _superuser(f"{migrated_url}_support", *meddling)
    done = house.run("trail", "verify", "--json")
    assert done.code == shape.FOUND
    assert ("support", id, 2) in {(each["service"], each["object"], each["entry"]) for each in done.json["findings"]}
