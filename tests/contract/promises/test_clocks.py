"""The clock engine on both databases: fires once, survives replays and restarts, explains to the second."""

from __future__ import annotations

import dataclasses
import json
import threading
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from shared.clocks import commands, loop, model, tables
from shared.clocks.calendar import Calendar
from shared.clocks.model import Step
from shared.kernel import errors, ids, moment
from shared.store import engine
from shared.store import tables as shared_tables
from tests.unit.clocks.offices import hai_phong

MINUTE = timedelta(minutes=1)
LADDER = (Step(5_000, ("staff",)), Step(10_000, ("lead",), escalate=True))


class Office:
    """Where the objects of the tests are; its calendar may change."""

    def __init__(self) -> None:
        self.calendar: Calendar = hai_phong()

    def book(self) -> commands.Book:
        return commands.Book(lambda _connection, _of: self.calendar, lambda _c, unit, role, _day: (f"{role}@{unit}",))


@pytest.fixture
def office() -> Office:
    return Office()


def ticket(id: str | None = None) -> tables.Object:
    return tables.Object(
        kind="support.ticket",
        id=id or ids.new(),
        number="TCK-2026-000123",
        unit="hai-phong",
        party=None,
        playbook="vimc-support",
        playbook_version="2026-11-24",
        request_type="3",
    )


def promise(minutes: int = 30, *, basis: str = "running", name: str = "classify") -> commands.Promise:
    return commands.Promise(name, minutes * MINUTE, LADDER, basis, "staff", "person-1")


def begin(
    database: engine.Database, office: Office, of: tables.Object, what: commands.Promise, event: str = "e1"
) -> None:
    with database.work(actor="staff:1") as unit:
        office.book().start(unit, of, what, at=unit.now, event=event)


def run(database: engine.Database, office: Office) -> None:
    engine_loop = loop.Loop(database, office.book())
    try:
        while engine_loop.step():
            pass
    finally:
        engine_loop.close()


def told(database: engine.Database) -> list[dict[str, Any]]:
    """The clock events in the outbox, in order."""
    o = shared_tables.outbox.c
    with database.reading() as connection:
        rows = connection.execute(sa.select(o.body).where(o.kind == "event").order_by(o.seq)).scalars().all()
    return [json.loads(bytes(body)) for body in rows]


def rungs(database: engine.Database) -> list[tuple[float, list[str]]]:
    return [
        (each["data"]["rung"]["percent"], each["data"]["told"].get(each["data"]["rung"]["tell"][0], []))
        for each in told(database)
        if each["type"] == "support.clock.reached"
    ]


def only(database: engine.Database) -> tables.Kept:
    with database.reading() as connection:
        return tables.read(connection.execute(sa.select(tables.clock)).one())


