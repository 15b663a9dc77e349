"""Reading imports and their lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from services.support.importing import model, tables, words
from shared import locale as languages

MOST = 50  # imports in the list

_i, _l = tables.record_import.c, tables.line.c


def newest(connection: sa.Connection, units: Collection[str]) -> list[tables.Import]:
    """The units' imports, the newest first."""
    rows = connection.execute(
        sa.select(tables.record_import).where(_i.unit.in_(list(units))).order_by(_i.made_at.desc()).limit(MOST)
    )
    return [tables.Import(**row._mapping) for row in rows]


def lines(
    connection: sa.Connection, id: str, *, bad: bool, after: int, limit: int, locale: str
) -> tuple[list[dict[str, Any]], int | None]:
    """Lines of a file in order, with what is wrong in the reader's language, and the number to go on after."""
    statement = sa.select(_l.number, _l.cells, _l.wrong, _l.ticket_id).where(_l.import_id == id, _l.number > after)
    if bad:
        statement = statement.where(_l.wrong.is_not(None))
    rows = connection.execute(statement.order_by(_l.number).limit(limit + 1)).all()
    found = [{**row._mapping, "wrong": row.wrong and _said(row.wrong, locale)} for row in rows[:limit]]
    return found, found[-1]["number"] if len(rows) > limit else None


def shown(held: tables.Import) -> dict[str, Any]:
    """An import as its readers see it."""
    facts = {name: getattr(held, name) for name in tables.Import.__slots__}
    return {
        **facts,
        "columns": held.mapping,
        "possible": [v for v in model.LIFECYCLE.possible(held.state) if v != "finish"],
    }


def _said(wrong: Mapping[str, str], locale: str) -> dict[str, str]:
    """By column in words; lines that were read before there were codes have the English sentence."""
    return {name: languages.say(words.WRONG.get(why, why), locale) for name, why in wrong.items()}
