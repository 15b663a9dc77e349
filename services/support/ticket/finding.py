"""Tickets by what people remember of them: a name, a number, a phone, a word."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from services.support.search import queries as found
from services.support.ticket import model, tables

_t = tables.ticket.c


def page(
    connection: sa.Connection,
    statement: sa.Select[Any],
    query: str,
    *,
    units: Collection[str],
    limit: int,
    cursor: str | None,
) -> tuple[list[model.Ticket], str | None]:
    """Of the tickets that a statement selects those that fit a query, the best hits first, and the next cursor."""

    def only(seq: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        return statement.where(_t.seq == seq).exists()

    def numbered(seq: int, year: int | None) -> int | None:
        wanted = statement.with_only_columns(_t.seq).where(_t.seq == seq, _t.unit.in_(units))
        return connection.execute(wanted.where(_t.year == year) if year else wanted).scalar_one_or_none()

    seqs, following = found.page(
        connection,
        found.understood(query),
        units=units,
        numbered=numbered,
        only=only if statement.whereclause is not None else None,
        limit=limit,
        cursor=cursor,
    )
    rows = {row.seq: row for row in connection.execute(sa.select(tables.ticket).where(_t.seq.in_(seqs)))}
    return [tables.read(rows[seq]) for seq in seqs], following
