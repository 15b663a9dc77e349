"""The read side: a ticket's conversation in order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.conversation import model, tables
from shared.store import cursor as cursors

_c = tables.conversation.c
_PASSED = sa.or_(
    _c.kind == model.ANSWER,
    sa.and_(_c.kind == model.REPLY, _c.state == model.SENT),
)
"""What passed between the house and the client: answers, and replies that have left. Named by what may be shown, so
that a kind or a state that comes later is not shown before somebody decides so."""


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
    return _page(connection, statement, limit=limit, cursor=cursor)


def passed(
    connection: sa.Connection, ticket: str, *, limit: int = 30, cursor: str | None = None
) -> tuple[list[model.Entry], str | None]:
    """What the client and the house wrote to each other: never a note, nor a reply that has not left.

    Pages and raises as `page` does.
    """
    statement = sa.select(tables.conversation).where(_c.ticket == ticket, _PASSED)
    return _page(connection, statement, limit=limit, cursor=cursor)


def _page(
    connection: sa.Connection, statement: sa.Select[Any], *, limit: int, cursor: str | None
) -> tuple[list[model.Entry], str | None]:
    if cursor:
        statement = statement.where(_c.seq < cursors.read(cursor))
    rows = connection.execute(statement.order_by(_c.seq.desc()).limit(limit + 1)).all()
    found = [tables.read(row) for row in rows[:limit]]
    following = cursors.write(found[-1].seq) if len(rows) > limit else None
    return found[::-1], following
