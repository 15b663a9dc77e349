"""The read side: the prepared texts that hold for a unit, and those for one ticket, filled in."""

from __future__ import annotations

import sqlalchemy as sa

from services.support.macro import model, tables
from services.support.ticket import model as tickets
from shared.locale import told
from shared.people import standing
from shared.store import tables as store

_m, _u = tables.macro.c, store.unit.c


def of(
    connection: sa.Connection, unit: str, *, request_type: int | None = None, removed: bool = False
) -> list[model.Macro]:
    """What holds in a unit: its own first, then those of the units above it, each by title.

    With a type, those for it and those for every type; with `removed` also what was removed.
    """
    where = [] if removed else [_m.state == model.LIFECYCLE.initial]
    if request_type is not None:
        where.append(sa.or_(_m.request_type.is_(None), _m.request_type == request_type))
    line = standing.line(connection, unit)
    return sorted(tables.of_units(connection, line, where=where), key=lambda each: line.index(each.unit))


def filled(connection: sa.Connection, ticket: tickets.Ticket) -> list[model.Filled]:
    """Those for the ticket: in its client's language where there is one, else in another, with its facts put in."""
    unit = connection.execute(sa.select(_u.title, _u.country).where(_u.code == ticket.unit)).one_or_none()
    found = of(connection, ticket.unit)
    return [
        _for(each, ticket, unit.title if unit else None, unit.country if unit else None)
        for each in found
        if each.request_type in (None, ticket.request_type)
    ]


def _for(macro: model.Macro, ticket: tickets.Ticket, title: str | None, country: str | None) -> model.Filled:
    wanted = ticket.requester.locale
    locale = model.language(macro.text, wanted)
    facts = {
        "name": ticket.requester.name,
        "number": ticket.number,
        "promised": told.in_full(ticket.promised_at, locale, country) if ticket.promised_at else None,
        "unit": title,
    }
    return model.fill(macro, wanted, locale, facts)
