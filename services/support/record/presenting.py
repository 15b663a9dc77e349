"""A ticket as a line of the record: its nine columns, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from services.support.record import words
from services.support.ticket import listing, model
from shared import locale as languages
from shared.sheets.sheet import Cell, Column, Sheet

WIDTHS = {"content": 48, "requester": 26, "handler": 24, "request_type": 26, "method": 40, "status": 20, "number": 18}


def lines(connection: sa.Connection, tickets: Sequence[model.Ticket], locale: str) -> list[dict[str, Any]]:
    """The lines of these tickets, with the codes behind the words and what is still missing."""
    known = listing.Known(connection, tickets, locale)
    return [_line(known, ticket) for ticket in tickets]


def sheet(connection: sa.Connection, pages: Iterator[Sequence[model.Ticket]], locale: str) -> Sheet:
    """Form no. 1 as a sheet (S004-164, S004-168): the nine columns, and behind them the number and the unit."""
    titles = words.COLUMNS | words.BEHIND
    columns = [Column(languages.sentence(title, locale), WIDTHS.get(name, 14)) for name, title in titles.items()]
    name = languages.translate("Customer-support tracking record", locale)
    return Sheet(name, columns, _rows(connection, pages, locale), locale)


def _rows(connection: sa.Connection, pages: Iterator[Sequence[model.Ticket]], locale: str) -> Iterator[Sequence[Cell]]:
    for tickets in pages:
        for line in lines(connection, tickets, locale):
            yield [
                line["request_type_title" if name == "request_type" else name] for name in words.COLUMNS | words.BEHIND
            ]


def _line(known: listing.Known, ticket: model.Ticket) -> dict[str, Any]:
    at = known.local(ticket.receipt, ticket)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "unit": ticket.unit,
        "received_at": ticket.received_at,
        "content": ticket.content,
        "request_date": at and at.date(),
        "requester": ticket.requester.name,
        "handler": known.name(ticket.handler),
        "request_type": ticket.request_type,
        "request_type_title": known.kind(ticket),
        "processing_hours": ticket.processing_hours,
        "method": ticket.method,
        "state": ticket.state,
        "status": known.state(ticket),
        "rating": ticket.rating,
        "evaluation": known.rating(ticket)
        or (languages.translate(words.WITHOUT_ANSWER, known.locale) if ticket.without_answer else None),
        "without_answer": ticket.without_answer,
        "missing": list(model.missing(ticket)),
    }
