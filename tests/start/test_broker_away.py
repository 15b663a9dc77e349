"""The broker away, at the start and later: it costs nothing but time. Requests are taken, events leave afterwards."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shared.runtime.cli import shape
from shared.store import tables
from tests.cli import traffic
from tests.cli.house import House
from tests.faults.running import Running
from tests.servers import RabbitMQ, ports

pytestmark = pytest.mark.fault

QUIET = {"STEWARD_LOG": "json"}


def _unsent(house: House) -> int:
    o = tables.outbox.c
    return house.count("support", sa.select(sa.func.count()).where(o.kind == "event", o.sent_at.is_(None)))


def _rests(house: House, running: Running) -> None:
    ports.until(lambda: traffic.settled(house), timeout_s=100, what="rest", alive=lambda: running.alive)
    traffic.one_instant(house)


def test_the_whole_system_starts_without_its_broker_and_goes_on_when_it_is_there(
    house: House, own_rabbitmq: RabbitMQ
) -> None:
    house.more.update(QUIET, STEWARD_AMQP_URL=own_rabbitmq.vhost())
    token = traffic.opened(house)
    own_rabbitmq.stop()
    try:
        running = house.up()
        assert "The message broker at 127.0.0.1:" in running.said
        assert "Requests are taken meanwhile; events leave when it is back." in running.said
        load = traffic.Load(house, token)
        assert load.send("asked-while-it-was-away") == 202
    finally:
        own_rabbitmq.start()
    ports.until(lambda: traffic.ready(house), timeout_s=60, what="the unit at support", alive=lambda: running.alive)
    assert load.send("asked-afterwards") == 202
    _rests(house, running)
    assert running.stop() == 0


def test_a_broker_that_goes_away_and_comes_back_costs_time_and_nothing_else(
    house: House, own_rabbitmq: RabbitMQ
) -> None:
    house.more.update(QUIET, STEWARD_AMQP_URL=own_rabbitmq.vhost())
    token = traffic.opened(house)
    running = house.start("all", answers=lambda: traffic.ready(house)).ready()
    own_rabbitmq.settle()
    with traffic.Load(house, token).running() as load:
        load.more(15)
        own_rabbitmq.stop()
        try:
            before = _unsent(house)
            load.more(15)
            ports.until(
                lambda: _unsent(house) > before, timeout_s=60, what="events that wait", alive=lambda: running.alive
            )
            done = house.run("queues", "--service", "support")
            assert done.code == shape.FOUND
            assert "does not answer" in done.out
        finally:
            own_rabbitmq.start()
        load.more(15)
    assert load.refused == {}
    _rests(house, running)
    assert traffic.each_once(house) == len(load.taken)
    assert running.stop() == 0


@pytest.mark.parametrize("role", [("bus",), ("tasks",)])
def test_a_divided_role_starts_without_its_broker_and_works_when_it_is_there(
    empty: House, database_url: str, own_rabbitmq: RabbitMQ, role: tuple[str, ...]
) -> None:
    empty.more.update(QUIET, STEWARD_DATABASE_URL=database_url, STEWARD_AMQP_URL=own_rabbitmq.vhost())
    for command in ("migrate", "keys", "topology"):
        assert empty.run(command).code == shape.OK
    own_rabbitmq.settle()
    own_rabbitmq.stop()
    try:
        running = empty.start(*role).ready()
        assert empty.run("health", *role).code == shape.OK, "waiting is no illness"
    finally:
        own_rabbitmq.start()

    def consumed() -> bool:
        done = empty.run("queues", "--json")
        wanted = "steward.notify.tasks" if role == ("tasks",) else "steward.notify"
        return any(row["queue"] == wanted and row["consumers"] for row in done.json["queues"])

    ports.until(consumed, timeout_s=60, what="a consumer", alive=lambda: running.alive)
    assert running.stop() == 0


def test_a_stop_while_the_broker_is_away_ends_in_time(house: House, own_rabbitmq: RabbitMQ) -> None:
    house.more.update(QUIET, STEWARD_AMQP_URL=own_rabbitmq.vhost())
    running = house.up()
    own_rabbitmq.stop()
    try:
        ports.until(lambda: "loop_waits" in running.said, timeout_s=30, what="the loops' word")
        assert running.stop() == 0
    finally:
        own_rabbitmq.start()
