"""What waits, at the terminal: by service, with its age, and an exit code for whoever watches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.bus import look, topology
from shared.runtime.cli import shape
from shared.store import tables
from tests.cli import parked
from tests.cli.house import House


def _waiting(done: Any) -> dict[tuple[str, str], Any]:
    return {(row["service"], row["what"]): row for row in done.json["waiting"]}


def _event(house: House, service: str, *, minutes: float, **more: Any) -> None:
    """An outbox row that was written so long ago."""
    database = house.database(service)
    with database.work() as unit:
        unit.execute(tables.outbox.insert(), {
            "kind": "event", "message_id": f"m{minutes}", "routing_key": "support.ticket.received", "subject": "s",
            "body": b"{}", "created_at": database.time.now() - timedelta(minutes=minutes), **more,
        })  # fmt: skip


def test_nothing_waits_in_a_new_home(house: House) -> None:
    done = house.run("queues", "--json")
    assert done.code == shape.OK
    assert done.json["alarming"] is False
    assert {what for _, what in _waiting(done)} == {
        "outbox",
        "refused",
        "inbox",
        "retry",
        "tasks",
        "clocks",
        "failures",
    }
    assert all(row["rows"] == 0 and row["alarm"] is None for row in done.json["waiting"])


def test_what_waits_is_counted_with_the_age_of_the_oldest(house: House) -> None:
    _event(house, "support", minutes=0.5)
    _event(house, "support", minutes=0.1)
    done = house.run("queues", "--json")
    row = _waiting(done)["support", "outbox"]
    assert row["rows"] == 2
    assert 30 <= row["age_s"] < 60
    assert done.code == shape.OK, "half a minute is no alarm"


@pytest.mark.parametrize(
    ("prepare", "where"),
    [
        (lambda house: _event(house, "support", minutes=5), ("support", "outbox")),
        (
            lambda house: _event(house, "support", minutes=0, retry_at=house.database("support").time.now()),
            ("support", "refused"),
        ),
        (lambda house: parked.some(house, 1), ("support", "failures")),
    ],
)
def test_what_waits_too_long_or_failed_is_an_alarm_and_says_why(house: House, prepare: Any, where: Any) -> None:
    prepare(house)
    done = house.run("queues", "--json")
    assert done.code == shape.FOUND
    assert done.json["alarming"] is True
    alarms = {at: row["alarm"] for at, row in _waiting(done).items() if row["alarm"]}
    assert list(alarms) == [where]
    assert alarms[where] in house.run("queues").out
    assert house.run("queues", "--service", "notify").code == shape.OK


def test_a_task_that_is_put_off_is_no_alarm_until_it_is_late(house: House) -> None:
    database = house.database("notify")
    now = database.time.now()
    row = {"id": "t", "name": "n", "args": {}, "actor": "a", "trace": "", "created_at": now - timedelta(days=1)}
    with database.work() as unit:
        unit.execute(tables.task.insert(), {**row, "state": "retry", "retry_at": now + timedelta(hours=1)})
    assert house.run("queues").code == shape.OK
    with database.work() as unit:
        unit.execute(tables.task.update().values(retry_at=now - timedelta(minutes=6)))
    assert _waiting(house.run("queues", "--json"))["notify", "tasks"]["alarm"]


def test_the_brokers_queues_are_looked_at_without_touching_a_message(house: House, amqp_url: str) -> None:
    house.more["STEWARD_AMQP_URL"] = amqp_url
    missing = house.run("queues", "--json")
    assert missing.code == shape.FOUND
    assert {row["alarm"] for row in missing.json["queues"]} == {"missing: run steward topology"}
    assert house.run("topology").code == shape.OK
    done = house.run("queues", "--json")
    assert done.code == shape.FOUND
    found = {row["queue"]: row for row in done.json["queues"]}
    assert {"steward.notify", "steward.notify.dead", "steward.notify.tasks", "steward.unrouted"} <= found.keys()
    assert found["steward.notify"]["alarm"] == "nobody consumes it: no bus role runs"
    assert found["steward.notify.tasks"]["alarm"] is None, "an empty queue of hints needs no worker"
    names = [topology.queue_name("notify")]
    assert look.queues(amqp_url, names) == look.queues(amqp_url, names)


def test_a_broker_that_is_away_is_an_alarm_and_what_waits_is_shown_all_the_same(house: House) -> None:
    house.more["STEWARD_AMQP_URL"] = "amqp://steward:very-secret@127.0.0.1:1"
    _event(house, "support", minutes=0.5)
    done = house.run("queues", "--json")
    assert done.code == shape.FOUND
    assert _waiting(done)["support", "outbox"]["rows"] == 1
    (row,) = done.json["queues"]
    assert row["alarm"].startswith("The message broker at 127.0.0.1:1 does not answer (")
    assert "very-secret" not in done.out + done.err


def test_a_database_of_another_service_is_not_needed(house: House) -> None:
    (house.home / "data" / "support.sqlite").unlink()
    assert house.run("queues", "--service", "notify").code == shape.OK
    assert not (house.home / "data" / "support.sqlite").exists()


def test_a_count_is_what_the_database_holds(house: House) -> None:
    parked.some(house, 3)
    rows = _waiting(house.run("queues", "--json"))["support", "failures"]["rows"]
    assert rows == house.count("support", sa.select(sa.func.count()).where(tables.failure.c.state == "parked")) == 3
