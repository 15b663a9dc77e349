"""The clocks of a ticket: what they are about, which of them the owner owes, and what was promised."""

from __future__ import annotations

import contextlib
from datetime import date, datetime

from services.support.ticket import events, model
from services.support.ticket.flow import TICKET
from shared.clocks import model as clock_model
from shared.clocks import tables as clocks
from shared.envelope.catalogue import EventType
from shared.kernel import errors
from shared.playbook import book, promises
from shared.playbook.model import Playbook
from shared.store.work import Work

SUPERSEDED, WITHDRAWN, SENT_BACK, WITHOUT_ANSWER = "superseded", "withdrawn", "sent_back", clock_model.UNANSWERED
DUPLICATE = "duplicate"
"""Why a promise ended without being kept."""


def about(ticket: model.Ticket) -> clocks.Object:
    """The ticket as clocks and trail know it."""
    return clocks.Object(
        kind=TICKET.name,
        id=ticket.id,
        number=ticket.number,
        unit=ticket.unit,
        party=None,
        playbook=ticket.playbook,
        playbook_version=ticket.playbook_version,
        request_type=str(ticket.request_type) if ticket.request_type else None,
    )


def day_of(work: Work, ticket: model.Ticket) -> date:
    """The day of the ticket's unit, on which roles and substitutes are judged."""
    return book.of(work.connection).places(work.connection, about(ticket)).day_of(work.now)


def usual(work: Work, playbook: Playbook, ticket: model.Ticket, request_type: int) -> datetime:
    """The time that the type's own promise gives. Raises `promises.MomentMissing`."""
    spec = next((each for each in playbook.clocks.values() if events.CLASSIFIED.name in each.starts), None)
    if spec is None:
        raise promises.MomentMissing(fields={"promised_at": ["Required for this kind of request."]})
    calendar = book.of(work.connection).places(work.connection, about(ticket))
    due = promises.due(playbook, spec, calendar, request_type=str(request_type), at=work.now)
    if due is None:
        raise promises.MomentMissing(fields={"promised_at": ["Required for this kind of request."]})
    return due


def handling(playbook: Playbook) -> tuple[str, ...]:
    """The clocks that completion ends: the owner of the ticket owes them, and a pause stops them."""
    return ended_by(playbook, events.COMPLETED)


def ended_by(playbook: Playbook, kind: EventType) -> tuple[str, ...]:
    """The clocks that an event ends."""
    return tuple(spec.name for spec in playbook.clocks.values() if kind.name in spec.ends)


def run_again(work: Work, id: str, playbook: Playbook) -> None:
    """The ticket has waited; a procedure that promises nothing for the handling has no clock that did."""
    with contextlib.suppress(errors.WrongState):
        book.of(work.connection).resume(work, id, names=handling(playbook))


def owe(work: Work, ticket: model.Ticket, playbook: Playbook) -> None:
    """The handling is owed by whoever the ticket is assigned to now."""
    for name in handling(playbook):
        book.of(work.connection).owe(work, ticket.id, name, ticket.owner)


def supersede(work: Work, ticket: model.Ticket, playbook: Playbook, *, event: str, allowed: tuple[str, ...]) -> None:
    """What was promised for the handling counts no more, and stays visible; the same is promised anew from now on."""
    known = book.of(work.connection)
    calendar = known.places(work.connection, about(ticket))
    for name in known.cancel(work, ticket.id, event=event, names=handling(playbook), why=SUPERSEDED):
        happened = promises.Happened(events.RECLASSIFIED.name, work.now, event, promised_at=ticket.promised_at)
        promise = promises.make(
            playbook,
            playbook.clocks[name],
            calendar,
            request_type=str(ticket.request_type),
            event=happened,
            owners=lambda _: ticket.owner,
            allowed=allowed,
        )
        known.start(work, about(ticket), promise, at=work.now, event=event)


def begin_again(work: Work, ticket: model.Ticket, playbook: Playbook, *, event: str, allowed: tuple[str, ...]) -> None:
    """What is promised with the receipt of a request is promised once more, from now on."""
    known = book.of(work.connection)
    calendar = known.places(work.connection, about(ticket))
    happened = promises.Happened(events.RECEIVED.name, work.now, event, promised_at=None)
    for spec in playbook.clocks.values():
        if events.RECEIVED.name in spec.starts:
            promise = promises.make(
                playbook, spec, calendar, request_type=None, event=happened, owners=lambda _: None, allowed=allowed
            )
            known.start(work, about(ticket), promise, at=work.now, event=event)


def drop(work: Work, id: str, *, event: str, why: str, names: tuple[str, ...] | None = None) -> None:
    """The ticket's clocks (or those of these names) end without being kept; `why` stays with them."""
    book.of(work.connection).cancel(work, id, event=event, names=names, why=why)
