"""The read side: a ticket's conversation in order."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from services.support.conversation import model, tables
from shared.store import cursor as cursors

_c = tables.conversation.c


def page(
    connection: sa.Connection,
    ticket: str,
    *,
    limit: int = 100,
    cursor: str | None = None,
    until: datetime | None = None,
) -> tuple[list[model.Entry], str | None]:
    """What was said about the ticket, the newest page first and each page in the order in which it was said.

    `until` leaves out what was said after that moment. Returns also the cursor of the page before.
    Raises `cursors.BadCursor`.
    """
    statement = sa.select(tables.conversation).where(_c.ticket == ticket)
    if until:
        statement = statement.where(_c.at <= until)
    if cursor:
        statement = statement.where(_c.seq < cursors.read(cursor))
    rows = connection.execute(statement.order_by(_c.seq.desc()).limit(limit + 1)).all()
    found = [tables.read(row) for row in rows[:limit]]
    following = cursors.write(found[-1].seq) if len(rows) > limit else None
    return found[::-1], following
