"""The read side of tickets: a page of the list in any order and both ways, and how many there are up to a bound.

The order of receipt is read off the index of what is asked: each unit, and each state, is a lane that is cut off, and
the lanes are merged. In the other orders, few tickets are all read and sorted here; many are walked through in the
index of the order, where one soon finds a page full of them. So both cost a page, however many tickets there are.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.ticket import filtering, finding, model, paging, tables
from services.support.ticket.filtering import Filter
from shared.store import types

COUNTED = 100  # tickets of a view that are counted at most: more is "99+"
FEW = 1_000  # tickets that are sorted here

_t = tables.ticket.c
SORTS: dict[str, sa.ColumnElement[Any]] = {
    "received": _t.asked_at,
    "promised": _t.promised_at,
    "changed": _t.changed_at,
}
"""The orders of a list, each over an index that begins with the unit; a minus begins with the latest."""
ORDERS = tuple(sign + name for name in SORTS for sign in ("-", ""))
NEWEST = ORDERS[0]


@dataclass(frozen=True, slots=True)
class Page:
    """Some tickets in order, and the cursors of what comes after and before them."""

    items: list[model.Ticket]
    next: str | None
    previous: str | None = None


def client_names(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """Whom these tickets are for, by id."""
    rows = connection.execute(sa.select(_t.id, _t.requester).where(_t.id.in_(ids))).all()
    return {row.id: row.requester["name"] for row in rows}


BEGINNING = 160  # characters of a request: two lines of a list


def contents(connection: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """How these tickets' requests begin, by id."""
    rows = connection.execute(sa.select(_t.id, sa.func.substr(_t.content, 1, BEGINNING)).where(_t.id.in_(ids))).all()
    return {id: " ".join(text.split()) for id, text in rows if text}


def page(
    connection: sa.Connection,
    asked: Filter,
    *,
    units: Collection[str],
    now: datetime,
    sort: str = NEWEST,
    limit: int = 25,
    cursor: str | None = None,
) -> Page:
    """A page of the units' tickets that fit. With words the best hits come first, whatever the order, and lead only
    onwards. Raises `cursors.BadCursor`."""
    reader = _Reader(connection, asked, units, now)
    if asked.q:
        items, following = finding.page(
            connection, reader.statement, asked.q, units=reader.units, limit=limit, cursor=cursor
        )
        return Page(items, following)
    place = paging.read(cursor, sort) if cursor else None
    back = place is not None and place.back
    rows = reader.rows(paging.Order.of(sort), place, limit + 1)
    more = len(rows) > limit
    if back and not more:  # the beginning was reached: the first page is shown whole
        return page(connection, asked, units=units, now=now, sort=sort, limit=limit)
    rows = rows[:limit][::-1] if back else rows[:limit]
    following = paging.write(rows[-1], sort, back=False) if rows and (more or back) else None
    before = paging.write(rows[0], sort, back=True) if rows and place is not None else None
    return Page(_load(connection, [seq for _, seq in rows]), following, before)


def place(ticket: model.Ticket, sort: str) -> str:
    """Where a ticket stands in an order now: from there one goes on to its neighbours, whatever becomes of it."""
    return paging.write((getattr(ticket, str(SORTS[paging.Order.of(sort).name].key)), ticket.seq), sort, back=False)


def beside(
    connection: sa.Connection, asked: Filter, *, units: Collection[str], now: datetime, sort: str, at: str
) -> tuple[model.Ticket | None, model.Ticket | None]:
    """The tickets before and behind a place among those that fit. Raises `cursors.BadCursor`."""
    reader, order, here = _Reader(connection, asked, units, now), paging.Order.of(sort), paging.read(at, sort)
    ways = (reader.rows(order, dataclasses.replace(here, back=back), 1) for back in (True, False))
    before, behind = (_load(connection, [seq for _, seq in rows]) for rows in ways)
    return next(iter(before), None), next(iter(behind), None)


def count(connection: sa.Connection, asked: Filter, *, units: Collection[str], now: datetime) -> int:
    """How many tickets of the units fit; never more than `COUNTED`."""
    reader = _Reader(connection, asked, units, now)
    if asked.q:
        found, _ = finding.page(connection, reader.statement, asked.q, units=reader.units, limit=COUNTED, cursor=None)
        return len(found)
    return len(reader.some(_t.seq, COUNTED))


