"""A decision about many failures: a set that is frozen, worked off at a rate, stopped at the first new failure, cut off
anywhere and gone on with, shared out between people who decide the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.bus import port
from shared.failures import batch, groups, story
from shared.inbox import receive, worker
from shared.jobs import rows, runner
from shared.kernel import errors, moment
from shared.runtime import janitor, settings
from shared.store import engine, tables
from shared.trail import queries as trails
from tests.contract.core import ground
from tests.contract.core.conftest import Open

WHY = "the catalogue is mended"
LAN, WANG = "staff:lan", "staff:wang"
SECOND = timedelta(seconds=1)

_f, _i = tables.failure.c, tables.failure_batch_item.c


class Desk:
    """An inbox with a worker, tasks, and people who decide about what failed."""

    def __init__(self, database: engine.Database, time: moment.ManualTime) -> None:
        self.database, self.time = database, time
        self.reactor = ground.Reactor()
        self.reactor.on["bad"] = errors.Refused("no")
        self.worker = worker.Worker(database, self.reactor.reactions())

    def fail(self, *numbers: int) -> str:
        """Events, each about an object of its own, that cannot be handled. Returns their cause."""
        receive.store(self.database, [ground.noted(n, subject=f"s{n}", word="bad") for n in numbers])
        self.work()
        return self.failures()[-1].cause

    def mend(self) -> None:
        self.reactor.on.clear()

    def work(self) -> None:
        while self.worker.step():
            pass

    def begin(self, cause: str, *, act: str = "replay", by: str = LAN, **how: Any) -> str:
        with self.database.work(actor=by) as unit:
            return batch.begin(unit, act, cause, reason=WHY, **how)

    def go_on(self, seconds: int = 12) -> None:
        """Let time pass second by second, with every loop at its work."""
        for _ in range(seconds):
            while batch.step(self.database):
                pass
            self.work()
            self.time.move(SECOND)

    def shown(self, id: str) -> dict[str, Any]:
        with self.database.reading() as connection:
            return batch.shown(connection, id)

    def sent(self, id: str) -> int:
        """How many of a set were begun again so far."""
        counts = self.shown(id)["counts"]
        return counts["sent"] + counts["done"]

    def failures(self) -> list[Any]:
        return ground.failures(self.database)

    def states(self) -> list[str]:
        return [failure.state for failure in self.failures()]

    def numbers(self) -> list[int]:
        """The numbers of the events that took effect."""
        return [number for _, number in ground.effects(self.database)]


@pytest.fixture
def desk(database: engine.Database, time: moment.ManualTime) -> Iterator[Desk]:
    made = Desk(database, time)
    yield made
    made.worker.close()


def test_a_set_is_replayed_to_its_end_and_each_of_it_takes_effect_once(desk: Desk) -> None:
    cause = desk.fail(*range(1, 8))
    desk.mend()
    id = desk.begin(cause)
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["total"], known["counts"]["done"]) == ("finished", 7, 7)
    assert sorted(desk.numbers()) == [1, 2, 3, 4, 5, 6, 7]
    assert desk.states() == ["resolved"] * 7


def test_one_goes_ahead_and_when_it_fails_anew_nothing_else_is_touched(desk: Desk) -> None:
    cause = desk.fail(*range(1, 6))
    id = desk.begin(cause, rate=50)
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["ended_why"]) == ("stopped", batch.FAILED_AGAIN)
    assert (known["counts"]["failed"], known["counts"]["left"]) == (1, 4)
    assert known["troubles"][0]["failure_id"] == desk.failures()[0].id
    assert desk.states() == ["parked"] * 5
    assert [failure.failed_again for failure in desk.failures()] == [1, 0, 0, 0, 0]


def test_a_new_failure_is_news_at_once_and_not_only_when_its_attempts_are_used_up(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3)
    desk.reactor.on["bad"] = KeyError("another fault")  # which is tried again for over an hour before it is parked
    id = desk.begin(cause)
    desk.go_on(5)
    assert (desk.shown(id)["state"], desk.shown(id)["counts"]["left"]) == ("stopped", 2)
    desk.mend()
    desk.go_on(10)
    assert (desk.shown(id)["counts"]["done"], desk.shown(id)["counts"]["sent"]) == (1, 0)


def test_a_failure_in_the_middle_stops_what_comes_after_it(desk: Desk) -> None:
    cause = desk.fail(*range(1, 31))
    desk.reactor.on["bad"] = _failing(3)
    id = desk.begin(cause, rate=1)
    desk.go_on(20)
    counts = desk.shown(id)["counts"]
    assert desk.shown(id)["state"] == "stopped"
    assert (counts["done"], counts["failed"]) == (2, 1)
    assert counts["left"] == 27


def _failing(number: int) -> Any:
    """What happens to events once it is mended for all but one."""

    def stumble(_unit: Any, event: Any) -> None:
        if event.data["number"] == number:
            raise errors.Refused("no")

    return stumble


def test_without_the_stop_the_whole_set_is_tried(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3, 4)
    desk.reactor.on["bad"] = _failing(2)
    id = desk.begin(cause, stop_on_failure=False)
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["counts"]["done"], known["counts"]["failed"]) == ("finished", 3, 1)


@pytest.mark.parametrize(("rate", "by_then"), [(1.0, 10), (2.0, 20), (0.5, 5)])
def test_the_rate_is_kept_and_a_loop_that_stood_still_does_not_come_back_as_a_flood(
    desk: Desk, rate: float, by_then: int
) -> None:
    cause = desk.fail(*range(1, 31))
    desk.mend()
    id = desk.begin(cause, rate=rate, stop_on_failure=False)
    desk.go_on(10)
    assert abs(desk.shown(id)["counts"]["done"] - by_then) <= rate + 1
    before = desk.sent(id)
    desk.time.move(timedelta(hours=1))  # nobody worked it off
    while batch.step(desk.database):
        pass
    assert desk.sent(id) - before <= rate * batch.CATCH_UP.total_seconds() + 1


def test_the_set_does_not_grow_with_what_fails_while_it_is_replayed(desk: Desk) -> None:
    cause = desk.fail(1, 2)
    desk.reactor.on["bad"] = None
    id = desk.begin(cause)
    desk.reactor.on["bad"] = errors.Refused("no")
    with desk.database.work() as unit:  # as somebody else's: of the same cause, after the set was frozen
        for number in (3, 4):
            told = story.Story("task", f"t{number}", "left.thing.noted", "x", f"s{number}", "refused", "no", 1, cause)
            story.park(unit, told)
    desk.mend()
    desk.go_on()
    assert (desk.shown(id)["total"], desk.shown(id)["state"]) == (2, "finished")
    assert desk.states() == ["resolved", "resolved", "parked", "parked"]


def test_only_what_the_person_saw_is_decided_about(desk: Desk) -> None:
    cause = desk.fail(1, 2)
    seen_at = desk.time.now()
    desk.time.move(SECOND)
    desk.fail(3)
    id = desk.begin(cause, act="discard", until=seen_at)
    desk.go_on(2)
    assert desk.shown(id)["total"] == 2
    assert desk.states() == ["discarded", "discarded", "parked"]


def test_two_people_who_replay_the_same_share_it_out(desk: Desk) -> None:
    cause = desk.fail(*range(1, 6))
    one = desk.begin(cause, by=LAN)
    with pytest.raises(batch.NothingToDo):
        desk.begin(cause, by=WANG)
    desk.fail(6, 7)
    other = desk.begin(cause, by=WANG)
    desk.mend()
    desk.go_on()
    assert (desk.shown(one)["total"], desk.shown(other)["total"]) == (5, 2)
    assert sorted(desk.numbers()) == [1, 2, 3, 4, 5, 6, 7]


def test_a_replay_by_hand_in_the_middle_of_a_set_takes_no_effect_twice(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3)
    desk.mend()
    id = desk.begin(cause, rate=1)
    with desk.database.work(actor=WANG) as unit:
        story.replay(unit, desk.failures()[1].id, reason="by hand")
    with desk.database.work(actor=WANG) as unit:
        story.discard(unit, desk.failures()[2].id, reason="not needed")
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["counts"]["done"], known["counts"]["refused"]) == ("finished", 1, 2)
    assert {each["why"] for each in known["troubles"]} == {"not-parked"}
    assert sorted(desk.numbers()) == [1, 2]


def test_two_copies_of_the_loop_do_not_do_the_same_work(desk: Desk, open_: Open) -> None:
    cause = desk.fail(*range(1, 21))
    desk.mend()
    id = desk.begin(cause, rate=50, stop_on_failure=False)
    copy = open_("right")
    for _ in range(5):
        batch.step(copy)
        batch.step(desk.database)
        desk.work()
        desk.time.move(SECOND)
    assert desk.shown(id)["state"] == "finished"
    assert sorted(desk.numbers()) == list(range(1, 21))


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("cut", range(12))
def test_a_process_that_dies_between_any_two_writes_repeats_nothing_and_forgets_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    cause = desk.fail(1, 2, 3)
    desk.mend()
    id = desk.begin(cause, rate=50, stop_on_failure=False)
    writes = iter(range(1000))
    mark, replay = batch._mark, story.replay

    def dying(run: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            if next(writes) == cut:
                raise Killed
            made = run(*args, **more)
            if next(writes) == cut:
                raise Killed
            return made

        return call

    monkeypatch.setattr(batch, "_mark", dying(mark))
    monkeypatch.setitem(batch.ACTS, "replay", dying(replay))
    with pytest.raises(Killed):
        desk.go_on()
    monkeypatch.undo()
    desk.go_on()
    assert (desk.shown(id)["state"], desk.shown(id)["counts"]["done"]) == ("finished", 3)
    assert sorted(desk.numbers()) == [1, 2, 3]
    for failure in desk.failures():
        assert [entry["what"] for entry in _trail(desk, failure.id)] == ["replayed"]


def test_the_failure_of_something_that_is_gone_is_told_and_holds_nothing_up(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3)
    gone = desk.failures()[0]
    with desk.database.work() as unit:
        unit.execute(tables.inbox.delete().where(tables.inbox.c.seq == int(gone.ref)))
    desk.mend()
    id = desk.begin(cause)
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["counts"]["done"], known["counts"]["refused"]) == ("finished", 2, 1)
    assert known["troubles"][0] | {"at": None} == {
        "number": 1,
        "failure_id": gone.id,
        "state": "refused",
        "why": "work-gone",
        "at": None,
    }


def test_a_set_that_is_stopped_leaves_the_rest_as_it_was(desk: Desk) -> None:
    cause = desk.fail(*range(1, 11))
    desk.mend()
    id = desk.begin(cause, rate=1, stop_on_failure=False)
    desk.go_on(3)
    with desk.database.work(actor=WANG) as unit:
        batch.stop(unit, id, reason="the provider asked us to")
    desk.go_on()
    known = desk.shown(id)
    assert (known["state"], known["ended_by"], known["ended_why"]) == ("stopped", WANG, "the provider asked us to")
    assert known["counts"]["left"] == desk.states().count("parked") > 0
    with pytest.raises(batch.Ended), desk.database.work() as unit:
        batch.stop(unit, id, reason="once more")
    again = desk.begin(cause)  # what was left can be decided about anew
    desk.go_on()
    assert desk.shown(again)["total"] == known["counts"]["left"]
    assert sorted(desk.numbers()) == list(range(1, 11))


def test_a_cause_is_discarded_and_restored_as_a_whole_within_thirty_days(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3)
    desk.begin(cause, act="discard")
    desk.go_on(2)
    assert desk.states() == ["discarded"] * 3
    with pytest.raises(batch.NothingToDo):
        desk.begin(cause, act="discard")
    desk.time.move(timedelta(days=29))
    desk.begin(cause, act="restore")
    desk.go_on(2)
    assert desk.states() == ["parked"] * 3
    desk.begin(cause, act="discard")
    desk.go_on(2)
    desk.time.move(timedelta(days=31))
    late = desk.begin(cause, act="restore")
    desk.go_on(2)
    assert (desk.shown(late)["counts"]["refused"], desk.states()) == (3, ["discarded"] * 3)


def test_a_replayed_delivery_counts_once_its_event_was_handled(desk: Desk) -> None:
    good = ground.offered(1, word="bad")
    dead = port.Delivery(good.body, good.content_type, port.INBOUND, good.routing_key, {})
    receive.store_dead(desk.database, [dead])
    desk.mend()
    id = desk.begin(desk.failures()[0].cause)
    while batch.step(desk.database):
        pass
    assert desk.shown(id)["counts"]["sent"] == 1
    desk.go_on(3)
    assert desk.shown(id)["counts"]["done"] == 1
    assert desk.numbers() == [1]


def test_tasks_are_replayed_as_events_are(desk: Desk) -> None:
    broken = [True]

    def mend(job: runner.Job) -> str:
        if broken[0]:
            raise errors.Refused("It is broken.")
        return "mended"

    def run() -> None:
        for each in rows.next_due(desk.database, limit=10):
            runner.run(desk.database, {"mend": rows.Task("mend", mend)}, each, None)

    with desk.database.work() as unit:
        for _ in range(3):
            rows.add(unit, "mend")
    run()
    broken[0] = False
    id = desk.begin(desk.failures()[0].cause)
    for _ in range(5):
        desk.go_on(1)
        run()
    desk.go_on(1)
    assert (desk.shown(id)["state"], desk.shown(id)["counts"]["done"]) == ("finished", 3)


def test_every_decision_is_on_the_trail_with_its_actor_and_reason_and_the_chain_is_whole(desk: Desk) -> None:
    cause = desk.fail(1, 2)
    id = desk.begin(cause, act="discard", by=WANG)
    desk.go_on(2)
    for failure in desk.failures():
        (entry,) = _trail(desk, failure.id)
        assert (entry["what"], entry["actor"], entry["text"]) == ("discarded", WANG, WHY)
        assert entry["facts"]["batch"] == id
    begun, finished = _trail(desk, id)
    assert (begun["what"], begun["actor"], begun["text"], begun["facts"]["failures"]) == ("begun", WANG, WHY, 2)
    assert finished["what"] == "finished"
    with desk.database.work(actor=LAN) as unit:
        groups.note(unit, cause, "the sender was told")
    assert [entry["what"] for entry in _trail(desk, f"cause:{groups.key(cause)}")] == ["noted"]


def _trail(desk: Desk, id: str) -> list[dict[str, Any]]:
    with desk.database.reading() as connection:
        return trails.of_object(connection, id)


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_no_set_is_begun_or_stopped_without_a_reason(desk: Desk, reason: str) -> None:
    cause = desk.fail(1)
    with pytest.raises(story.ReasonMissing), desk.database.work() as unit:
        batch.begin(unit, "replay", cause, reason=reason)
    id = desk.begin(cause)
    with pytest.raises(story.ReasonMissing), desk.database.work() as unit:
        batch.stop(unit, id, reason=reason)
    assert ground.rows(desk.database, sa.select(_i.state)) == [("waiting",)]


def test_causes_tell_how_many_since_when_and_what_is_known_about_them(desk: Desk) -> None:
    cause = desk.fail(1, 2, 3)
    first = desk.time.now()
    desk.time.move(SECOND)
    desk.fail(4)
    with desk.database.work(actor=LAN) as unit:
        groups.note(unit, cause, "chờ bản vá")
    with desk.database.reading() as connection:
        (group,) = groups.of(connection, "parked")
        assert (group.cause, group.count, group.first, group.last) == (cause, 4, first, desk.time.now())
        assert (group.notes, len(group.examples)) == (1, groups.EXAMPLES)
        assert groups.named(connection, group.id) == cause
        newest = [row.subject for row in groups.page(connection, state=None, cause=cause, after=None, limit=3)]
        assert newest == ["s4", "s3", "s2"]
        with pytest.raises(groups.NoSuchCause):
            groups.named(connection, "0" * 16)


def test_retention_takes_what_was_decided_long_ago_and_leaves_what_goes_on(desk: Desk) -> None:
    given = settings.read({"STEWARD_RETAIN_INBOX_DAYS": "1"})
    old = desk.begin(desk.fail(1, 2), act="discard")
    desk.go_on(2)
    going_on = desk.begin(desk.fail(3, 4), rate=0.05, stop_on_failure=False)
    desk.time.move(timedelta(hours=23))
    janitor.clean(desk.database, given)
    assert desk.shown(old)["total"] == 2
    desk.time.move(timedelta(hours=2))
    janitor.clean(desk.database, given)
    with pytest.raises(errors.NotFound):
        desk.shown(old)
    assert desk.shown(going_on)["counts"]["waiting"] == 2
