"""Who may do something with a ticket, and who sees it.

What somebody may not see does not exist for them. Later slices that act on a ticket ask here, too: `mine` locks the
ticket and refuses whoever may not.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from services.support.consultation import tables as consultation
from services.support.ticket import model, promising, tables
from services.support.ticket.flow import TICKET
from shared.kernel import errors
from shared.people import permission, regulation, sight, standing
from shared.playbook import shelf
from shared.playbook.model import Playbook
from shared.store.work import Work
from shared.web.tokens import Caller

ABSENT = "This person is not there, or has no authority for this."


class NotThere(errors.Invalid):
    """{who} cannot be responsible for this: not active, away, or without the authority for it."""

    code = "not-there"


def granted(ticket: model.Ticket, who: Caller) -> bool:
    """Whether escalation gave the caller the letter R on this ticket."""
    return who.kind == "staff" and ticket.escalated_to == who.id


def seen(connection: sa.Connection, ticket: model.Ticket, who: Caller, now: datetime) -> model.Ticket:
    """The ticket, if it is in a unit of the caller's, was escalated to them, or they were asked for advice about it.

    Raises `tables.NoSuchTicket`.
    """
    if granted(ticket, who) or ticket.unit in sight.units(connection, who, now) or _consulted(connection, ticket, who):
        return ticket
    raise tables.NoSuchTicket


def _consulted(connection: sa.Connection, ticket: model.Ticket, who: Caller) -> bool:
    if who.kind != "staff" or not consultation.asked(connection, ticket.id, who.id):
        return False
    person = standing.known(connection, (who.id,)).get(who.id)
    return person is None or person.active


def mine(work: Work, id: str, who: Caller, verb: str, version: int | None = None) -> tuple[model.Ticket, Playbook]:
    """The ticket, locked, and its playbook, if the caller may see the ticket and use the verb.

    What they may not see does not exist for them. Raises the refusals of `permission`, `errors.Stale`.
    """
    ticket = tables.load(work.connection, id, lock=True)
    seen(work.connection, ticket, who, work.now)
    playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
    permission.act(
        work,
        playbook,
        TICKET,
        verb,
        who,
        unit=ticket.unit,
        day=promising.day_of(work, ticket),
        request_type=ticket.request_type,
        escalated=granted(ticket, who),
    )
    if version is not None and ticket.version != version:
        raise errors.Stale
    return ticket, playbook


def able(
    work: Work,
    playbook: Playbook,
    ticket: model.Ticket,
    person: str,
    request_type: int | None,
    *,
    instead_of: str | None = None,
) -> bool:
    """Whether somebody has letter and authority to handle a ticket, in their own right or `instead_of` who is away."""
    day = promising.day_of(work, ticket)
    held = standing.held(work.connection, person, ticket.unit, day)
    own = permission.Standing(frozenset(each.role for each in held if each.on_behalf_of in (None, instead_of)))
    allowed = regulation.allowed(work.connection, playbook, request_type, unit=ticket.unit, day=day)
    return permission.judge(playbook, TICKET, "complete", own, request_type=request_type, authority=allowed) is None


def own_if_able(work: Work, playbook: Playbook, ticket: model.Ticket, who: Caller, request_type: int) -> str | None:
    """Whoever classifies handles it, if they have the authority; otherwise it waits for somebody who has."""
    return who.id if able(work, playbook, ticket, who.id, request_type) else None


def check_there(work: Work, ticket: model.Ticket, to: str) -> None:
    """Somebody of the same company who is at work. Raises `NotThere`; who is a stranger is not named."""
    person = standing.known(work.connection, (to,)).get(to)
    if person is None or person.unit not in standing.company(work.connection, ticket.unit):
        raise NotThere(who=to, fields={"to": ["There is no such person."]})
    if not standing.present(work.connection, to, promising.day_of(work, ticket)):
        raise NotThere(who=person.name, fields={"to": [ABSENT]})


def there(work: Work, playbook: Playbook, ticket: model.Ticket, to: str) -> str:
    """Who is to be responsible where `to` was meant: they themselves, or the substitute of whoever is away (S004-95).

    Raises `NotThere` where neither is there with the authority.
    """
    day = promising.day_of(work, ticket)
    person = standing.known(work.connection, (to,)).get(to)
    known = person is not None and person.unit in standing.company(work.connection, ticket.unit)
    stands_in = standing.stands_in(work.connection, to, day) if known else None
    if stands_in is None:
        check_able(work, playbook, ticket, to)
        return to
    check_there(work, ticket, stands_in)
    if not able(work, playbook, ticket, stands_in, ticket.request_type, instead_of=to):
        raise NotThere(who=name(work, stands_in), fields={"to": [ABSENT]})
    return stands_in


def name(work: Work, person: str | None) -> str:
    """Somebody's name, as far as it is known here."""
    found = standing.known(work.connection, (person,)) if person else {}
    return found[person].name if person in found else (person or "")


def check_able(work: Work, playbook: Playbook, ticket: model.Ticket, to: str) -> None:
    check_there(work, ticket, to)
    if not able(work, playbook, ticket, to, ticket.request_type):
        person = standing.known(work.connection, (to,))[to]
        raise NotThere(who=person.name, fields={"to": [ABSENT]})