def _load(connection: sa.Connection, seqs: Sequence[int]) -> list[model.Ticket]:
    wanted = types.among(_t.seq, list(seqs), connection.dialect.name)
    rows = {row.seq: row for row in connection.execute(sa.select(tables.ticket).where(wanted))} if seqs else {}
    return [tables.read(rows[seq]) for seq in seqs]


class _Reader:
    """One filter in one transaction."""

    def __init__(self, connection: sa.Connection, asked: Filter, units: Collection[str], now: datetime) -> None:
        self._connection, self._asked, self._now = connection, asked, now
        self.units = [each for each in sorted(units) if asked.unit in (None, each)]
        self._promised = filtering.promised(connection, asked, self.units, now, most=FEW)
        self._where = list(self._conditions())

    @property
    def statement(self) -> sa.Select[Any]:
        """Whole tickets, whatever their unit: the words are looked for in these units alone."""
        return sa.select(tables.ticket).where(*self._where, *self._states())

    def rows(self, order: paging.Order, place: paging.Place | None, wanted: int) -> list[paging.Row]:
        """The next rows in this order from this place; backwards, the nearest first."""
        received = SORTS[order.name] is _t.asked_at
        if self._promised is not None or (not received and self._asked.narrows):
            few = self.some((SORTS[order.name], _t.seq), FEW + 1)
            if len(few) <= FEW:
                return paging.arranged(((row[0], row[1]) for row in few), order, place)[:wanted]
        found: list[paging.Row] = []
        parts = [True, False] if SORTS[order.name].nullable else [True]  # with a moment, and without: these come last
        if place is not None:
            parts = parts[::-1] if place.back else parts
            parts = parts[parts.index(place.key is not None) :]
        for known in parts:
            if len(found) < wanted:
                found += self._walked(order, known, place, wanted - len(found), back=place is not None and place.back)
        return found

    def some(self, columns: Any, most: int) -> Sequence[Any]:
        """Columns of the tickets that fit, in no order, up to so many."""
        given = columns if isinstance(columns, tuple) else (columns,)
        unit = self._read("unit", walked=self._asked.named)
        statement = sa.select(*given).where(unit.in_(self.units), *self._where, *self._states())
        return self._connection.execute(statement.limit(most)).all()

    def _walked(
        self, order: paging.Order, known: bool, place: paging.Place | None, wanted: int, *, back: bool
    ) -> list[paging.Row]:
        """Read off an index that has this order, lane by lane."""
        key = SORTS[order.name]
        received = key is _t.asked_at
        columns = [key, _t.seq] if known else [_t.seq]
        by_state = received and self._asked.by_state
        where = self._conditions(walked=by_state or not received)
        statement = sa.select(key, _t.seq).where(_t.unit == sa.bindparam("at"), *where)
        statement = statement.where(key.is_not(None) if known else key.is_(None))
        lanes: list[dict[str, Any]] = [{"at": unit} for unit in self.units]
        if by_state:
            lanes = [{**lane, "in": state} for lane in lanes for state in self._asked.states or ()]
            statement = statement.where(_t.state == sa.bindparam("in"))
        else:
            statement = statement.where(*self._states(walked=not received))
        falling = order.falling(back)
        given: dict[str, Any] = {}
        if place is not None and (place.key is not None) == known:
            given = {"seq_": place.seq} | ({"key_": place.key} if known else {})
            names = ("key_", "seq_")[-len(columns) :]
            bound = sa.tuple_(*(sa.bindparam(name, type_=of.type) for name, of in zip(names, columns, strict=True)))
            here = sa.tuple_(*columns)
            statement = statement.where(here < bound if falling else here > bound)
        statement = statement.order_by(*(each.desc() if falling else each for each in columns)).limit(wanted)
        rows = (row for lane in lanes for row in self._connection.execute(statement, {**lane, **given}))
        return paging.sorted_((tuple(row) for row in rows), order, back=back)[:wanted]

    def _states(self, *, walked: bool = False) -> Iterator[sa.ColumnElement[bool]]:
        if self._asked.states is not None:
            yield self._read("state", walked=walked).in_(self._asked.states)

    def _conditions(self, *, walked: bool = False) -> Iterator[sa.ColumnElement[bool]]:
        return filtering.conditions(
            self._asked,
            self.units,
            self._now,
            self._promised,
            dialect=self._connection.dialect.name,
            read=functools.partial(self._read, walked=walked),
        )

    def _read(self, name: str, *, walked: bool) -> sa.ColumnElement[Any]:
        """A column; where the tickets are walked through in another order, one that is not looked for by itself."""
        return filtering.unread(name) if walked and self._connection.dialect.name == "sqlite" else _t[name]
