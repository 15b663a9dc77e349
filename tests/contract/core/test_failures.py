"""What failed waits for a person, who replays it, gives it up or takes it up again; each with a name and a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.bus import port
from shared.envelope import cloudevent
from shared.failures import story
from shared.inbox import receive, worker
from shared.jobs import rows, runner
from shared.kernel import errors, moment
from shared.runtime import janitor, settings
from shared.store import engine, tables
from tests.contract.core import ground

WHY = "the catalogue is mended"


class Desk:
    """An inbox with a worker, a task, and somebody who looks at the failures."""

    def __init__(self, database: engine.Database, time: moment.ManualTime) -> None:
        self.database, self.time = database, time
        self.reactor = ground.Reactor()
        self.worker = worker.Worker(database, self.reactor.reactions())
        self.broken = True

    def hear(self, *arriving: port.Delivery) -> None:
        receive.store(self.database, arriving)
        self.work()

    def work(self) -> None:
        while self.worker.step():
            pass

    def task(self, job: runner.Job) -> str:
        """A task that is refused as long as something is broken."""
        if self.broken:
            raise errors.Refused("It is broken.")
        return "mended"

    def run(self) -> None:
        for id in rows.next_due(self.database, limit=10):
            runner.run(self.database, {"mend": rows.Task("mend", self.task)}, id, None)

    def failed(self) -> Any:
        """The one failure."""
        (failure,) = ground.failures(self.database)
        return failure

    def decide(self, what: Any, id: str, *, reason: str = WHY, by: str = "staff:huong") -> None:
        with self.database.work(actor=by) as unit:
            what(unit, id, reason=reason)


@pytest.fixture
def desk(database: engine.Database, time: moment.ManualTime) -> Iterator[Desk]:
    made = Desk(database, time)
    yield made
    made.worker.close()


def test_a_replayed_event_takes_effect_with_the_present_state_and_its_story_is_closed(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"), ground.noted(2))
    desk.reactor.on.clear()
    desk.decide(story.replay, desk.failed().id)
    assert desk.failed().state == "replayed"
    desk.work()
    assert ground.effects(desk.database) == [("s", 2), ("s", 1)]
    assert desk.failed().state == "resolved"


def test_a_replay_that_fails_again_is_parked_again_and_counted(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    first = desk.failed()
    for times in (1, 2):
        desk.time.move(timedelta(minutes=1))
        desk.decide(story.replay, first.id)
        desk.work()
        again = desk.failed()
        assert (again.id, again.state, again.failed_again) == (first.id, "parked", times)
    assert again.failed_at == first.failed_at
    assert again.changed_at > first.changed_at


def test_a_replay_starts_with_a_fresh_count_of_attempts(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    desk.reactor.on["bad"] = [RuntimeError("once")]
    desk.decide(story.replay, desk.failed().id)
    desk.work()
    (row,) = ground.inbox(desk.database)
    assert (row.state, row.attempts) == ("retry", 1)


def test_a_replayed_task_runs_again(desk: Desk) -> None:
    with desk.database.work(actor="staff:lan") as unit:
        id = rows.add(unit, "mend")
    desk.run()
    assert (desk.failed().kind, desk.failed().ref, desk.failed().reason) == ("task", id, "refused")
    desk.broken = False
    desk.decide(story.replay, desk.failed().id)
    desk.run()
    assert [(row.state, row.result) for row in ground.rows(desk.database, sa.select(tables.task))] == [
        ("done", "mended")
    ]
    assert desk.failed().state == "resolved"


def test_a_replayed_delivery_goes_to_the_inbox_and_one_that_is_still_bad_stays_parked(desk: Desk) -> None:
    good = ground.offered(1)
    receive.store_dead(desk.database, [port.Delivery(good.body, good.content_type, port.INBOUND, good.routing_key, {})])
    desk.decide(story.replay, desk.failed().id)
    desk.work()
    assert ground.effects(desk.database) == [("s", 1)]
    assert desk.failed().state == "resolved"
    desk.hear(port.Delivery(b"{}", cloudevent.CONTENT_TYPE, port.INBOUND, good.routing_key))
    bad = ground.failures(desk.database)[1]
    with pytest.raises(cloudevent.Unreadable):
        desk.decide(story.replay, bad.id)
    assert ground.failures(desk.database)[1].state == "parked"


def test_a_discarded_failure_is_left_and_can_be_restored_for_thirty_days(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    id = desk.failed().id
    desk.decide(story.discard, id, reason="sent by mistake")
    desk.work()
    assert desk.failed().state == "discarded"
    assert ground.inbox(desk.database)[0].state == "discarded"
    with pytest.raises(story.NotParked):
        desk.decide(story.replay, id)
    desk.time.move(timedelta(days=30))
    desk.decide(story.restore, id)
    assert desk.failed().state == "parked"
    desk.reactor.on.clear()
    desk.decide(story.replay, id)
    desk.work()
    assert ground.effects(desk.database) == [("s", 1)]
    desk.decide(story.discard, _parked_task(desk), reason="not needed")
    desk.time.move(timedelta(days=30, seconds=1))
    with pytest.raises(story.WorkGone):
        desk.decide(story.restore, ground.failures(desk.database)[1].id)


def _parked_task(desk: Desk) -> str:
    with desk.database.work() as unit:
        rows.add(unit, "mend")
    desk.run()
    return ground.failures(desk.database)[-1].id


def test_what_is_not_parked_is_neither_replayed_nor_discarded_and_what_was_not_discarded_not_restored(
    desk: Desk,
) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    id = desk.failed().id
    with pytest.raises(story.NotDiscarded):
        desk.decide(story.restore, id)
    desk.decide(story.replay, id)
    for what in (story.replay, story.discard):
        with pytest.raises(story.NotParked):
            desk.decide(what, id)
    with pytest.raises(errors.NotFound):
        desk.decide(story.replay, "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d")


@pytest.mark.parametrize("what", [story.replay, story.discard, story.restore])
@pytest.mark.parametrize("reason", ["", "  ", "x ", "ok"])
def test_nothing_is_decided_without_a_reason(desk: Desk, what: Any, reason: str) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    with pytest.raises(story.ReasonMissing):
        desk.decide(what, desk.failed().id, reason=reason)


def test_the_record_keeps_every_decision_with_who_when_and_why(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    id = desk.failed().id
    desk.decide(story.discard, id, reason="gửi nhầm", by="staff:huong")
    desk.decide(story.restore, id, reason="还需要", by="staff:wang")
    desk.decide(story.replay, id, reason=WHY, by="staff:lan")
    assert desk.failed().note.splitlines() == [
        "2026-11-24T02:00:00.000000Z staff:huong discarded: gửi nhầm",
        "2026-11-24T02:00:00.000000Z staff:wang restored: 还需要",
        f"2026-11-24T02:00:00.000000Z staff:lan replayed: {WHY}",
    ]
    assert desk.failed().changed_by == "staff:lan"


def test_work_that_retention_took_away_cannot_be_taken_up(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1, word="bad"))
    desk.decide(story.discard, desk.failed().id)
    with desk.database.work() as unit:
        unit.execute(tables.inbox.delete())
    with pytest.raises(story.WorkGone):
        desk.decide(story.restore, desk.failed().id)


def test_failures_are_grouped_by_what_caused_them(desk: Desk) -> None:
    desk.reactor.on |= {"a": KeyError("colour"), "b": errors.Refused("no")}
    for number in range(1, 4):
        desk.hear(ground.noted(number, subject=f"a{number}", word="a"))
    for number in range(4, 6):
        desk.hear(ground.noted(number, subject=f"b{number}", word="b"))
    for _ in range(6):
        desk.time.move(timedelta(hours=2))
        desk.work()
    with desk.database.reading() as connection:
        groups = story.grouped(connection)
        assert [(group.cause, group.reason, group.count) for group in groups] == [
            ("left.thing.noted KeyError in ground:react", "exhausted", 3),
            ("left.thing.noted Refused in ground:react", "refused", 2),
        ]
        assert story.any_parked(connection)
        assert len(story.listed(connection, cause=groups[1].cause)) == 2
        assert len(story.listed(connection, limit=4)) == 4
        assert not hasattr(story.listed(connection)[0], "raw")


def test_a_frozen_set_does_not_grow_while_it_is_replayed(desk: Desk) -> None:
    desk.reactor.on["bad"] = errors.Refused("no")
    for number in range(1, 6):
        desk.hear(ground.noted(number, word="bad"))
        desk.time.move(timedelta(seconds=1))
    cause = ground.failures(desk.database)[0].cause
    with desk.database.reading() as connection:
        frozen = story.frozen(connection, cause)
        assert story.frozen(connection, cause, limit=2) == frozen[:2]
    assert frozen == [failure.id for failure in ground.failures(desk.database)]  # oldest first
    desk.hear(ground.noted(6, word="bad"))
    desk.reactor.on.clear()
    for id in frozen:
        desk.decide(story.replay, id)
        desk.work()
    assert [number for _, number in ground.effects(desk.database)] == [1, 2, 3, 4, 5]
    assert [failure.state for failure in ground.failures(desk.database)].count("parked") == 1


def test_a_story_holds_no_values_of_variables_and_has_an_end(desk: Desk) -> None:
    secret = "0912345678"
    desk.reactor.on["bad"] = errors.Refused("x" * 20_000)
    desk.hear(ground.noted(1, subject=secret, word="bad"))
    failure = desk.failed()
    assert len(failure.error) <= 8_192
    assert secret not in failure.error


def test_two_that_park_the_same_work_at_once_write_one_story(desk: Desk) -> None:
    told = story.Story("delivery", "d" * 64, "x.y", "z", "", "unreadable-event", "why", 1, raw=b"x", headers={})
    for _ in range(2):
        with desk.database.work() as unit:
            story.park(unit, told)
    assert desk.failed().failed_again == 1


def test_names_that_no_database_takes_are_written_in_escapes(desk: Desk) -> None:
    told = story.Story("delivery", "d" * 64, "a\x00b\ud800", "\x00", "", "r", "e\x00\udfff", 1)
    with desk.database.work() as unit:
        story.park(unit, told)
    assert (desk.failed().name, desk.failed().source, desk.failed().error) == (r"a\x00b\ud800", r"\x00", r"e\x00\udfff")


def test_retention_takes_what_is_over_and_leaves_what_can_still_be_decided(desk: Desk) -> None:
    given = settings.read({"STEWARD_RETAIN_INBOX_DAYS": "1", "STEWARD_RETAIN_OUTBOX_DAYS": "1"})
    desk.reactor.on["bad"] = errors.Refused("no")
    desk.hear(ground.noted(1), ground.noted(2, subject="t", word="bad"), ground.noted(3, subject="u", word="bad"))
    task = _parked_task(desk)
    parked, discarded, _ = ground.failures(desk.database)
    for id in (discarded.id, task):
        desk.decide(story.discard, id)

    def left() -> tuple[list[str], list[str], list[str]]:
        janitor.clean(desk.database, given)
        states = ([row.state for row in table] for table in (ground.inbox(desk.database), _tasks(desk)))
        return (*states, [failure.state for failure in ground.failures(desk.database)])  # type: ignore[return-value]

    desk.time.move(timedelta(days=2))
    assert left() == (["parked", "discarded"], ["discarded"], ["parked", "discarded", "discarded"])
    desk.time.move(timedelta(days=29))
    assert left() == (["parked"], [], ["parked"])
    desk.time.move(timedelta(days=3650))
    assert left() == (["parked"], [], ["parked"])
    assert desk.failed().id == parked.id


def _tasks(desk: Desk) -> list[Any]:
    return ground.rows(desk.database, sa.select(tables.task))
