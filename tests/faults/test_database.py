"""Fault 29: the database server is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.broker import Broker
from tests.faults.checker import until
from tests.faults.scene import PAST_THE_LEASE_S, SOON_S, Clock, Scene
from tests.faults.system import System
from tests.servers import Postgres, RabbitMQ, SmtpSink

POOL = 10  # connections of one process to one database, and a few for listening and telling
SPARE = 4


@pytest.fixture
def scene(tmp_path: Path, own_postgres: Postgres, rabbitmq: RabbitMQ, smtp_sink: SmtpSink) -> Iterator[Scene]:
    """A split system over a database server that the test may harm."""
    with System.split(tmp_path, own_postgres, Broker(rabbitmq), smtp_sink) as system:
        yield Scene(system, smtp_sink)


def test_29_a_killed_database_loses_no_answer_and_leaves_no_half_transaction(
    scene: Scene, own_postgres: Postgres, tmp_path: Path
) -> None:
    clock = Clock(tmp_path)
    roles = scene.start(clock=clock.file)
    scene.ask(10)
    with scene.load(threads=3, pause_s=0.1):
        for _ in range(2):
            before = len(scene.ledger)
            until(lambda n=before: len(scene.ledger) > n + 15, timeout_s=SOON_S, what="requests are answered")
            own_postgres.kill()
            refused = sum(scene.ledger.refused.values())
            until(lambda n=refused: sum(scene.ledger.refused.values()) > n, timeout_s=SOON_S, what="a 503 is given")
            own_postgres.start()
        before = len(scene.ledger)
        until(lambda n=before: len(scene.ledger) > n + 15, timeout_s=SOON_S, what="requests are answered again")
    clock.advance(PAST_THE_LEASE_S)  # hints whose task could not even be looked at
    scene.settled("29")
    assert set(scene.ledger.refused) == {503}  # never a 500, never a connection that hangs
    assert [role.name for role in roles.values() if not role.alive] == []
    assert connections(own_postgres, "support") <= 2 * POOL + SPARE  # web and bus


def connections(postgres: Postgres, service: str) -> int:
    """How many connections the processes of a service hold."""
    with postgres.connect() as connection:
        counted = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [f"steward {service}"]
        ).fetchone()
    assert counted is not None
    return counted[0]
