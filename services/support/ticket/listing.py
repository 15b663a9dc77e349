"""Tickets as a sheet: what a list's filter shows, with words for codes, names for people and the unit's own time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.ticket import model, words
from shared import locale as languages
from shared.people import places, standing
from shared.playbook import shelf
from shared.sheets.sheet import Cell, Column, Sheet

WIDTHS = {"content": 60, "method": 40, "result": 60, "comment": 40, "reason": 40, "requester": 28, "mails": 28}


def sheet(
    connection: sa.Connection, pages: Iterator[Sequence[model.Ticket]], locale: str, names: Sequence[str] | None = None
) -> Sheet:
    """The tickets of these pages, in these columns or in all; they are read as they are written."""
    names = tuple(dict.fromkeys(names or words.COLUMNS))
    columns = [Column(languages.sentence(words.COLUMNS[name], locale), WIDTHS.get(name, 18)) for name in names]
    return Sheet(languages.translate("Tickets", locale), columns, _rows(connection, pages, locale, names), locale)


def _rows(
    connection: sa.Connection, pages: Iterator[Sequence[model.Ticket]], locale: str, names: Sequence[str]
) -> Iterator[Sequence[Cell]]:
    for tickets in pages:
        known = Known(connection, tickets, locale)
        for ticket in tickets:
            cells = known.cells(ticket)
            yield [cells[name] for name in names]


class Known:
    """What a page of tickets needs of the rest: asked for once a page, however many rows it has."""

    def __init__(self, connection: sa.Connection, tickets: Sequence[model.Ticket], locale: str) -> None:
        self.locale = locale
        self._zones = places.zones(connection, {ticket.unit for ticket in tickets})
        self._titles: dict[tuple[str, str], Mapping[int, str]] = {}
        for ticket in tickets:
            key = (ticket.playbook, ticket.playbook_version)
            if key not in self._titles:
                kinds = shelf.kept(connection, *key).request_types
                self._titles[key] = {kind.code: kind.title[locale] for kind in kinds}
        actors = {actor for each in tickets for actor in (each.received_by, each.handler, _staff(each.owner)) if actor}
        self._names = standing.names(connection, actors)

    def name(self, actor: str | None) -> str | None:
        """A person by name, a system by its own; the client where nobody has an account."""
        if actor is None:
            return None
        kind, _, id = actor.partition(":")
        return (
            languages.translate("The client", self.locale)
            if kind in ("client", "anonymous")
            else self._names.get(actor, id)
        )

    def kind(self, ticket: model.Ticket) -> str | None:
        """The request type with its number: `3 – Status of service or goods`."""
        if ticket.request_type is None:
            return None
        title = self._titles[ticket.playbook, ticket.playbook_version].get(ticket.request_type)
        return f"{ticket.request_type} – {title}" if title else str(ticket.request_type)

    def local(self, at: datetime | None, ticket: model.Ticket) -> datetime | None:
        """A moment as the clocks on the unit's walls show it."""
        return at and at.astimezone(self._zones.get(ticket.unit) or ZoneInfo(places.ZONES["VN"]))

    def state(self, ticket: model.Ticket) -> str:
        """The state in words."""
        said = languages.word(languages.STATE, ticket.state, self.locale)
        return said[:1].upper() + said[1:]

    def rating(self, ticket: model.Ticket) -> str | None:
        """The client's evaluation in words."""
        return None if ticket.rating is None else languages.sentence(words.RATINGS[ticket.rating], self.locale)

    def cells(self, ticket: model.Ticket) -> dict[str, Any]:
        """Every column of one ticket."""
        moments = {
            name: self.local(value, ticket)
            for name in words.COLUMNS
            if name.endswith("_at") and (value := getattr(ticket, name))
        }
        return {
            **dict.fromkeys(words.COLUMNS),
            **{name: getattr(ticket, name) for name in ("number", "unit", "content", "reference", "method", "result")},
            **{name: getattr(ticket, name) for name in ("comment", "reason", "closing_reason")},
            **moments,
            "state": self.state(ticket),
            "channel": languages.sentence(words.CHANNELS[ticket.channel], self.locale),
            "topic": languages.sentence(words.TOPICS[ticket.topic], self.locale),
            "requester": ticket.requester.name,
            "mails": ", ".join(ticket.requester.mails),
            "phones": ", ".join(ticket.requester.phones),
            "received_by": self.name(ticket.received_by),
            "request_type": self.kind(ticket),
            "owner": self.name(_staff(ticket.owner)),
            "handler": self.name(ticket.handler),
            "rating": self.rating(ticket),
        }


def _staff(id: str | None) -> str | None:
    return f"staff:{id}" if id else None
