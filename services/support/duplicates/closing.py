"""Closing a request as a duplicate, and taking that back: the client is told once under which number it continues.

Invariants: the other request is open and itself no duplicate, so that whoever asks finds somebody who works on it; no
request is closed while another continues under its number; nothing of the two is merged.
"""

from __future__ import annotations

from services.support.duplicates import commands, model, tables
from services.support.ticket import detours, events, gate, promising, saying
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from shared.people import regulation
from shared.store.work import Work
from shared.web.tokens import Caller


def close(work: Work, id: str, who: Caller, *, to: str, reason: str | None = None, version: int | None = None) -> None:
    """The request is the same as another (its id or number) and continues there; every promise of it ends.

    Raises the refusals of `gate`, `model.SameTicket`, `NoSuchOther`, `OtherEnded`, `OthersContinueHere`,
    `AlreadyLinked`.
    """
    ticket, other = commands.both(work, id, who, to, "close_duplicate", version)
    closed = detours.close_duplicate(ticket, reason=reason)
    if other.state in tickets.ENDED:
        raise model.OtherEnded(number=other.number, fields={"to": ["This request has ended."]})
    if any(here for here in tables.of(work.connection, ticket.id) if _closed_under(work, here, ticket.id)):
        raise model.OthersContinueHere
    held = tables.between(work.connection, ticket.id, other.id)
    if held is None:
        commands.tie(work, ticket, other, kind=model.DUPLICATE, reason=reason)
    elif held.across(ticket.id)[1] != model.DUPLICATE:
        raise model.AlreadyLinked
    _, event = saying.changed_by(
        work,
        closed,
        events.CLOSED_AS_DUPLICATE,
        facts={"other": other.number},
        private=closed.closing_reason,
        had=ticket.owner,
        continues_under=other.number,
    )
    promising.drop(work, ticket.id, event=event, why=promising.DUPLICATE)


def reopen(work: Work, id: str, who: Caller, *, reason: str | None = None, version: int | None = None) -> None:
    """It is a request of its own after all: received, with the time for its classification from now on."""
    ticket = gate.seen(work.connection, ticket_tables.load(work.connection, id), who, work.now)
    detours.reopen_duplicate(ticket)  # first: what is not closed as a duplicate continues nowhere
    ticket, other = commands.both(work, id, who, original_of(work, id) or id, "reopen_duplicate", version)
    again = detours.reopen_duplicate(ticket)
    _, playbook = gate.mine(work, id, who, "reopen_duplicate")
    commands.untie(work, ticket, other, reason=reason)
    saved, event = saying.changed_by(work, again, events.TAKEN_UP_AGAIN, facts={"other": other.number}, private=reason)
    day = promising.day_of(work, saved)
    allowed = regulation.allowed(work.connection, playbook, None, unit=saved.unit, day=day)
    promising.begin_again(work, saved, playbook, event=event, allowed=allowed)


def original_of(work: Work, id: str) -> str | None:
    """The id of the request that this one is a duplicate of."""
    links = (each.across(id) for each in tables.of(work.connection, id))
    return next((other for other, kind in links if kind == model.DUPLICATE), None)


def _closed_under(work: Work, link: model.Link, id: str) -> bool:
    other, kind = link.across(id)
    return kind == model.ORIGINAL and ticket_tables.load(work.connection, other).state == tickets.DUPLICATE
