"""A ticket as its readers see it: with its clocks, and with what they may do now or why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.ticket import gate, model, promising
from services.support.ticket.flow import TICKET
from shared import locale as languages
from shared.clocks import queries as clocks
from shared.kernel import errors
from shared.people import permission
from shared.playbook import book, shelf
from shared.web.tokens import Caller


def full(connection: sa.Connection, ticket: model.Ticket, who: Caller, *, now: datetime, locale: str) -> dict[str, Any]:
    """One ticket. `possible` are the verbs that state, role, RACI and authority allow; `not_possible` says what keeps
    the caller from the others that the state allows."""
    playbook = shelf.kept(connection, ticket.playbook, ticket.playbook_version)
    day = book.of(connection).places(connection, promising.about(ticket)).day_of(now)
    verdicts = permission.possible(
        connection,
        playbook,
        TICKET,
        ticket.possible,
        who,
        unit=ticket.unit,
        day=day,
        request_type=ticket.request_type,
        escalated=gate.granted(ticket, who),
    )
    refusals: dict[str, errors.Refused | None] = dict(verdicts)
    if ticket.verified_at is None and "complete" in refusals:
        refusals["complete"] = refusals["complete"] or model.NotVerified()
    return {
        **_facts(ticket),
        "possible": [verb for verb, refusal in refusals.items() if refusal is None],
        "not_possible": {
            verb: languages.translate(refusal.template, locale, **refusal.facts)
            for verb, refusal in refusals.items()
            if refusal is not None
        },
        "clocks": _clocks(connection, [ticket], now)[ticket.id],
    }


def brief(connection: sa.Connection, tickets: Sequence[model.Ticket], *, now: datetime) -> list[dict[str, Any]]:
    """Tickets of a list: with their clocks, without asking for each verb who may."""
    found = _clocks(connection, tickets, now)
    return [{**_facts(each), "possible": list(each.possible), "clocks": found[each.id]} for each in tickets]


def _clocks(
    connection: sa.Connection, tickets: Sequence[model.Ticket], now: datetime
) -> dict[str, list[dict[str, Any]]]:
    known = book.of(connection)
    found = clocks.of_objects(connection, [ticket.id for ticket in tickets])
    return {id: [clocks.shown(kept, known, connection, now) for kept in of] for id, of in found.items()}


def _facts(ticket: model.Ticket) -> dict[str, Any]:
    of = {field.name: getattr(ticket, field.name) for field in dataclasses.fields(ticket)}
    return of | {"number": ticket.number, "asked_at": ticket.receipt, "without_answer": ticket.without_answer}
