"""Tasks: hinted if and only if committed, run once by one of many, found again when forgotten, ended when too long."""

from __future__ import annotations

import contextlib
import threading
import time as machine
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dramatiq
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from shared.bus import topology
from shared.failures import policy
from shared.jobs import Again, Task, limit, mesh, rows, runner
from shared.kernel import errors, moment
from shared.store import engine, tables, work
from tests.contract.core import ground
from tests.contract.core.conftest import Open


class Shop:
    """A service with one kind of task, which does what it is told."""

    def __init__(self, database: engine.Database, time: moment.ManualTime) -> None:
        self.database, self.time = database, time
        self.does: Callable[..., Any] = lambda job, **args: args
        self.runs = 0
        self.limit_s: float = rows.TIME_LIMIT_S
        self.cut_off: Callable[..., object] | None = None

    def task(self, job: runner.Job, **args: Any) -> Any:
        self.runs += 1
        return self.does(job, **args)

    def add(self, **args: Any) -> str:
        with self.database.work(actor="staff:lan") as unit:
            return rows.add(unit, "do", **args)

    def run(self, id: str) -> bool:
        return runner.run(self.database, {"do": Task("do", self.task, self.limit_s, self.cut_off)}, id, None)

    def work_off(self) -> int:
        """Run what is due. Returns how many ran."""
        return sum(self.run(id) for id in rows.next_due(self.database, limit=100))

    def row(self, id: str) -> Any:
        (row,) = ground.rows(self.database, sa.select(tables.task).where(tables.task.c.id == id))
        return row

    def hints(self) -> list[str]:
        """The tasks that runners were told of, in their order."""
        return [row.subject for row in ground.outgoing(self.database) if row.kind == "task"]

    def sent(self) -> None:
        """The hints so far have left."""
        with self.database.work() as unit:
            unit.execute(tables.outbox.update().values(sent_at=unit.now))


@pytest.fixture
def shop(database: engine.Database, time: moment.ManualTime) -> Shop:
    return Shop(database, time)


def test_a_task_is_hinted_if_its_transaction_committed_and_only_then(shop: Shop) -> None:
    id = shop.add(letter="7")
    with pytest.raises(RuntimeError):
        _add_and_fail(shop)
    assert shop.hints() == [id]
    assert len(ground.rows(shop.database, sa.select(tables.task))) == 1


def _add_and_fail(shop: Shop) -> None:
    with shop.database.work() as unit:
        rows.add(unit, "do")
        raise RuntimeError("broken off")


def test_a_task_runs_with_its_arguments_actor_and_trace_and_its_result_is_kept(shop: Shop) -> None:
    seen: list[Any] = []
    shop.does = lambda job, **args: seen.append((args, job.actor, job.attempts)) or {"số": "HĐ-1", "编号": [1]}
    id = shop.add(letter="thư", number=7)
    assert shop.run(id) is True
    assert seen == [({"letter": "thư", "number": 7}, "staff:lan", 0)]
    row = shop.row(id)
    assert (row.state, row.result, row.done_at) == ("done", {"số": "HĐ-1", "编号": [1]}, shop.time.now())
    assert (row.started, row.finished, row.lease_until) == (1, 1, None)


def test_a_repeated_hint_has_no_effect(shop: Shop) -> None:
    id = shop.add()
    assert [shop.run(id) for _ in range(3)] == [True, False, False]
    assert shop.runs == 1


def test_of_many_runners_one_runs_a_task(shop: Shop) -> None:
    ids = [shop.add(number=number) for number in range(8)]
    begin = threading.Barrier(4)
    failed: list[BaseException] = []

    def race() -> None:
        try:
            begin.wait()
            for id in ids:
                shop.run(id)
        except BaseException as error:  # noqa: BLE001 - for the test's own thread to see
            failed.append(error)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert shop.runs == len(ids)
    assert {shop.row(id).started for id in ids} == {1}


