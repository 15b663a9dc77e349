"""Opening the day's check, closing it, and demanding that a record be completed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.record import filters
from services.support.record_check import events, model, queries, tables
from services.support.record_check.flow import RECORD_CHECK
from services.support.ticket import gate, saying
from services.support.ticket.flow import TICKET
from shared import outbox, trail
from shared.clocks import tables as clocks
from shared.clocks.calendar import Calendar
from shared.envelope.catalogue import EventType
from shared.kernel import errors, ids
from shared.people import permission, sight
from shared.playbook import book, promises, shelf
from shared.playbook.model import Playbook
from shared.store.work import Work, insert
from shared.web.tokens import Caller

MOST_DAYS_OFF = 60  # a unit that works on none of so many days has no check


def open_(work: Work, unit: str, *, after: date | None = None) -> model.Check | None:
    """The check of the working day that it is, or of the next one (behind `after`, where given). None where that day's
    check is there already, or the unit's procedure promises none."""
    playbook = shelf.active(work.connection, TICKET.name, unit)
    if not any(events.OPENED.name in spec.starts for spec in playbook.clocks.values()):
        return None
    calendar = book.of(work.connection).places(work.connection, _place(unit, playbook))
    day = _working_day(calendar, work.now, after)
    if day is None or tables.of_day(work.connection, unit, day) is not None:
        return None
    last = tables.newest(work.connection, unit)
    opened = model.Check(
        id=ids.new(),
        version=1,
        unit=unit,
        since=last.due_at if last else filters.begin(calendar.day_of(work.now), ZoneInfo(calendar.zone)),
        day=day,
        state=model.LIFECYCLE.initial,
        opened_at=work.now,
        due_at=calendar.spans(day)[-1][1],
        playbook=playbook.id,
        playbook_version=playbook.version,
    )
    tables.add(work, opened)
    _say(work, playbook, events.OPENED, opened, facts={"day": day.isoformat()})
    return opened


def check(work: Work, id: str, who: Caller, *, remarks: str | None, version: int | None = None) -> model.Check:
    """The lead has checked the day's record (S004-162); what was found is kept, and the next day's check opens.

    Raises `model.DayNotCome`.
    """
    held, playbook = _mine(work, id, who, "check", version)
    day = today(work.connection, held, work.now)
    lines = queries.lines(work.connection, held, work.now)
    faulty = sum(1 for line in lines if line.findings)
    checked = model.check(
        held, remarks=remarks, lines=len(lines), faulty=faulty, by=work.actor, now=work.now, today=day
    )
    saved = tables.save(work, checked)
    _say(work, playbook, events.CHECKED, saved, facts={"lines": len(lines), "faulty": faulty}, private=remarks)
    open_(work, held.unit, after=held.day)
    return saved


def demand(work: Work, id: str, who: Caller, *, ticket_id: str, reason: str) -> dict[str, Any]:
    """The lead demands that a record be completed (S004-163); whoever is responsible for the request is told.

    It is open until the record is written. Raises `model.NothingToDemand`.
    """
    held, _ = _mine(work, id, who, "check", None)
    ticket, _ = gate.mine(work, ticket_id, who, "demand")
    if ticket.unit != held.unit:
        raise tables.NoSuchCheck
    if ticket.state in model.ENDED:
        raise model.NothingToDemand
    row = {
        "id": ids.new(),
        "ticket_id": ticket.id,
        "check_id": held.id,
        "unit": ticket.unit,
        "demanded_of": [ticket.owner] if ticket.owner else [],
        "reason": reason,
        "demanded_by": work.actor,
        "demanded_at": work.now,
    }
    insert(work, tables.demand, row)
    own = {
        "demand_id": row["id"],
        "check_id": held.id,
        "reason": reason,
        "content": ticket.content,
        "request_type": ticket.request_type,
        "promised_at": ticket.promised_at,
    }
    saying.mention(work, events.DEMANDED, ticket, own=own, facts={"check": held.number}, private=reason)
    return {**row, "number": ticket.number}


def seen(connection: sa.Connection, held: model.Check, who: Caller, now: datetime) -> model.Check:
    """The check, if it is of a unit of the caller's. Raises `tables.NoSuchCheck`."""
    if held.unit not in sight.units(connection, who, now):
        raise tables.NoSuchCheck
    return held


def _mine(work: Work, id: str, who: Caller, verb: str, version: int | None) -> tuple[model.Check, Playbook]:
    held = seen(work.connection, tables.load(work.connection, id, lock=True), who, work.now)
    playbook = shelf.kept(work.connection, held.playbook, held.playbook_version)
    permission.act(work, playbook, RECORD_CHECK, verb, who, unit=held.unit, day=today(work.connection, held, work.now))
    if version is not None and held.version != version:
        raise errors.Stale
    return held, playbook


def today(connection: sa.Connection, held: model.Check, now: datetime) -> date:
    """Which day it is where the check's unit works."""
    return book.of(connection).places(connection, about(held)).day_of(now)


def about(held: model.Check) -> clocks.Object:
    """The check as clocks and trail know it."""
    return clocks.Object(
        kind=RECORD_CHECK.name,
        id=held.id,
        number=held.number,
        unit=held.unit,
        party=None,
        playbook=held.playbook,
        playbook_version=held.playbook_version,
    )


def _place(unit: str, playbook: Playbook) -> clocks.Object:
    return clocks.Object(RECORD_CHECK.name, "-", "-", unit, None, playbook.id, playbook.version)


def _working_day(calendar: Calendar, now: datetime, after: date | None) -> date | None:
    """The first day from now on (and behind `after`) whose working hours are not over."""
    first = calendar.day_of(now)
    if after is not None:
        first = max(first, after + timedelta(days=1))
    days = (first + timedelta(days=number) for number in range(MOST_DAYS_OFF))
    return next((day for day in days if calendar.works(day) and calendar.spans(day)[-1][1] > now), None)


def _say(
    work: Work,
    playbook: Playbook,
    kind: EventType,
    held: model.Check,
    *,
    facts: dict[str, Any],
    private: str | None = None,
) -> None:
    data = {name: getattr(held, name) for name in ("number", "version", "unit", "day", "state", "due_at")}
    counted = {"lines": held.lines, "faulty": held.faulty}
    event = outbox.emit(work, kind, held.id, {"check_id": held.id, **data, **counted})
    what = kind.name.rpartition(".")[2]
    entry = trail.Entry(RECORD_CHECK.name, held.id, what, facts, person=f"record_check:{held.id}", private=private)
    trail.append(work, entry)
    happened = promises.Happened(kind.name, work.now, event.id, promised_at=held.due_at)
    promises.observe(work, book.of(work.connection), playbook, about(held), happened, lambda _: None)
