"""The steps of an import, each in the caller's unit of work; the lines are taken in by a task, a chunk at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.support.importing import model, tables
from services.support.record.filters import NAMED
from services.support.search import commands as search
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from services.support.ticket.flow import TICKET
from shared import jobs, trail
from shared.clocks import tables as clocks
from shared.kernel import errors, ids
from shared.people import permission, places, sight
from shared.people import tables as people
from shared.playbook import book, shelf
from shared.playbook.model import Playbook
from shared.sheets import reading
from shared.store.types import among
from shared.store.work import Work, insert
from shared.web.tokens import Caller

RUN = "support.record.import"
CHUNK = 200  # lines in one transaction, a second or two of work
STEP = "log"
"""The step of the procedure whose letter R or A lets somebody take a record in: writing the record."""

_i, _l, _t = tables.record_import.c, tables.line.c, ticket_tables.ticket.c


class NothingGood(errors.Conflict):
    """There is no line that could be imported."""

    code = "nothing-to-import"


class WrongColumn(errors.Invalid):
    """A column is not there, or was chosen twice."""

    code = "wrong-column"


def upload(work: Work, who: Caller, table: reading.Table, *, name: str) -> tables.Import:
    """Keep the lines of a file, with columns suggested by their headings and checked at once."""
    unit = who.unit or ""
    playbook = shelf.active(work.connection, TICKET.name, unit)
    _may(work, playbook, who, unit)
    r = tables.remembered.c
    known = dict(map(tuple, work.execute(sa.select(r.heading, r.column).where(r.unit == unit))))
    new = tables.Import(
        id=ids.new(),
        version=1,
        unit=unit,
        state=model.LIFECYCLE.initial,
        name=name[:200],
        encoding=table.encoding,
        headings=list(table.headings),
        mapping=model.suggest(table.headings, known),
        lines=len(table.rows),
        bad=0,
        done=0,
        made_by=work.actor,
        made_at=work.now,
    )
    tables.add(work, new)
    rows = [{"import_id": new.id, "number": number, "cells": list(cells)} for number, cells in table.rows]
    insert(work, tables.line, rows)
    _note(work, new, "uploaded", lines=new.lines)
    return new


def map_(work: Work, id: str, who: Caller, *, mapping: Mapping[str, int], version: int | None = None) -> tables.Import:
    """Say which column is which, and look at every line: a dry run. The choice is remembered for the unit."""
    held, playbook = _mine(work, id, who, version)
    state = model.LIFECYCLE.after(held.state, "map")
    numbers = list(mapping.values())
    far = [name for name, number in mapping.items() if number >= len(held.headings) or numbers.count(number) > 1]
    if far:
        raise WrongColumn(fields={name: ["There is no such column."] for name in far})
    if lacking := [name for name in model.NEEDED if name not in mapping]:
        raise WrongColumn(fields={name: ["This column is needed."] for name in lacking})
    changed = dataclasses.replace(held, state=state, mapping=dict(mapping))
    bad = 0
    judged = []
    for number, facts, faults in _read(work, changed, playbook):
        bad += facts is None
        judged.append({"b_import": id, "b_number": number, "wrong": faults or None})
    if judged:
        where = (_l.import_id == sa.bindparam("b_import"), _l.number == sa.bindparam("b_number"))
        work.execute(tables.line.update().where(*where).values(wrong=sa.bindparam("wrong")), judged)
    _remember(work, changed)
    return tables.save(work, dataclasses.replace(changed, bad=bad))


def run(work: Work, id: str, who: Caller, *, version: int | None = None) -> tables.Import:
    """Have the good lines taken in. Raises `NothingGood`."""
    held, _ = _mine(work, id, who, version)
    state = model.LIFECYCLE.after(held.state, "run")
    if held.bad >= held.lines:
        raise NothingGood
    started = tables.save(work, dataclasses.replace(held, state=state))
    jobs.add(work, RUN, import_id=id)
    _note(work, started, "started", lines=held.lines, bad=held.bad)
    return started


def take(work: Work, id: str) -> tuple[int, int, bool]:
    """Take the next lines in. Returns how many are done, of how many, and whether more are waiting.

    Lines and their requests are committed together, so that one is imported once, whatever is killed when.
    """
    held = tables.load(work.connection, id, lock=True)
    of = held.lines - held.bad
    if held.state != "importing":
        return held.done, of, False
    work.actor = held.made_by
    playbook = shelf.active(work.connection, TICKET.name, held.unit)
    waiting = _l.ticket_id.is_(None) & _l.wrong.is_(None)
    some = list(_read(work, held, playbook, only=waiting, limit=CHUNK))
    handlers = _handlers(work, held.unit, {facts.handler for _, facts, _ in some if facts})
    numbers: list[dict[str, Any]] = []
    for number, facts, _ in some:
        if facts is not None:
            ticket = ticket_tables.add(work, _ticket(held, facts, playbook, handlers, _zone(work, held.unit), work))
            entry = {"import": held.id, "line": number, "reference": facts.reference, "state": ticket.state}
            trail.append(work, trail.Entry(TICKET.name, ticket.id, "import", entry))
            numbers.append({"b_import": id, "b_number": number, "ticket_id": ticket.id})
    if numbers:
        where = (_l.import_id == sa.bindparam("b_import"), _l.number == sa.bindparam("b_number"))
        values = {"ticket_id": sa.bindparam("ticket_id"), "ticket_version": 1}
        work.execute(tables.line.update().where(*where).values(**values), numbers)
    done = held.done + len(numbers)
    more = len(some) == CHUNK
    state = held.state if more else model.LIFECYCLE.after(held.state, "finish")
    saved = tables.save(work, dataclasses.replace(held, done=done, state=state, imported_at=None if more else work.now))
    if not more:
        _note(work, saved, "imported", lines=done)
    return done, of, more


def undo(work: Work, id: str, who: Caller, *, version: int | None = None) -> tables.Import:
    """Take the whole import back, within 24 hours and while nothing touched its requests. Their trails stay.

    Raises `model.TooLate`, `model.Touched`.
    """
    held, _ = _mine(work, id, who, version)
    state = model.LIFECYCLE.after(held.state, "undo")
    if held.imported_at is None or work.now - held.imported_at > model.UNDO_FOR:
        raise model.TooLate
    made = sa.select(_l.ticket_id).where(_l.import_id == id, _l.ticket_id.is_not(None))
    touched = sa.select(sa.func.count()).where(_t.id.in_(made), _t.version != 1)
    if number := work.execute(touched).scalar_one():
        raise model.Touched(number=number)
    found = work.execute(sa.select(_t.id, _t.seq).where(_t.id.in_(made))).all()
    for ticket in [row.id for row in found]:
        trail.append(work, trail.Entry(TICKET.name, ticket, "import_undone", {"import": id}))
    search.forget(work, [row.seq for row in found])
    work.execute(ticket_tables.ticket.delete().where(_t.id.in_(made)))
    work.execute(tables.line.update().where(_l.import_id == id).values(ticket_id=None, ticket_version=None))
    undone = tables.save(work, dataclasses.replace(held, state=state, done=0))
    _note(work, undone, "undone", lines=held.done)
    return undone


def seen(connection: sa.Connection, held: tables.Import, who: Caller, now: Any) -> tables.Import:
    """The import, if it is of a unit of the caller's. Raises `tables.NoSuchImport`."""
    if held.unit not in sight.units(connection, who, now):
        raise tables.NoSuchImport
    return held