def test_a_lost_hint_is_found_after_a_minute_and_not_before(shop: Shop) -> None:
    id = shop.add()
    shop.sent()
    shop.time.move(timedelta(seconds=rows.HINT_AGAIN_S))
    assert rows.sweep(shop.database) == 0
    shop.time.move(timedelta(seconds=1))
    assert rows.sweep(shop.database) == 1
    assert shop.hints() == [id, id]
    assert rows.sweep(shop.database) == 0


def test_a_hint_that_has_not_left_is_not_written_again_however_long_the_broker_is_away(shop: Shop) -> None:
    id = shop.add()
    for _ in range(20):
        shop.time.move(timedelta(minutes=10))
        assert rows.sweep(shop.database) == 0
    assert shop.hints() == [id]


def test_what_is_done_is_not_hinted_again(shop: Shop) -> None:
    shop.run(shop.add())
    shop.sent()
    shop.time.move(timedelta(days=1))
    assert rows.sweep(shop.database) == 0


def test_a_failed_task_is_tried_again_by_the_schedule_then_parked(shop: Shop) -> None:
    shop.does = _raise(RuntimeError("always"))
    id = shop.add()
    shop.work_off()
    for attempt, delay in enumerate(policy.DELAYS_S, 1):
        row = shop.row(id)
        assert (row.state, row.attempts) == ("retry", attempt)
        assert 0.8 * delay <= (row.retry_at - shop.time.now()).total_seconds() <= 1.2 * delay
        shop.time.set(row.retry_at - timedelta(microseconds=1))
        assert shop.work_off() == 0
        shop.time.move(timedelta(microseconds=1))
        assert shop.work_off() == 1
    (failure,) = ground.failures(shop.database)
    assert (failure.kind, failure.ref, failure.reason, failure.attempts) == ("task", id, "exhausted", 6)
    assert shop.row(id).state == "parked"


def test_a_refusal_parks_at_once_and_an_unknown_task_too(shop: Shop) -> None:
    shop.does = _raise(errors.Refused("no"))
    shop.run(shop.add())
    with shop.database.work() as unit:
        rows.add(unit, "undo")
    shop.work_off()
    assert [failure.reason for failure in ground.failures(shop.database)] == ["refused", "unknown-task"]


def test_when_the_world_is_away_no_attempt_is_used_up(shop: Shop) -> None:
    shop.does = _raise(errors.Transient("The mail server is away."))
    id = shop.add()
    for _ in range(20):
        shop.work_off()
        assert (shop.row(id).state, shop.row(id).attempts) == ("retry", 0)
        shop.time.move(timedelta(seconds=errors.Transient.retry_after_seconds))
    shop.does = lambda job: "there"
    shop.work_off()
    assert shop.row(id).result == "there"


def test_a_retry_is_hinted_when_it_is_due(shop: Shop) -> None:
    shop.does = _raise(RuntimeError("once"))
    id = shop.add()
    shop.run(id)
    shop.sent()
    assert rows.sweep(shop.database) == 0
    shop.time.move(timedelta(seconds=7))
    assert rows.sweep(shop.database) == 1


def _raise(error: BaseException) -> Callable[..., Any]:
    def does(job: runner.Job, **args: Any) -> None:
        raise error

    return does


# ---- runs that do not end


def test_a_task_whose_runner_died_runs_again_when_its_lease_is_over(shop: Shop) -> None:
    id = shop.add()
    assert rows.claim(shop.database, id) is not None  # and dies
    assert shop.work_off() == 0
    shop.time.move(timedelta(seconds=rows.LEASE_S - 1))
    assert shop.work_off() == 0
    shop.time.move(timedelta(seconds=1))
    assert shop.work_off() == 1
    assert shop.row(id).state == "done"


def test_a_task_that_kills_its_process_three_times_is_parked(shop: Shop) -> None:
    id = shop.add()
    for crash in range(policy.MAX_CRASHES):
        assert rows.claim(shop.database, id, suspect=crash > 0) is not None
        shop.time.move(timedelta(seconds=rows.LEASE_S))
    shop.work_off()
    assert shop.runs == 0
    assert [failure.reason for failure in ground.failures(shop.database)] == ["kills-process"]


