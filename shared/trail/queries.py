"""Reading the trail: of one object, or of one client over all objects of a service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.trail import chain, seal, tables, write

MOST = 500  # entries on one page
_e = tables.entry.c


def of_object(connection: sa.Connection, object_id: str, *, after: int = 0, limit: int = MOST) -> list[dict[str, Any]]:
    """The entries of an object in order, from number `after` + 1 on, with their personal text where it still exists."""
    rows = connection.execute(
        sa.select(tables.entry).where(_e.object_id == object_id, _e.number > after).order_by(_e.number).limit(limit)
    ).all()
    return list(_shown(connection, rows))


def newest(
    connection: sa.Connection, object_id: str, *, limit: int, until: datetime | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The newest entries of an object, in order, none made after `until`; and whether there are earlier ones."""
    statement = sa.select(tables.entry).where(_e.object_id == object_id)
    if until is not None:
        statement = statement.where(_e.at <= until)
    rows = connection.execute(statement.order_by(_e.number.desc()).limit(limit + 1)).all()
    return list(_shown(connection, rows[:limit][::-1])), len(rows) > limit


def of_party(
    connection: sa.Connection,
    party: str,
    *,
    among: sa.Select[tuple[str]] | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """A client's entries, newest first; `among` selects the ids of the objects that may be told of, `before` is the
    `seq` of the last one seen."""
    statement = sa.select(tables.entry).where(_e.party == party)
    if among is not None:
        statement = statement.where(_e.object_id.in_(among))
    if before is not None:
        statement = statement.where(_e.seq < before)
    return list(_shown(connection, connection.execute(statement.order_by(_e.seq.desc()).limit(limit)).all()))


def _shown(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> Iterable[dict[str, Any]]:
    keys = seal.keys(connection, {row.sealed_for for row in rows if row.sealed is not None})
    for row in rows:
        said = chain.decode(bytes(row.body))
        text, erased = None, False
        if row.sealed is not None:
            text = seal.unseal(
                keys.get(row.sealed_for), bytes(row.sealed), about=write.about(row.object_id, row.number)
            )
            erased = text is None
        yield {**said, "seq": row.seq, "text": text, "erased": erased, "hash": bytes(row.hash).hex()}