def _mine(work: Work, id: str, who: Caller, version: int | None) -> tuple[tables.Import, Playbook]:
    held = seen(work.connection, tables.load(work.connection, id, lock=True), who, work.now)
    playbook = shelf.active(work.connection, TICKET.name, held.unit)
    _may(work, playbook, who, held.unit)
    if version is not None and held.version != version:
        raise errors.Stale
    return held, playbook


def _may(work: Work, playbook: Playbook, who: Caller, unit: str) -> None:
    """Whoever writes the record may take one in."""
    place = clocks.Object(TICKET.name, "-", "-", unit, None, playbook.id, playbook.version)
    day = book.of(work.connection).places(work.connection, place).day_of(work.now)
    permission.act(work, playbook, TICKET, STEP, who, unit=unit, day=day)


def _read(
    work: Work, held: tables.Import, playbook: Playbook, *, only: Any = None, limit: int | None = None
) -> Iterator[tuple[int, model.Facts | None, dict[str, str]]]:
    """The lines of an import with their facts, or by column what is wrong; a reference stands once in a record."""
    kinds = {
        kind.code: " / ".join(model.plain(title) for title in kind.title.values()) for kind in playbook.request_types
    }
    zone = _zone(work, held.unit)
    statement = sa.select(_l.number, _l.cells).where(_l.import_id == held.id).order_by(_l.number)
    if only is not None:
        statement = statement.where(only)
    rows = work.execute(statement.limit(limit)).all()
    named = held.mapping.get("reference")
    references = {reading.column(row.cells, named) for row in rows} if named is not None else set()
    taken = _references(work, held.unit, {each for each in references if each})
    first: dict[str, int] = {}
    for row in rows:
        cells = {name: model.unescaped(reading.column(row.cells, at)) for name, at in held.mapping.items()}
        facts, wrong = model.read(cells, kinds=kinds, zone=zone, now=work.now)
        if facts is not None and facts.reference:
            if facts.reference in taken:
                facts, wrong = None, {"reference": "known-number"}
            elif first.setdefault(facts.reference, row.number) != row.number:
                facts, wrong = None, {"reference": "number-twice"}
        yield row.number, facts, wrong


