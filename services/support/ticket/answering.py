"""What the client does by a link, without an account: follow a ticket, confirm its result or refuse it, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from services.support.ticket import detours, events, model, promising, saying, tables
from shared.clocks import queries as clocks
from shared.playbook import shelf
from shared.store.work import Work
from shared.web import links

FOLLOW = "ticket.follow"  # shows, many times
ANSWER = "ticket.answer"  # acts, once
FOLLOW_FOR = timedelta(days=180)
ANSWER_FOR = timedelta(days=30)


def follow(work: Work, id: str) -> str:
    """A link that follows the ticket; one from before works no more."""
    return links.issue(work, letter="s", purpose=FOLLOW, subject=id, lifetime=FOLLOW_FOR)


def remind(work: Work, id: str, *, handed_over_at: datetime) -> bool:
    """Ask the client once more about the result handed over then; False when there is nothing to ask, or it was asked.

    The first link works on: whoever answers by one of them has answered. Silence is never taken for a yes.
    """
    ticket = tables.load(work.connection, id, lock=True)
    if ticket.state != "handed_over" or ticket.handed_over_at != handed_over_at:
        return False
    asked_at = links.newest(work.connection, purpose=ANSWER, subject=ticket.id)
    if asked_at is not None and asked_at > handed_over_at:
        return False
    token = links.issue(work, letter="s", purpose=ANSWER, subject=ticket.id, lifetime=ANSWER_FOR, beside=True)
    saying.say(work, events.REMINDED, ticket, link=token, facts={}, private=None)
    return True


def awaited_until(connection: sa.Connection, ticket: model.Ticket, now: datetime) -> datetime | None:
    """Until when the client's answer is asked for; None when nothing is, or that is over. The link acts longer."""
    waits = promising.ended_by(shelf.kept(connection, ticket.playbook, ticket.playbook_version), events.CONFIRMED)
    kept = clocks.of_objects(connection, [ticket.id])[ticket.id]
    due = [each.clock.due_at for each in kept if each.clock.open and each.clock.name in waits]
    return max((at for at in due if at > now), default=None)


def confirm(work: Work, token: str, *, rating: int, comment: str | None) -> model.Ticket:
    """The client confirms by the link, once. Raises `links.Used` and the like, `errors.WrongState`."""
    ticket = _by_link(work, token)
    confirmed = model.confirm(ticket, rating=rating, comment=comment, now=work.now)
    return saying.change(work, confirmed, events.CONFIRMED, facts={"rating": rating}, private=comment)


def withdraw(work: Work, token: str, *, comment: str | None = None) -> model.Ticket:
    """The client needs it no more, and says so by the link that follows the ticket: it shows on, the ticket has ended.

    Raises `links.Revoked` and the like, `errors.WrongState` once there is a result to answer.
    """
    link = links.look(work.connection, token, purpose=FOLLOW, now=work.now)
    ticket = tables.load(work.connection, link.subject, lock=True)
    work.actor = f"client:{ticket.id}"
    return withdrawn(work, ticket, reason=comment)


def withdrawn(work: Work, ticket: model.Ticket, *, reason: str | None) -> model.Ticket:
    """Whoever says so: every clock ends, and stays visible as withdrawn."""
    ended = detours.withdraw(ticket, reason=reason, now=work.now)
    saved, event = saying.changed_by(work, ended, events.WITHDRAWN, private=ended.closing_reason)
    promising.drop(work, ticket.id, event=event, why=promising.WITHDRAWN)
    return saved


def refuse(work: Work, token: str, *, reason: str) -> model.Ticket:
    """The client says that it is not solved; the link is used up and the ticket open again."""
    ticket = _by_link(work, token)
    refused = model.refuse(ticket, reason=reason, now=work.now)
    return saying.change(work, refused, events.REFUSED, private=refused.reason)


def _by_link(work: Work, token: str) -> model.Ticket:
    link = links.look(work.connection, token, purpose=ANSWER, now=work.now)
    ticket = tables.load(work.connection, link.subject, lock=True)  # first: a reminder may be adding a link just now
    links.use(work, token, purpose=ANSWER)
    work.actor = f"client:{ticket.id}"  # until intake links a party, the client is known by the ticket
    return ticket
