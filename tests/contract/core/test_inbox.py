"""The inbox worker: each event takes effect once, in its subject's order; what fails holds up its own subject only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from shared.envelope import cloudevent
from shared.failures import policy
from shared.inbox import receive, worker
from shared.inbox.reaction import OVERTAKEN, Reaction
from shared.kernel import errors, moment
from shared.store import engine, tables, work
from tests.contract.core import ground
from tests.contract.core.conftest import Open
from tests.servers import ports


class House:
    """One inbox and its worker."""

    def __init__(self, database: engine.Database, time: moment.ManualTime) -> None:
        self.database, self.time = database, time
        self.reactor = ground.Reactor()
        self.worker = worker.Worker(database, self.reactor.reactions())

    def hear(self, *numbers: int, subject: str = "s", word: str = "fine") -> None:
        """Events arrive."""
        receive.store(self.database, [ground.noted(number, subject=subject, word=word) for number in numbers])

    def work(self) -> None:
        """Run until there is nothing to do."""
        while self.worker.step():
            pass

    def later(self, **by: float) -> None:
        """Let time pass, and run what is then due."""
        self.time.move(timedelta(**by))
        self.work()

    @property
    def effects(self) -> list[tuple[str, int]]:
        return ground.effects(self.database)

    @property
    def states(self) -> list[str]:
        return [row.state for row in ground.inbox(self.database)]


@pytest.fixture
def house(database: engine.Database, time: moment.ManualTime) -> Iterator[House]:
    made = House(database, time)
    yield made
    made.worker.close()


def test_events_take_effect_in_the_order_in_which_they_arrived(house: House) -> None:
    house.hear(*range(1, 251))
    house.work()
    assert house.effects == [("s", number) for number in range(1, 251)]


def test_a_hundred_events_are_one_transaction(house: House) -> None:
    house.hear(*range(1, 102))
    commits: list[int] = []
    event.listen(house.database.engine, "commit", lambda _: commits.append(1))
    assert house.worker.step() is True
    assert len(house.effects) == worker.BATCH
    assert len(commits) < 10  # looking, counting the starts, doing the hundred


def test_slow_reactions_keep_the_only_writers_place_for_fewer_events_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "fitting", lambda rows, took_s: 3)  # what the batch before says of the next
    house.hear(*range(1, 111))
    seen: list[int] = []
    while house.worker.step():
        seen.append(len(house.effects))
    assert seen[:3] == ([100, 103, 106] if house.database.dialect == "sqlite" else [100, 110])
    assert house.effects == [("s", number) for number in range(1, 111)]


@pytest.mark.parametrize(
    ("rows", "took_s", "expected"),
    [(100, 0.01, 100), (100, 0.5, 10), (10, 0.005, 20), (2, 1.0, 2), (20, 0.05, 20), (100, 0.0, 100)],
)
def test_a_batch_has_as_many_events_as_its_time_has_room_for(rows: int, took_s: float, expected: int) -> None:
    assert worker.fitting(rows, took_s) == expected


def test_the_effect_and_its_mark_are_one_transaction(house: House) -> None:
    house.reactor.on["half"] = _write_and_fail
    house.hear(1, word="half")
    house.work()
    assert house.effects == []
    assert house.states == ["retry"]


def _write_and_fail(unit: work.Work, heard: cloudevent.Event) -> str:
    unit.execute(ground.effect.insert(), {"event_id": heard.id, "subject": "half", "number": 0, "actor": ""})
    raise RuntimeError("half way")


def test_one_that_fails_costs_its_batch_nothing(house: House) -> None:
    house.reactor.on["bad"] = RuntimeError("always")
    for number in range(1, 10):
        house.hear(number, subject=f"s{number}", word="bad" if number == 5 else "fine")
    house.work()
    assert house.effects == [(f"s{number}", number) for number in range(1, 10) if number != 5]
    assert [row.started - row.finished for row in ground.inbox(house.database)] == [0] * 9


def test_a_failure_is_tried_again_after_5_s_30_s_2_min_10_min_and_1_h_and_then_parked(house: House) -> None:
    house.reactor.on["bad"] = RuntimeError("always")
    house.hear(1, word="bad")
    house.work()
    for attempt, delay in enumerate((5, 30, 120, 600, 3600), 1):
        (row,) = ground.inbox(house.database)
        assert (row.state, row.attempts) == ("retry", attempt)
        waits = (row.retry_at - house.time.now()).total_seconds()
        assert 0.8 * delay <= waits <= 1.2 * delay
        house.later(seconds=waits - 0.001)
        assert len(house.reactor.runs) == attempt
        house.later(seconds=0.002)
        assert len(house.reactor.runs) == attempt + 1
    (failure,) = ground.failures(house.database)
    assert house.states == ["parked"]
    assert (failure.reason, failure.attempts, failure.state) == ("exhausted", 6, "parked")
    assert "RuntimeError: always" in failure.error


def test_neighbours_do_not_retry_at_the_same_moment() -> None:
    delays = {policy.fate(RuntimeError(), attempts=1) for _ in range(20)}
    assert len(delays) > 10


def test_later_events_of_the_subject_wait_for_the_retry_and_others_do_not(house: House) -> None:
    house.reactor.on["bad"] = [RuntimeError("once"), RuntimeError("in the batch, and alone")]
    house.hear(1, word="bad")
    house.hear(2, 3)
    house.hear(4, subject="t")
    house.work()
    assert house.effects == [("t", 4)]
    house.hear(5)
    house.later(seconds=7)
    assert house.effects == [("t", 4), ("s", 1), ("s", 2), ("s", 3), ("s", 5)]


def test_later_events_go_on_when_the_failure_is_parked(house: House) -> None:
    house.reactor.on["bad"] = RuntimeError("always")
    house.hear(1, word="bad")
    house.hear(2, 3)
    for _ in range(6):
        house.later(hours=2)
    assert house.states == ["parked", "done", "done"]
    assert house.effects == [("s", 2), ("s", 3)]


def test_a_refusal_parks_at_once_and_its_subject_goes_on(house: House) -> None:
    house.reactor.on["bad"] = errors.WrongState(state="closed", possible="-")
    house.hear(1, word="bad")
    house.hear(2)
    house.work()
    assert house.effects == [("s", 2)]
    assert [failure.reason for failure in ground.failures(house.database)] == ["wrong-state"]


def test_data_that_does_not_fit_parks_at_once(house: House) -> None:
    heard = cloudevent.Event("1", "/steward/left", ground.NOTED.name, "s", ground.START, {"number": "many"})
    receive.store(house.database, [ground.delivery(heard)])
    house.work()
    (failure,) = ground.failures(house.database)
    assert failure.reason == "schema-violation"
    assert "number" in failure.error
    assert "word" in failure.error
    assert ground.outgoing(house.database) == []  # it is one of ours: nobody outside is told


def test_an_inbound_event_that_does_not_fit_is_answered(house: House) -> None:
    heard = cloudevent.Event("order-1", "/tos", ground.OFFERED, "s", ground.START, {"number": 1})
    receive.store(house.database, [ground.delivery(heard, exchange="steward.inbound", key=f"tos.{ground.OFFERED}")])
    house.work()
    (answer,) = ground.outgoing(house.database)
    said = cloudevent.read(bytes(answer.body)).data
    assert (said["source"], said["event_id"], said["code"]) == ("/tos", "order-1", "schema-violation")
    assert "word: Missing data" in said["detail"]


def test_a_newer_version_parks_at_once_and_an_unknown_field_disturbs_nobody(house: House) -> None:
    receive.store(house.database, [ground.noted(1, version=2)])
    more = cloudevent.Event(
        "2", "/steward/left", ground.NOTED.name, "s", ground.START, {"number": 2, "word": "fine", "new": [1]}
    )
    receive.store(house.database, [ground.delivery(more)])
    house.work()
    assert [failure.reason for failure in ground.failures(house.database)] == ["newer-version"]
    assert house.effects == [("s", 2)]


def test_an_unknown_type_is_skipped(house: House) -> None:
    heard = cloudevent.Event("1", "/steward/left", "left.thing.unheard", "s", ground.START, {})
    receive.store(house.database, [ground.delivery(heard)])
    house.hear(2)
    house.work()
    assert house.states == ["skipped", "done"]
    assert ground.failures(house.database) == []


def test_when_the_world_is_away_no_attempt_is_used_up_and_only_the_subject_waits(house: House) -> None:
    house.reactor.on["away"] = [errors.Transient("The world is away.")] * 40
    house.hear(1, word="away")
    house.hear(2)
    house.hear(3, subject="t")
    house.work()
    for _ in range(30):
        house.later(seconds=errors.Transient.retry_after_seconds + 1)
    assert house.effects == [("t", 3)]
    assert ground.inbox(house.database)[0].attempts == 0
    for _ in range(12):
        house.later(seconds=errors.Transient.retry_after_seconds + 1)
    assert house.effects == [("t", 3), ("s", 1), ("s", 2)]


def test_a_deadlock_makes_its_own_subject_wait_and_nothing_else(house: House) -> None:
    """The database gives up on one transaction: it is not away, and the queue must not stop."""
    house.reactor.on["late"] = [errors.DatabaseAway(), errors.DatabaseAway()]
    house.hear(1, subject="t", word="late")
    house.hear(2)
    house.work()
    assert house.effects == [("s", 2)]
    house.later(seconds=6)
    assert house.effects == [("s", 2), ("t", 1)]


def test_somebody_elses_write_in_between_is_met_by_looking_again(house: House) -> None:
    """`Stale` is a refusal to a person; a reaction simply loads the object once more."""
    house.reactor.on["raced"] = [errors.Stale(), errors.Stale()]
    house.hear(1, word="raced")
    house.work()
    assert house.effects == [("s", 1)]
    house.reactor.on["raced"] = errors.Stale()
    house.hear(2, word="raced")
    house.work()
    assert house.states == ["done", "retry"]


def test_a_mistake_in_a_statement_is_no_weather(house: House) -> None:
    """SQLite calls it operational; taken for "the database is away" it would be tried for ever."""
    house.reactor.on["bad"] = _misspell
    house.hear(1, word="bad")
    house.work()
    assert ground.inbox(house.database)[0].attempts == 1


def _misspell(unit: work.Work, heard: cloudevent.Event) -> str:
    unit.execute(sa.text("selec 1"))
    return "never"


def test_a_reaction_may_say_that_it_was_overtaken(house: House) -> None:
    house.reactor.on["old"] = lambda unit, heard: OVERTAKEN
    house.hear(1, word="old")
    house.work()
    assert [(row.state, row.outcome) for row in ground.inbox(house.database)] == [("done", OVERTAKEN)]


def test_an_alone_reaction_has_a_transaction_of_its_own_and_keeps_its_place(
    database: engine.Database, time: moment.ManualTime
) -> None:
    connections: list[int] = []
    reactor = ground.Reactor()

    def number(unit: work.Work, heard: cloudevent.Event) -> str | None:
        connections.append(len(ground.effects(database)))  # what is committed by now
        return reactor.react(unit, heard)

    table = (
        Reaction(ground.NOTED.name, reactor.react, ground.Read),
        Reaction("left.thing.counted", number, ground.Read, alone=True),
    )
    alone = [
        cloudevent.Event(
            str(n), "/steward/left", "left.thing.counted", "s", ground.START, {"number": n, "word": "fine"}
        )
        for n in (3, 4)
    ]
    arriving = [ground.noted(1), ground.noted(2), *map(ground.delivery, alone), ground.noted(5)]
    receive.store(database, arriving)
    running = worker.Worker(database, table)
    while running.step():
        pass
    running.close()
    assert [number for _, number in ground.effects(database)] == [1, 2, 3, 4, 5]
    if database.dialect == "postgresql":
        assert connections == [2, 3]


def test_two_slices_react_to_the_same_event_in_one_transaction(database: engine.Database) -> None:
    first, second = ground.Reactor(), ground.Reactor()
    second.on["half"] = RuntimeError("the second cannot")
    running = worker.Worker(database, [Reaction(ground.NOTED.name, first.react, ground.Read), *second.reactions()])
    receive.store(database, [ground.noted(1), ground.noted(2, subject="t", word="half")])
    while running.step():
        pass
    running.close()
    assert ground.effects(database) == [("s", 1), ("s", 1)]
    assert [row.state for row in ground.inbox(database)] == ["done", "retry"]


def test_a_worker_that_stands_by_takes_over_when_the_first_ends(house: House) -> None:
    second = worker.Worker(house.database, house.reactor.reactions())
    house.hear(1)
    house.work()
    house.hear(2)
    assert second.step() is False
    house.worker.close()
    assert second.step() is True
    second.close()
    assert house.effects == [("s", 1), ("s", 2)]


def test_an_avalanche_of_retries_does_not_hold_up_what_is_new(house: House) -> None:
    house.reactor.on["bad"] = RuntimeError("always")
    for number in range(worker.RETRIES * 2):
        house.hear(number, subject=f"s{number}", word="bad")
    house.work()
    house.time.move(timedelta(seconds=10))
    house.hear(1000, subject="new")
    house.worker.step()
    assert house.effects == [("new", 1000)]


def test_a_run_whose_end_could_not_be_written_down_is_no_crash(open_: Open) -> None:
    """The database goes away between a run and its mark, again and again: the process lives, so nothing is poison."""
    database = open_()
    reactor = ground.Reactor()
    running = worker.Worker(database, reactor.reactions())

    def cut(unit: work.Work, heard: cloudevent.Event) -> str:
        unit.connection.invalidate()
        raise errors.DatabaseAway

    reactor.on["cut"] = cut
    receive.store(database, [ground.noted(1, word="cut"), ground.noted(2, subject="t")])

    def ends_in_the_middle() -> bool:
        """A server that has not noticed the end of the last connection yet still has its lock: then nothing runs."""
        try:
            return running.step()
        except errors.DatabaseAway:
            return True

    for _ in range(policy.MAX_CRASHES + 2):
        ports.until(ends_in_the_middle, timeout_s=30, what="a run that is cut off")
        assert ground.effects(database) == []
    reactor.on.clear()
    ports.until(running.step, timeout_s=30, what="the lock of the lost connection is free")
    while running.step():
        pass
    running.close()
    assert sorted(ground.effects(database)) == [("s", 1), ("t", 2)]
    assert ground.failures(database) == []
    assert {row.started - row.finished for row in ground.inbox(database)} == {0}


def test_whoever_lost_the_connection_lost_the_lock_and_writes_nothing_more(open_: Open) -> None:
    """Otherwise SQLAlchemy would give the loop a new connection, and two workers would be active."""
    database = open_()
    reactor = ground.Reactor()
    first = worker.Worker(database, reactor.reactions())
    second = worker.Worker(database, reactor.reactions())

    def cut(unit: work.Work, heard: cloudevent.Event) -> str:
        unit.connection.invalidate()
        ports.until(second.step, timeout_s=30, what="the lock of the lost connection is free")
        raise RuntimeError("the connection is gone")

    reactor.on["cut"] = [cut]  # type: ignore[list-item]
    receive.store(database, [ground.noted(1, word="cut"), ground.noted(2, subject="t")])
    with pytest.raises(errors.DatabaseAway):
        first.step()
    assert first.step() is False
    while second.step():
        pass
    first.close()
    second.close()
    assert sorted(ground.effects(database)) == [("s", 1), ("t", 2)]


def test_retention_keeps_what_is_parked(house: House) -> None:
    """`done_at` is what the janitor goes by; what waits for a person has none."""
    house.reactor.on["bad"] = errors.Refused("no")
    house.hear(1, word="bad")
    house.hear(2)
    house.work()
    found = ground.rows(house.database, sa.select(tables.inbox.c.state).where(tables.inbox.c.done_at.is_not(None)))
    assert [row.state for row in found] == ["done"]
