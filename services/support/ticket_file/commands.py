"""Adding files to a ticket after it came."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from services.support.attachment.model import Limits, Upload
from services.support.ticket import enclosing, gate, model, tables
from shared.kernel import errors
from shared.people import sight
from shared.store.work import Work
from shared.web.tokens import Caller


class NothingChosen(errors.Invalid):
    """Choose at least one file."""

    code = "nothing-chosen"


class Closed(errors.Conflict):
    """This request is closed; its record is written, and nothing is added to it any more."""

    code = "ticket-closed"


def add(work: Work, id: str, who: Caller, tokens: Sequence[str], limits: Limits) -> tuple[Upload, ...]:
    """Attach what the caller uploaded to a ticket that they may see.

    Raises `tables.NoSuchTicket`, `errors.Forbidden` for whoever only looks, `Closed`, `NothingChosen`, and what
    `enclosing.attach` raises.
    """
    ticket = gate.seen(work.connection, tables.load(work.connection, id, lock=True), who, work.now)
    _check_works_there(work, ticket, who)
    if not model.LIFECYCLE.possible(ticket.state):
        raise Closed
    if not tokens:
        raise NothingChosen(fields={"attachments": ["Choose at least one file."]})
    return enclosing.attach(work, ticket, tokens, limits)


def _check_works_there(work: Work, ticket: model.Ticket, who: Caller) -> None:
    """Whoever sees all units to keep the system running adds nothing in units that are not theirs."""
    own = sight.units(work.connection, dataclasses.replace(who, roles=()), work.now)
    if ticket.unit not in own and not gate.granted(ticket, who):
        raise errors.Forbidden(missing="a role in the unit of this request")