def test_a_task_given_up_after_crashes_writes_down_what_that_means_in_the_same_transaction(shop: Shop) -> None:
    id = shop.add(letter="7")
    shop.cut_off = lambda unit, letter: rows.add(unit, "tell", letter=letter)
    _crash(shop, id, policy.MAX_CRASHES)
    assert shop.run(id) is True
    assert shop.row(id).state == "parked"
    (told,) = ground.rows(shop.database, sa.select(tables.task).where(tables.task.c.name == "tell"))
    assert told.args == {"letter": "7"}


def test_what_goes_wrong_in_that_keeps_no_task_from_being_parked(shop: Shop) -> None:
    id = shop.add()

    def fails(unit: work.Work) -> None:
        rows.add(unit, "half done")
        raise RuntimeError("a mistake of ours")

    shop.cut_off = fails
    _crash(shop, id, policy.MAX_CRASHES)
    assert shop.run(id) is True
    assert shop.row(id).state == "parked"
    assert [row.reason for row in ground.rows(shop.database, sa.select(tables.failure))] == ["kills-process"]
    assert len(ground.rows(shop.database, sa.select(tables.task))) == 1


def _crash(shop: Shop, id: str, times: int) -> None:
    """Runs of the task that never ended."""
    with shop.database.work() as unit:
        unit.execute(tables.task.update().where(tables.task.c.id == id).values(started=times))


def test_business_time_that_jumps_takes_nobodys_task_away(open_: Open, time: moment.ManualTime) -> None:
    """A lease is about a process; a simulation that lets two days pass must not start its tasks twice."""
    clock = moment.ManualTime(ground.START)
    shop = Shop(open_(machine=clock), time)
    id = shop.add()
    rows.claim(shop.database, id)
    time.move(timedelta(days=2))
    assert shop.work_off() == 0
    clock.move(timedelta(seconds=rows.LEASE_S))
    assert shop.work_off() == 1


def test_a_runner_that_lost_its_lease_writes_nothing_over_the_one_that_has_it(shop: Shop) -> None:
    def slow(job: runner.Job) -> str:
        shop.time.move(timedelta(seconds=rows.LEASE_S))  # the machine slept
        assert rows.claim(shop.database, job.id, suspect=True) is not None  # somebody else has it now
        return "too late"

    shop.does = slow
    id = shop.add()
    assert shop.run(id) is True
    row = shop.row(id)
    assert (row.state, row.result, row.started) == ("running", None, 2)


def test_progress_keeps_the_lease_and_tells_who_lost_it(shop: Shop) -> None:
    ended: list[str] = []

    def long(job: runner.Job) -> str:
        for step in range(1, 4):
            shop.time.move(timedelta(seconds=rows.LEASE_S - 1))
            assert rows.next_due(shop.database, limit=1) == []
            job.progress(step, 3)
        assert (shop.row(job.id).progress, shop.row(job.id).progress_of) == (3, 3)
        shop.time.move(timedelta(seconds=rows.LEASE_S))
        rows.claim(shop.database, job.id, suspect=True)
        job.progress(4, 4)
        ended.append("never")
        return "never"

    shop.does = long
    id = shop.add()
    shop.run(id)
    assert ended == []
    assert (shop.row(id).state, shop.row(id).started, shop.row(id).progress) == ("running", 2, 3)


def test_a_task_that_takes_too_long_is_interrupted_and_tried_again_later(shop: Shop) -> None:
    def busy(job: runner.Job) -> None:
        until = machine.monotonic() + 30
        while machine.monotonic() < until:
            machine.sleep(0.005)

    shop.does, shop.limit_s = busy, 0.1
    id = shop.add()
    began = machine.monotonic()
    shop.run(id)
    assert machine.monotonic() - began < 10
    assert (shop.row(id).state, shop.row(id).attempts, shop.row(id).finished) == ("retry", 1, 1)


