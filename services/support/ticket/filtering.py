"""Which tickets a list shows: the filter of an address as conditions that an index answers.

Every condition stands on columns of an index that begins with the unit (`tables`), so that a page costs the same
however many tickets there are. Tickets by the state of a promise are found from the open clocks, of which there are
few.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.support.ticket import tables
from shared.clocks import model as clock_model
from shared.clocks import tables as clock_tables
from shared.store import types

LATE, SOON, PAUSED = "late", "soon", "paused"
RUNNING = clock_model.OPEN[0]
CLOCKS = (LATE, SOON, PAUSED)
SOON_S = 3600  # what is due within this many seconds is due soon
NOBODY = "none"
"""Instead of a staff id: nobody in particular is responsible."""
ME = "me"
"""Instead of a staff id: whoever asks, so that one view serves everybody."""
MOST_IDS = 100  # named in one question
CLOSED = frozenset({"logged", "withdrawn"})
"""The states that most tickets end in."""
WAITING = "waiting"
"""The state of what is paused."""

_t, _c = tables.ticket.c, clock_tables.clock.c
NUMBER = re.compile(r"TCK-(\d{4})-(\d{1,18})", re.IGNORECASE)


def year_and_seq(number: str) -> tuple[int, int] | None:
    """What `TCK-2026-000123` names; None for what is no number of ours."""
    found = NUMBER.fullmatch(number.strip())
    return (int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; what is empty or None is not asked. `since` and `until` are about when the client asked."""

    state: Sequence[str] = ()
    topic: str | None = None
    channel: str | None = None
    request_type: int | None = None
    rating: int | None = None
    owner: str | None = None
    unit: str | None = None
    clock: str | None = None
    waits_for: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    id: Sequence[str] = ()
    q: str | None = None

    @property
    def states(self) -> tuple[str, ...] | None:
        """The states that can fit; None: any. What waits has one state, whatever else is asked."""
        waits = self.clock == PAUSED or self.waits_for is not None
        if not self.state:
            return (WAITING,) if waits else None
        return tuple(each for each in dict.fromkeys(self.state) if not waits or each == WAITING)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked but a unit."""
        return any(
            getattr(self, each.name) not in ((), None) for each in dataclasses.fields(self) if each.name != "unit"
        )

    @property
    def named(self) -> bool:
        """Whether single tickets are asked for, so that it is they that are looked up."""
        return bool(self.id or self.number or self.clock in (LATE, SOON))

    @property
    def by_state(self) -> bool:
        """Whether the tickets of each state are best read by themselves: few are in a state that is not the last, and
        where nothing else is asked there is nothing else to read them by."""
        states = self.states
        if states is None or self.owner is not None or self.named:
            return False
        others = (self.rating, self.request_type, self.channel, self.topic)
        return not set(states) & CLOSED or others == (None,) * len(others)

    def of(self, person: str) -> Filter:
        """The same, with who asks instead of `ME`."""
        return dataclasses.replace(self, owner=person) if self.owner == ME else self


def promised(
    connection: sa.Connection, asked: Filter, units: Sequence[str], now: datetime, *, most: int
) -> list[str] | None:
    """The tickets of these units with an open promise as it is asked for; None where it is not, or for more than `most`
    of them."""
    if asked.clock not in (LATE, SOON):
        return None
    found = connection.execute(_promised(asked.clock, units, now).distinct().limit(most + 1)).scalars().all()
    return list(found) if len(found) <= most else None


def conditions(
    asked: Filter,
    units: Sequence[str],
    now: datetime,
    promised: Sequence[str] | None,
    *,
    dialect: str,
    read: Callable[[str], sa.ColumnElement[Any]] = _t.__getitem__,
) -> Iterator[sa.ColumnElement[bool]]:
    """What a ticket must be, but for its unit and state, and the words. `read` gives the column of a name."""
    for name in ("topic", "channel", "request_type", "rating", "waits_for"):
        if (value := getattr(asked, name)) is not None:
            yield read(name) == value
    if asked.owner is not None:
        yield read("owner").is_(None) if asked.owner == NOBODY else read("owner") == asked.owner
    if asked.since:
        yield read("asked_at") >= asked.since
    if asked.until:
        yield read("asked_at") < asked.until
    if asked.id:
        yield _t.id.in_(list(asked.id))
    if asked.number:
        named = year_and_seq(asked.number)
        yield sa.and_(_t.year == named[0], _t.seq == named[1]) if named else sa.false()
    if asked.clock in (LATE, SOON):
        if promised is None:
            yield read("id").in_(_promised(asked.clock, units, now))
        else:
            yield types.among(_t.id, list(promised), dialect)


def unread(name: str) -> sa.ColumnElement[Any]:
    """A column that SQLite does not look for in an index. It knows nothing of how many tickets a condition leaves, so
    it is told what to read them by; PostgreSQL knows better than we do."""
    return sa.literal_column(f"+ticket.{name}", _t[name].type)


def _promised(clock: str, units: Sequence[str], now: datetime) -> sa.Select[Any]:
    """Late is what runs past its due moment, or was late when it was paused."""
    statement = sa.select(_c.object_id).where(clock_tables.OPEN, _c.unit.in_(list(units)))
    if clock == LATE:
        late = sa.or_(_c.state == RUNNING, _c.late_at.is_not(None))
        return statement.where(_c.due_at < now, late)
    return statement.where(_c.due_at >= now, _c.due_at < now + timedelta(seconds=SOON_S), _c.state == RUNNING)
