"""The database server away: at the start one sentence and an exit, later a 503 that passes; nothing is lost."""

from __future__ import annotations

import http.client
import json

import pytest

from shared.runtime.cli import shape
from tests.cli import traffic
from tests.cli.house import House
from tests.faults.running import Running
from tests.servers import Postgres, ports

QUIET = {"STEWARD_LOG": "json"}
NOBODY = "postgresql://steward:very-secret@127.0.0.1:1/steward"
ROLES = [("all",), ("web", "support"), ("bus",), ("tasks", "notify")]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_whose_database_is_away_at_the_start_says_so_and_ends(empty: House, role: tuple[str, ...]) -> None:
    empty.more.update(STEWARD_DATABASE_URL=NOBODY, STEWARD_AMQP_URL="amqp://127.0.0.1:1")
    done = empty.run(*role)
    assert done.code == shape.AWAY
    assert done.sentence.startswith("The database at 127.0.0.1:1 does not answer (connection failed: ")
    assert done.sentence.endswith("Nothing was changed; try again when it is back.")
    assert "very-secret" not in done.err
    assert not ports.listening(empty.port)


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_role_whose_database_was_never_made_says_what_to_do(
    empty: House, database_url: str, role: tuple[str, ...]
) -> None:
    empty.more.update(STEWARD_DATABASE_URL=database_url, STEWARD_AMQP_URL="amqp://127.0.0.1:1")
    done = empty.run(*role)
    assert done.code == shape.AWAY
    assert done.sentence.endswith('is not migrated: run "steward migrate" first.')


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_divided_role_needs_a_database_server(house: House, role: tuple[str, ...]) -> None:
    done = house.run(*role, env={"STEWARD_AMQP_URL": "amqp://127.0.0.1:1"})
    assert done.code == shape.REFUSED
    assert done.sentence == (
        f'The role {role[0]} needs a database server: set STEWARD_DATABASE_URL. Without one, use "steward all".'
    )


@pytest.mark.fault
def test_a_database_that_goes_away_and_comes_back_costs_time_and_nothing_else(
    empty: House, own_postgres: Postgres
) -> None:
    with own_postgres.fresh() as url:
        empty.more.update(QUIET, STEWARD_DATABASE_URL=url)
        for command in ("migrate", "keys"):
            assert empty.run(command).code == shape.OK
        token = traffic.opened(empty)
        running = empty.start("all", answers=lambda: traffic.ready(empty)).ready()
        with traffic.Load(empty, token).running() as load:
            load.more(15)
            own_postgres.stop()
            try:
                ports.until(lambda: load.refused[503] > 5, timeout_s=60, what="refusals", alive=lambda: running.alive)
                _is_said_while_it_is_away(empty, token)
            finally:
                own_postgres.start()
            load.more(15)
        assert set(load.refused) == {503}
        _rests(empty, running)
        assert traffic.each_once(empty) >= len(load.taken)
        assert running.stop() == 0
        empty.close()


def _is_said_while_it_is_away(house: House, token: str) -> None:
    assert house.run("health", "all").code == shape.OK, "the process itself is well: killing it would help nobody"
    ready = house.run("health", "all", "--ready", "--json")
    assert ready.code == shape.FOUND
    assert ready.json["reasons"] == ["database: The database does not answer at the moment; nothing was changed."]
    connection = http.client.HTTPConnection(ports.LOOPBACK, house.port, timeout=30)
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {token}"}
    connection.request("POST", "/api/support/v1/inbound", traffic.event("away"), headers)
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()
    assert (answer.status, problem["type"]) == (503, "urn:steward:problem:database-away")
    assert int(answer.headers["Retry-After"]) > 0


def _rests(house: House, running: Running) -> None:
    ports.until(lambda: traffic.settled(house), timeout_s=100, what="rest", alive=lambda: running.alive)
    traffic.one_instant(house)


@pytest.mark.fault
def test_the_divided_roles_wait_for_a_database_that_comes_back(
    empty: House, own_postgres: Postgres, amqp_url: str
) -> None:
    with own_postgres.fresh() as url:
        empty.more.update(QUIET, STEWARD_DATABASE_URL=url, STEWARD_AMQP_URL=amqp_url)
        for command in ("migrate", "keys", "topology"):
            assert empty.run(command).code == shape.OK
        bus, tasks = empty.start("bus").ready(), empty.start("tasks").ready()
        own_postgres.stop()
        try:
            ports.until(lambda: "loop_waits" in bus.said, timeout_s=30, what="the loops' word", alive=lambda: bus.alive)
        finally:
            own_postgres.start()
        token = traffic.opened(empty)
        web = empty.start("all", env={"STEWARD_HOME": str(empty.home)}, answers=lambda: traffic.ready(empty)).ready()
        with traffic.Load(empty, token).running() as load:
            load.more(10)
        _rests(empty, web)
        assert traffic.each_once(empty) == len(load.taken)
        assert [role.stop() for role in (web, tasks, bus)] == [0, 0, 0]
        empty.close()
