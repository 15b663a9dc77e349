"""Linking two tickets and taking that back: both trails say so, and both are told to the world, in one transaction."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from services.support.duplicates import events, model, tables
from services.support.ticket import filtering as found
from services.support.ticket import gate, saying
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from shared.envelope.catalogue import EventType
from shared.kernel import ids
from shared.store.work import Work
from shared.web.tokens import Caller


def link(
    work: Work, id: str, who: Caller, *, to: str, kind: str, reason: str | None = None, version: int | None = None
) -> None:
    """Say that a ticket is a duplicate of another, or has to do with it. `to` is an id or a number.

    Both stay as they are: nothing is merged, closed or told to the client by itself. Raises the refusals of `gate`,
    `model.SameTicket`, `NoSuchOther`, `AlreadyLinked`.
    """
    ticket, other = both(work, id, who, to, "link", version)
    if tables.between(work.connection, ticket.id, other.id) is not None:
        raise model.AlreadyLinked
    tie(work, ticket, other, kind=kind, reason=reason)


def tie(work: Work, ticket: tickets.Ticket, other: tickets.Ticket, *, kind: str, reason: str | None) -> None:
    """Write the link of two tickets that are locked and have none."""
    new = model.Link(
        id=ids.new(),
        version=1,
        ticket=ticket.id,
        other=other.id,
        kind=kind,
        reason=reason,
        linked_by=work.actor,
        linked_at=work.now,
    )
    tables.add(work, new)
    _say(work, events.LINKED, new, ticket, other, reason)


def unlink(work: Work, id: str, who: Caller, *, to: str, reason: str | None = None, version: int | None = None) -> None:
    """Take a link back, from either end. Raises the same, `model.NotLinked`, and
    `model.StillClosed` where one of the two is closed as a duplicate of the other."""
    ticket, other = both(work, id, who, to, "unlink", version)
    held = tables.between(work.connection, ticket.id, other.id)
    if held is not None and held.kind == model.DUPLICATE:
        duplicate = ticket if held.ticket == ticket.id else other
        if duplicate.state == tickets.DUPLICATE:
            raise model.StillClosed
    untie(work, ticket, other, reason=reason)


def untie(work: Work, ticket: tickets.Ticket, other: tickets.Ticket, *, reason: str | None) -> None:
    """Take back the link of two tickets that are locked. Raises `model.NotLinked`."""
    held = tables.between(work.connection, ticket.id, other.id)
    if held is None:
        raise model.NotLinked
    tables.save(work, dataclasses.replace(held, unlinked_by=work.actor, unlinked_at=work.now))
    _say(work, events.UNLINKED, held, ticket, other, reason)


def both(
    work: Work, id: str, who: Caller, to: str, verb: str, version: int | None
) -> tuple[tickets.Ticket, tickets.Ticket]:
    """The two tickets, locked in the order of their ids, so that two who link crosswise do not wait for each other."""
    gate.seen(work.connection, ticket_tables.load(work.connection, id), who, work.now)
    target = _id_of(work.connection, to)
    for each in sorted({id, target} - {""}):
        if each != id:
            _other(work, each, who)
        else:
            gate.mine(work, id, who, verb, version)
    if not target:
        raise model.NoSuchOther(fields={"to": ["There is no such ticket."]})
    if target == id:
        raise model.SameTicket(fields={"to": ["This is the ticket itself."]})
    return ticket_tables.load(work.connection, id), ticket_tables.load(work.connection, target)


def _other(work: Work, id: str, who: Caller) -> None:
    try:
        gate.seen(work.connection, ticket_tables.load(work.connection, id, lock=True), who, work.now)
    except ticket_tables.NoSuchTicket:
        raise model.NoSuchOther(fields={"to": ["There is no such ticket."]}) from None


def _id_of(connection: sa.Connection, to: str) -> str:
    """The id of what somebody typed; empty for a number that nothing has."""
    number = found.NUMBER.fullmatch(to.strip())
    if number is None:
        return to.strip()
    _t = ticket_tables.ticket.c
    wanted = sa.select(_t.id).where(_t.seq == int(number[2]), _t.year == int(number[1]))
    return connection.execute(wanted).scalar_one_or_none() or ""


def _say(
    work: Work, kind: EventType, of: model.Link, ticket: tickets.Ticket, other: tickets.Ticket, reason: str | None
) -> None:
    for each, there in ((ticket, other), (other, ticket)):
        _, relation = of.across(each.id)
        own = {"other_id": there.id, "other_number": there.number, "relation": relation, "reason": reason}
        facts = {"other": there.number, "relation": relation}
        saying.mention(work, kind, each, own=own, facts=facts, private=reason)
