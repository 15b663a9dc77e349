"""What waits to be classified: the units whose requests somebody may classify, and theirs, the oldest clock first.

Invariants: a ticket stands in the queue from its receipt until it is classified or withdrawn; its place is where its
first open clock is due (where nothing is promised: when it was asked), so that a place never changes while one works
through the queue, and what comes meanwhile stands behind.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from services.support.ticket import flow, model, tables
from shared.clocks import model as clocks
from shared.clocks import tables as clock_tables
from shared.kernel import moment
from shared.people import permission, sight
from shared.playbook import shelf
from shared.web.tokens import Caller

MOST = 1_000
"""As far as the queue is counted: one more is shown as "1,000+"."""

Place = tuple[datetime, str]
"""When the ticket's clock is due, and its id."""

_t, _c = tables.ticket.c, clock_tables.clock.c
_WAITS = _t.state == model.LIFECYCLE.initial
_DUE = (
    sa.select(sa.func.min(_c.due_at, type_=_c.due_at.type))
    .where(_c.object_id == _t.id, _c.state.in_(clocks.OPEN))
    .scalar_subquery()
)
_AT = sa.func.coalesce(_DUE, _t.asked_at, _t.received_at, type_=_t.received_at.type)


def units(connection: sa.Connection, who: Caller, now: datetime) -> set[str]:
    """The units whose requests the caller may classify, also in somebody's stead, by the letters of their procedure."""
    roles = sight.roles(connection, who, now)
    playbooks = shelf.of_units(connection, flow.TICKET.name, roles)
    return {
        unit
        for unit, playbook in playbooks.items()
        if permission.judge(playbook, flow.TICKET, "classify", permission.Standing(roles[unit])) is None
    }


def page(
    connection: sa.Connection, *, units: Collection[str], begin: str | None, after: Place | None, limit: int
) -> tuple[list[model.Ticket], Place | None]:
    """The tickets behind a place, or from the ticket `begin` on, none where that waits no more; and the place of the
    last one, where more follow."""
    queue = sa.select(_t.id, _AT.label("at")).where(_WAITS, _t.unit.in_(units)).subquery()
    statement = sa.select(queue.c.id, queue.c.at).order_by(queue.c.at, queue.c.id).limit(limit + 1)
    if begin is not None:
        first = connection.execute(sa.select(queue.c.at).where(queue.c.id == begin)).scalar_one_or_none()
        if first is None:
            return [], None
        statement = statement.where(sa.tuple_(queue.c.at, queue.c.id) >= _place(first, begin, queue))
    if after is not None:
        statement = statement.where(sa.tuple_(queue.c.at, queue.c.id) > _place(*after, queue))
    rows = connection.execute(statement).all()
    found = {
        row.id: tables.read(row)
        for row in connection.execute(sa.select(tables.ticket).where(_t.id.in_([row.id for row in rows[:limit]])))
    }
    last = rows[limit - 1] if len(rows) > limit else None
    return [found[row.id] for row in rows[:limit]], (last.at, last.id) if last else None


def _place(at: datetime, id: str, queue: sa.Subquery) -> sa.Tuple:
    return sa.tuple_(sa.literal(at, queue.c.at.type), sa.literal(id, queue.c.id.type))


def waiting(connection: sa.Connection, units: Collection[str], now: datetime) -> tuple[int, int]:
    """How many wait, and how many of them are late; both stop at one more than `MOST`."""
    queue = sa.select(_DUE.label("due")).where(_WAITS, _t.unit.in_(units)).limit(MOST + 1).subquery()
    late = sa.func.sum(sa.case((queue.c.due < now, 1), else_=0))
    row = connection.execute(sa.select(sa.func.count(), late).select_from(queue)).one()
    return int(row[0]), int(row[1] or 0)


def cursor(place: Place | None) -> str | None:
    """A place as the caller hands it back."""
    return f"{moment.text(place[0])} {place[1]}" if place else None
