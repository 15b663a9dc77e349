"""Tasks over the real broker: the hint leaves by the outbox, a dramatiq worker takes it and runs the row."""

from __future__ import annotations

import signal
import subprocess
import sys
import time as machine
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared import outbox
from shared.bus import port, rabbit, topology
from shared.failures import policy
from shared.jobs import Task, mesh, rows, runner
from shared.kernel import moment
from shared.outbox import relay
from shared.store import engine, tables
from tests.contract.core import ground, pair
from tests.contract.core.stranger import Stranger

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
QUEUE = topology.task_queue_name("left")

pytestmark = pytest.mark.server


class Mesh:
    """`left`'s tasks, its relay, and the broker."""

    def __init__(self, database: engine.Database, time: moment.ManualTime, url: str) -> None:
        self.database, self.time, self.url = database, time, url
        self.relay = relay.Relay(database, rabbit.Publisher(url, url, name="left"))

    def add(self, name: str) -> str:
        with self.database.work(actor="staff:lan") as unit:
            id = rows.add(unit, name)
        self.send()
        return id

    def send(self) -> None:
        while self.relay.step():
            pass

    def state(self, id: str) -> str:
        (row,) = ground.rows(self.database, sa.select(tables.task.c.state).where(tables.task.c.id == id))
        return row.state


@pytest.fixture
def left(postgres_databases: ground.PostgresDatabases, broker_url: str, time: moment.ManualTime) -> Iterator[Mesh]:
    with Stranger(broker_url) as somebody:
        for queue in pair.PLAN.task_queues:
            somebody.channel.queue_purge(queue.name)
    with ground.opened(postgres_databases.url("left"), "left", time) as database:
        made = Mesh(database, time, broker_url)
        yield made
        made.relay.close()


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = machine.monotonic() + PATIENCE_S
    while not condition():
        assert machine.monotonic() < until, f"not within {PATIENCE_S} s: {what}"
        machine.sleep(0.02)


def test_a_worker_runs_what_it_is_told_of_and_a_bad_hint_disturbs_nobody(left: Mesh) -> None:
    ran: list[str] = []
    tasks = {"fine": Task("fine", lambda job: ran.append(job.id) or "fine")}
    broker = mesh.broker(left.url)
    queues = mesh.bind(broker, {"left": lambda told: runner.run(left.database, tasks, told, None)})
    worker = mesh.worker(broker, queues, threads=2)
    worker.start()
    try:
        with Stranger(left.url) as somebody:
            for body in (b"\x80\x04.", b"{}", b"[" * 1000, b'{"queue_name": 1}'):
                somebody.publish(port.Delivery(body, "application/json", "", QUEUE))
        ids = [left.add("fine") for _ in range(5)]
        eventually(lambda: all(left.state(id) == "done" for id in ids), "five tasks are done")
        assert sorted(ran) == sorted(ids)
        with Stranger(left.url) as somebody:
            eventually(lambda: somebody.depth(f"{QUEUE}.XQ") > 0, "bad hints are put aside")
    finally:
        worker.stop(timeout=5_000)
        broker.close()


def test_a_task_that_kills_its_worker_comes_back_three_times_and_is_parked(left: Mesh) -> None:
    kills, fine = left.add("kill"), left.add("fine")
    deaths = 0
    while left.state(kills) != "parked":
        worker = _spawn(left)
        try:
            eventually(lambda w=worker: w.poll() is not None or left.state(kills) == "parked", "the task runs")
            if worker.poll() is not None:
                assert worker.returncode == -signal.SIGABRT, worker.communicate()
                deaths += 1
                assert deaths <= policy.MAX_CRASHES
                left.time.move(timedelta(seconds=rows.LEASE_S + 1))
                rows.sweep(left.database)
                left.send()
            else:
                eventually(lambda: left.state(fine) == "done", "its neighbour is done")
        finally:
            _end(worker)
    assert deaths == policy.MAX_CRASHES
    assert left.state(fine) == "done"
    assert [(failure.ref, failure.reason) for failure in ground.failures(left.database)] == [(kills, "kills-process")]


def _spawn(left: Mesh) -> subprocess.Popen[bytes]:
    url = left.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.contract.core.dying_tasks", url, left.url, left.time.now().isoformat()]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _end(worker: subprocess.Popen[bytes]) -> None:
    try:
        worker.communicate(b"\n", timeout=20)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.communicate()


def test_the_worker_declares_the_queues_as_the_topology_does(left: Mesh) -> None:
    """Else one of them gets a 406 and stands still: a queue's arguments never change under its name."""
    broker = mesh.broker(left.url)
    mesh.bind(broker, {"left": lambda _: None})
    broker.declare_queue(QUEUE, ensure=True)
    topology.apply(pair.PLAN, left.url, left.url)
    broker.close()


def test_a_hint_for_a_queue_that_is_missing_stays_and_is_shown(left: Mesh) -> None:
    with left.database.work() as unit:
        outbox.hint(unit, queue="steward.nobody.tasks", task_id="t", body=b"{}")
    left.send()
    (row,) = ground.outgoing(left.database)
    assert (row.sent_at, row.attempts) == (None, 1)
    assert row.error == "no queue takes steward.nobody.tasks from the default exchange"
    assert 4 <= (row.retry_at - left.time.now()).total_seconds() <= 6