def test_a_step_is_an_event_that_names_whom_it_tells(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    begin(database, office, ticket(), promise())
    run(database, office)
    assert rungs(database) == []
    time.move(15 * MINUTE)
    run(database, office)
    assert rungs(database) == [(50.0, ["staff@hai-phong"])]
    time.move(15 * MINUTE)
    run(database, office)
    assert rungs(database) == [(50.0, ["staff@hai-phong"]), (100.0, ["lead@hai-phong"])]
    (late,) = [each["data"] for each in told(database) if each["data"]["late"]]
    assert (late["of"]["number"], late["people"]["responsible"]) == ("TCK-2026-000123", ["person-1"])


def test_after_a_long_stop_everything_missed_fires_once_and_in_order(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    begin(database, office, ticket(), promise())
    time.move(timedelta(days=30))
    for _ in range(3):
        run(database, office)
    assert [percent for percent, _ in rungs(database)] == [50.0, 100.0]


def test_two_loops_at_once_fire_each_step_once(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    for _ in range(200):
        begin(database, office, ticket(), promise(1))
    time.move(2 * MINUTE)
    threads = [threading.Thread(target=run, args=(database, office)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    run(database, office)
    assert len(rungs(database)) == 400
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(tables.clock.c.fired != 2)).scalar() == 0


def test_only_one_of_two_loops_is_active(database: engine.Database, office: Office, time: moment.ManualTime) -> None:
    first, second = loop.Loop(database, office.book()), loop.Loop(database, office.book())
    begin(database, office, ticket(), promise())
    time.move(90 * MINUTE)
    try:
        assert first._held.take()
        assert second.step() is False
        assert rungs(database) == []
        first.close()
        second.step()
        assert len(rungs(database)) == 2
    finally:
        first.close()
        second.close()


def test_the_same_event_again_starts_nothing_twice(database: engine.Database, office: Office) -> None:
    of = ticket()
    for _ in range(3):
        begin(database, office, of, promise(), event="e1")
    assert only(database).round == 1


def test_an_event_replayed_a_month_later_starts_no_clock_again(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of = ticket()
    begin(database, office, of, promise(), event="e1")
    with database.work(actor="staff:1") as unit:
        assert office.book().stop(unit, of.id, "classify", at=unit.now, event="e2")
    time.move(timedelta(days=31))
    begin(database, office, of, promise(), event="e1")
    with database.work(actor="staff:1") as unit:
        assert not office.book().stop(unit, of.id, "classify", at=unit.now, event="e2", foreign=True)
    run(database, office)
    kept = only(database)
    assert (kept.clock.state, kept.clock.on_time, rungs(database)) == ("stopped", True, [])


def test_a_reopened_object_gets_a_new_round(database: engine.Database, office: Office) -> None:
    of = ticket()
    for event in ("e1", "e3"):
        begin(database, office, of, promise(), event=event)
        with database.work(actor="staff:1") as unit:
            office.book().stop(unit, of.id, "classify", at=unit.now, event=f"{event}-end")
    with database.reading() as connection:
        rounds = connection.execute(sa.select(tables.clock.c.round).order_by(tables.clock.c.round)).scalars().all()
    assert rounds == [1, 2]


def test_a_stop_that_arrives_before_its_start_still_counts(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of, begun = ticket(), time.now()
    with database.work(actor="system:notify") as unit:
        office.book().stop(unit, of.id, "told", at=begun + 5 * MINUTE, event="e2", foreign=True)
    time.move(20 * MINUTE)
    with database.work(actor="system:notify") as unit:
        office.book().start(unit, of, promise(name="told"), at=begun, event="e1")
    time.move(timedelta(days=1))
    run(database, office)
    kept = only(database)
    assert (kept.clock.state, kept.clock.used, kept.clock.on_time) == ("stopped", 5 * MINUTE, True)
    assert rungs(database) == []


def test_a_stop_of_an_earlier_round_does_not_end_a_later_one(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of = ticket()
    with database.work(actor="system:notify") as unit:
        office.book().stop(unit, of.id, "told", at=unit.now, event="e0", foreign=True)
    time.move(MINUTE)
    begin(database, office, of, promise(name="told"), event="e1")
    assert only(database).clock.state == "running"


def test_a_promise_that_ends_late_tells_so_even_when_the_loop_was_down(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of = ticket()
    begin(database, office, of, promise())
    time.move(40 * MINUTE)
    with database.work(actor="staff:1") as unit:
        office.book().stop(unit, of.id, "classify", at=unit.now, event="e2")
    assert [percent for percent, _ in rungs(database)] == [50.0, 100.0]
    assert not only(database).clock.on_time


def test_a_pause_needs_reason_and_evidence_and_is_ended_once(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of = ticket()
    begin(database, office, of, promise())
    with pytest.raises(model.ReasonMissing), database.work(actor="staff:1") as unit:
        office.book().pause(unit, of.id, reason="client", evidence="")
    time.move(10 * MINUTE)
    with database.work(actor="staff:1") as unit:
        assert office.book().pause(unit, of.id, reason="client", evidence="mail 8812") == ["classify"]
    time.move(timedelta(days=2))
    run(database, office)
    assert rungs(database) == []
    with database.work(actor="staff:1") as unit:
        office.book().resume(unit, of.id)
    with pytest.raises(errors.WrongState), database.work(actor="staff:1") as unit:
        office.book().resume(unit, of.id)
    assert only(database).clock.due_at == time.now() + 20 * MINUTE
    assert [each["type"].rpartition(".")[2] for each in told(database)] == ["paused", "resumed"]


def test_two_people_pausing_at_once_pause_once(database: engine.Database, office: Office) -> None:
    of = ticket()
    begin(database, office, of, promise())
    paused: list[list[str]] = []

    def pause() -> None:
        with database.work(actor="staff:1") as unit:
            paused.append(office.book().pause(unit, of.id, reason="client", evidence="mail"))

    threads = [threading.Thread(target=pause) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(paused) == [[], [], [], ["classify"]]
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.stretch)).scalar() == 1


def test_an_explanation_lists_the_worked_intervals_and_adds_up(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    of = ticket()
    begin(database, office, of, promise(480, basis="working"))
    time.move(timedelta(hours=2))  # 11:00
    with database.work(actor="staff:1") as unit:
        office.book().pause(unit, of.id, reason="client", evidence="mail")
    time.move(timedelta(hours=3))  # 14:00
    with database.work(actor="staff:1") as unit:
        office.book().resume(unit, of.id)
    time.move(timedelta(days=1, hours=1))  # 15:00 on Thursday
    kept = only(database)
    with database.reading() as connection:
        closed = [
            tables.read_stretch(row)
            for row in connection.execute(sa.select(tables.stretch).order_by(tables.stretch.c.number))
        ]
    intervals, total = model.explain(kept.clock, tuple(closed), time.now(), office.calendar)
    assert len(intervals) == 4  # the morning until the pause, the afternoon, the next morning, and until now
    assert total == timedelta(hours=2 + 3.5 + 4 + 1.5)
    assert [stretch.evidence for stretch in closed] == ["mail"]


def test_a_declared_holiday_moves_an_open_promise_and_both_due_moments_are_told(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    begin(database, office, ticket(), promise(480, basis="working"))
    time.move(timedelta(hours=1))
    before = office.calendar
    office.calendar = dataclasses.replace(before, off=before.off | {date(2026, 11, 26)}, _spans={})
    kept = only(database)
    with database.work(actor="staff:1") as unit:
        change = commands.Repriced(kept, before, office.calendar)
        assert office.book().reprice(unit, [change], why="a day of mourning") == 1
    changed = only(database).clock
    assert changed.due_at == kept.clock.due_at + timedelta(days=1)
    (event,) = [each["data"] for each in told(database)]
    assert event["due_before"] < event["due_at"]
    assert event["reason"] == "a day of mourning"


def test_ended_promises_are_counted_once_however_often_the_end_is_told(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    for minutes in (10, 20, 50):
        of = ticket()
        begin(database, office, of, promise())
        time.move(minutes * MINUTE)
        for _ in range(2):
            with database.work(actor="staff:1") as unit:
                office.book().stop(unit, of.id, "classify", at=unit.now, event="end")
    with database.reading() as connection:
        (row,) = connection.execute(sa.select(tables.kpi)).all()
    assert (row.on_time, row.late, row.used_s, row.person) == (2, 1, 80 * 60, "person-1")


def test_a_loop_that_cannot_trust_the_machines_time_fires_nothing_and_says_so(
    database: engine.Database, office: Office
) -> None:
    database.time = moment.SystemTime()
    engine_loop = loop.Loop(database, office.book())
    engine_loop._anchor -= 7_200  # as if the wall clock had been set two hours ahead since the start
    try:
        with pytest.raises(loop.TimeNotTrusted, match="7200 s"):
            engine_loop.step()
    finally:
        engine_loop.close()


def test_a_step_and_the_mark_that_it_fired_are_one_transaction(
    database: engine.Database, office: Office, time: moment.ManualTime
) -> None:
    begin(database, office, ticket(), promise())
    time.move(60 * MINUTE)

    class Down(Exception):
        pass

    def holders(_connection: Any, _unit: str, role: str, _day: date) -> tuple[str, ...]:
        if role == "lead":
            raise Down
        return (role,)

    broken = commands.Book(lambda _c, _o: office.calendar, holders)
    engine_loop = loop.Loop(database, broken)
    with pytest.raises(Down):
        engine_loop.step()
    engine_loop.close()
    assert rungs(database) == []
    run(database, office)
    assert [percent for percent, _ in rungs(database)] == [50.0, 100.0]
