"""The table of tickets, and a ticket to and from its row."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.support.ticket import indexing, model
from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("support")

ticket = sa.Table(
    "ticket",
    METADATA,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),  # also the keyset of lists and the number
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("state", sa.String(30), nullable=False),
    sa.Column("channel", sa.String(30), nullable=False),
    sa.Column("topic", sa.String(30), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("requester", types.Json, nullable=False),
    sa.Column("playbook", sa.String(200), nullable=False),
    sa.Column("playbook_version", sa.String(200), nullable=False),
    sa.Column("reference", sa.String(200)),
    sa.Column("received_by", sa.String(200), nullable=False),
    sa.Column("received_at", types.Moment, nullable=False),
    sa.Column("handler", sa.String(200)),
    sa.Column("owner", sa.String(200)),
    sa.Column("escalated_to", sa.String(200)),
    sa.Column("waits_for", sa.String(200)),
    sa.Column("request_type", sa.Integer),
    sa.Column("promised_at", types.Moment),
    sa.Column("classified_at", types.Moment),
    sa.Column("method", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("completed_at", types.Moment),
    sa.Column("handed_over_at", types.Moment),
    sa.Column("rating", sa.Integer),
    sa.Column("comment", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("answered_at", types.Moment),
    sa.Column("logged_at", types.Moment),
    sa.Column("asked_at", types.Moment),
    sa.Column("verified_at", types.Moment),
    sa.Column("verified_by", sa.String(200)),
    sa.Column("promised_since", types.Moment),
    sa.Column("progress", sa.Text),
    sa.Column("progressed_at", types.Moment),
    sa.Column("closing_reason", sa.Text),
    sa.Column("withdrawn_at", types.Moment),
    sa.Column("goods", types.Json),
    sa.Column("changed_at", types.Moment),  # none: nothing was done with it since before there was this column
)
sa.Index("ix_ticket_unit_received", ticket.c.unit, ticket.c.received_at, ticket.c.seq)  # the check of a day
sa.Index("ix_ticket_unit_asked", ticket.c.unit, ticket.c.asked_at, ticket.c.seq)  # the record of a period; the list
LISTED = (ticket.c.state, ticket.c.owner, ticket.c.request_type, ticket.c.channel, ticket.c.topic)
"""By which columns the list is filtered: each has an index that has the order of the list, and the state, too."""
for _column in LISTED:
    # the totals of the record are read off the first of them
    _more = (ticket.c.classified_at, ticket.c.answered_at) if _column is ticket.c.state else (ticket.c.state,)
    sa.Index(f"ix_ticket_list_{_column.name}", ticket.c.unit, _column, ticket.c.asked_at, ticket.c.seq, *_more)
_rated = ticket.c.rating.is_not(None)
sa.Index(
    "ix_ticket_list_rating",
    *(ticket.c.unit, ticket.c.rating, ticket.c.asked_at, ticket.c.seq),
    sqlite_where=_rated,
    postgresql_where=_rated,
)
sa.Index("ix_ticket_list_promised", ticket.c.unit, ticket.c.promised_at, ticket.c.seq)
sa.Index("ix_ticket_list_changed", ticket.c.unit, ticket.c.changed_at, ticket.c.seq)


class NoSuchTicket(errors.NotFound):
    """There is no such ticket, or none that you may know of."""

    code = "no-such-ticket"


def add(unit: work.Work, new: model.Ticket) -> model.Ticket:
    """Insert a ticket, give it its number, and have it found."""
    new = dataclasses.replace(new, changed_at=unit.now)
    seq = unit.execute(ticket.insert().returning(ticket.c.seq), _row(new)).scalar_one()
    numbered = dataclasses.replace(new, seq=seq)
    indexing.keep(unit, numbered)
    return numbered


def load(connection: sa.Connection, id: str, *, lock: bool = False) -> model.Ticket:
    """The ticket; with `lock` no other transaction can change it meanwhile. Raises `NoSuchTicket`."""
    statement = sa.select(ticket).where(ticket.c.id == id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchTicket
    return read(row)


def save(unit: work.Work, changed: model.Ticket) -> model.Ticket:
    """Write a ticket that was loaded at its version. Raises `errors.Stale`."""
    changed = dataclasses.replace(changed, changed_at=unit.now)
    work.update(unit, ticket, _row(changed), id=changed.id, version=changed.version)
    if unit.now in (changed.completed_at, changed.verified_at):  # the result is new, or the client was put right
        indexing.keep(unit, changed)
    return dataclasses.replace(changed, version=changed.version + 1)


def read(row: sa.Row[Any]) -> model.Ticket:
    """A row as a ticket."""
    facts = dict(row._mapping)
    asked = facts.pop("requester")
    who = model.Requester(asked["name"], asked["locale"], tuple(asked["mails"]), tuple(asked["phones"]))
    return model.Ticket(requester=who, **facts)


def _row(of: model.Ticket) -> dict[str, Any]:
    row = {name: getattr(of, name) for name in model.Ticket.__slots__ if name not in ("seq", "requester")}
    who = of.requester
    row["requester"] = {"name": who.name, "locale": who.locale, "mails": list(who.mails), "phones": list(who.phones)}
    return row