def _references(work: Work, unit: str, wanted: set[str]) -> set[str]:
    """Which of these numbers an imported request of the unit has."""
    ours = (_t.unit == unit, _t.state == "logged", among(_t.reference, sorted(wanted), work.dialect))
    return set(work.execute(sa.select(_t.reference).where(*ours)).scalars()) if wanted else set()


def _handlers(work: Work, unit: str, names: set[str]) -> dict[str, str]:
    """Who these names are: somebody of ours where exactly one person has the name, else the name itself."""
    p = people.person.c
    rows = work.execute(sa.select(p.name, p.id).where(p.unit == unit, among(p.name, sorted(names), work.dialect))).all()
    counted = [row.name for row in rows]
    known = {row.name: f"staff:{row.id}" for row in rows if counted.count(row.name) == 1}
    return {name: known.get(name, f"{NAMED}:{name}") for name in names}


def _ticket(
    held: tables.Import, facts: model.Facts, playbook: Playbook, handlers: Mapping[str, str], zone: ZoneInfo, work: Work
) -> tickets.Ticket:
    """A line as a request that is closed: its promise was counted from when it came in."""
    return tickets.Ticket(
        id=ids.new(),
        version=1,
        seq=0,
        year=facts.received_at.astimezone(zone).year,
        unit=held.unit,
        state="logged",
        channel="api",
        topic="other",
        content=facts.content,
        requester=tickets.Requester(facts.requester, "vi"),
        received_by=held.made_by,
        received_at=facts.received_at,
        asked_at=facts.received_at,
        playbook=playbook.id,
        playbook_version=playbook.version,
        reference=facts.reference,
        handler=handlers[facts.handler],
        request_type=facts.request_type,
        classified_at=facts.received_at,
        promised_at=facts.received_at + timedelta(hours=facts.hours),
        method=facts.method,
        rating=facts.rating,
        answered_at=work.now if facts.rating else None,
        logged_at=work.now,
    )


def _zone(work: Work, unit: str) -> ZoneInfo:
    return places.zones(work.connection, (unit,))[unit]


def _remember(work: Work, held: tables.Import) -> None:
    dialect = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    rows = [
        {"unit": held.unit, "heading": model.plain(held.headings[at])[:200], "column": name}
        for name, at in held.mapping.items()
        if held.headings[at].strip()
    ]
    statement = dialect(tables.remembered)
    statement = statement.on_conflict_do_update(
        index_elements=["unit", "heading"], set_={"column": statement.excluded.column}
    )
    for row in rows:
        work.execute(statement, row)


def _note(work: Work, held: tables.Import, what: str, **facts: Any) -> None:
    trail.append(work, trail.Entry(model.LIFECYCLE.name, held.id, what, facts))
