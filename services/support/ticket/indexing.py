"""What a ticket is found by, written with it, so that it is found from the moment on that it is there."""

from __future__ import annotations

from services.support.search import commands
from services.support.search import model as search
from services.support.ticket import model
from shared.store.work import Work
from shared.text import terms


def terms_of(ticket: model.Ticket) -> dict[str, int]:
    """What a ticket is found by, each with the best rank of it: who asks and how to reach them, then what is said."""
    who = ticket.requester
    known = terms.of_name(who.name)
    for mail in who.mails:
        known |= terms.of_mail(mail)
    for phone in who.phones:
        known |= terms.of_phone(phone)
    if ticket.reference:
        known |= {terms.of_key(ticket.reference), *terms.of_text(ticket.reference)}
    said = terms.of_text(ticket.content) | (terms.of_text(ticket.result) if ticket.result else set())
    return dict.fromkeys(said, search.TEXT) | dict.fromkeys(known, search.NAME)


def keep(work: Work, ticket: model.Ticket) -> None:
    """Have a ticket found as it stands now."""
    commands.put(work, unit=ticket.unit, seq=ticket.seq, terms=terms_of(ticket))