def test_a_limit_strikes_within_its_block_or_never() -> None:
    """Around the moment of the limit, again and again: what is raised too late would strike whatever comes next."""
    struck = 0
    for number in range(150):
        try:
            with limit.within(0.002):
                machine.sleep(0.0005 * (number % 8))
        except limit.TimeLimit:
            struck += 1
        sum(range(500))  # here it must not
    machine.sleep(0.01)
    assert struck > 0


def test_a_task_that_swallows_every_exception_is_interrupted_all_the_same(shop: Shop) -> None:
    def stubborn(job: runner.Job) -> None:
        while True:
            with contextlib.suppress(Exception):
                machine.sleep(0.005)

    shop.does, shop.limit_s = stubborn, 0.1
    id = shop.add()
    shop.run(id)
    assert shop.row(id).state == "retry"


def test_a_run_that_is_told_to_stop_is_no_crash(shop: Shop) -> None:
    shop.does = _raise(SystemExit(3))
    id = shop.add()
    with pytest.raises(SystemExit):
        shop.run(id)
    assert (shop.row(id).state, shop.row(id).finished) == ("retry", 1)


def test_a_result_that_cannot_be_kept_is_the_tasks_mistake(shop: Shop) -> None:
    shop.does = lambda job: object()
    id = shop.add()
    shop.run(id)
    assert (shop.row(id).state, shop.row(id).finished) == ("retry", 1)


# ---- the database in between


@pytest.fixture
def broken(shop: Shop) -> list[str]:
    """While it holds the name of a statement, such statements find the database away."""
    holds: list[str] = []

    def refuse(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if any(statement.upper().startswith(word) for word in holds):
            raise errors.DatabaseAway

    event.listen(shop.database.engine, "before_cursor_execute", refuse)
    return holds


def test_an_end_that_could_not_be_written_is_written_before_anything_else_runs(shop: Shop, broken: list[str]) -> None:
    shop.does = lambda job, **args: broken.append("UPDATE TASK") or "done"
    id = shop.add()
    with pytest.raises(errors.DatabaseAway):
        shop.run(id)
    assert shop.row(id).state == "running"
    with pytest.raises(errors.DatabaseAway):
        shop.run("another")
    broken.clear()
    assert shop.run("another") is False
    assert (shop.row(id).state, shop.row(id).result) == ("done", "done")
    assert shop.runs == 1


# ---- long work


def test_long_work_goes_on_in_chunks_each_with_a_hint_and_no_attempt_used(shop: Shop) -> None:
    done: list[int] = []

    def chunk(job: runner.Job, start: int = 0) -> Any:
        done.extend(range(start, min(start + 10, 25)))
        return Again(len(done), 25, {"start": len(done)}) if len(done) < 25 else "all"

    shop.does = chunk
    id = shop.add()
    shop.run(id)
    row = shop.row(id)
    assert (row.state, row.progress, row.progress_of, row.attempts, row.args) == ("ready", 10, 25, 0, {"start": 10})
    while shop.work_off():
        pass
    assert done == list(range(25))
    assert shop.hints() == [id] * 3
    assert (shop.row(id).state, shop.row(id).result) == ("done", "all")


def test_a_start_alone_on_the_database_takes_up_what_was_cut_off(shop: Shop) -> None:
    once, twice = shop.add(), shop.add()
    rows.claim(shop.database, once)
    rows.claim(shop.database, twice)
    shop.time.move(timedelta(seconds=rows.LEASE_S))
    rows.claim(shop.database, twice, suspect=True)
    assert rows.reclaim(shop.database) == 1
    assert rows.next_due(shop.database, limit=9) == [once]


def test_a_hint_is_what_the_mesh_expects() -> None:
    message = dramatiq.Message.decode(rows.hint_body("left", "task-1"))
    assert (message.queue_name, message.actor_name, message.args) == ("steward.left.tasks", "run_left", ("task-1",))
    assert rows.queue("left") == topology.task_queue_name("left")
    assert rows.LEASE_S > rows.TIME_LIMIT_S + mesh.TIME_LIMIT_MARGIN_S
