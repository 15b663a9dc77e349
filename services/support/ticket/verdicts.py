"""Whether somebody may do the same with many tickets now, and why not: what they see before they do it.

Who may depends on the procedure, the unit and the type alone, so that is asked once for all tickets that have these in
common. What a verb refuses over and above that is said here, too, as far as the ticket and its clocks tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.support.ticket import amending, detours, gate, model, promising, tables
from services.support.ticket.flow import TICKET
from shared import locale as languages
from shared.clocks import queries as clocks
from shared.clocks import tables as clock_tables
from shared.kernel import errors
from shared.people import permission, sight, standing
from shared.playbook import book, shelf
from shared.web.tokens import Caller

_t = tables.ticket.c


def of(
    connection: sa.Connection, ids: Sequence[str], verb: str, who: Caller, *, now: datetime, locale: str
) -> list[dict[str, Any]]:
    """The verdict on each ticket that there is for the caller, in the given order."""
    rows = connection.execute(sa.select(tables.ticket).where(_t.id.in_(list(ids))))
    found = {row.id: tables.read(row) for row in rows}
    tickets = [found[id] for id in dict.fromkeys(ids) if id in found]
    judge = _Judge(connection, verb, who, now, clocks.of_objects(connection, [each.id for each in tickets]))
    return [_shown(each, judge.refusal(each), locale) for each in tickets if judge.sees(each)]


def ever(connection: sa.Connection, verbs: Sequence[str], who: Caller, now: datetime) -> list[str]:
    """Those of the verbs that the procedure of some unit gives the caller's roles there, also in somebody's stead: what
    is worth offering for many tickets. State, type and escalation decide ticket by ticket."""
    roles = sight.roles(connection, who, now)
    playbooks = shelf.of_units(connection, TICKET.name, roles)
    # many units have one procedure, in which the caller has the same roles
    alike = {(each.id, each.version, roles[unit]): each for unit, each in playbooks.items()}
    found = {
        verb
        for (*_, held), playbook in alike.items()
        for verb in verbs
        if permission.judge(playbook, TICKET, verb, permission.Standing(held)) is None
    }
    return [verb for verb in verbs if verb in found]


def _shown(ticket: model.Ticket, refusal: errors.Refused | None, locale: str) -> dict[str, Any]:
    why = refusal and languages.translate(refusal.template, locale, **refusal.facts)
    return {"id": ticket.id, "version": ticket.version, "possible": refusal is None, "why": why}


class _Judge:
    """One verb and one caller."""

    def __init__(
        self,
        connection: sa.Connection,
        verb: str,
        who: Caller,
        now: datetime,
        kept: dict[str, list[clock_tables.Kept]],
    ) -> None:
        self._connection, self._verb, self._who, self._now, self._kept = connection, verb, who, now, kept
        self._units = sight.units(connection, who, now)
        self._known: dict[Any, errors.Forbidden | None] = {}

    def sees(self, ticket: model.Ticket) -> bool:
        """Whether there is such a ticket for the caller."""
        if ticket.unit in self._units:
            return True
        try:
            gate.seen(self._connection, ticket, self._who, self._now)
        except tables.NoSuchTicket:
            return False
        return True

    def refusal(self, ticket: model.Ticket) -> errors.Refused | None:
        """What keeps the caller from it, in the order in which the verb itself asks."""
        if (refusal := self._forbidden(ticket)) is not None:
            return refusal
        try:
            model.LIFECYCLE.after(ticket.state, self._verb)
            CHECKS.get(self._verb, _nothing)(self, ticket)
        except errors.Refused as error:
            return error
        return None

    def _forbidden(self, ticket: model.Ticket) -> errors.Forbidden | None:
        playbook = shelf.kept(self._connection, ticket.playbook, ticket.playbook_version)
        day = book.of(self._connection).places(self._connection, promising.about(ticket)).day_of(self._now)
        escalated = gate.granted(ticket, self._who)
        key = (playbook.id, playbook.version, ticket.unit, day, ticket.request_type, escalated)
        if key not in self._known:
            self._known[key] = permission.possible(
                self._connection,
                playbook,
                TICKET,
                (self._verb,),
                self._who,
                unit=ticket.unit,
                day=day,
                request_type=ticket.request_type,
                escalated=escalated,
            )[self._verb]
        return self._known[key]

    def take(self, ticket: model.Ticket) -> None:
        """Raises `detours.TakenAlready`."""
        detours.take(ticket, by=self._who.id, holder=self._name(ticket.owner))

    def complete(self, ticket: model.Ticket) -> None:
        """Raises `model.NotVerified`."""
        if ticket.verified_at is None:
            raise model.NotVerified

    def log(self, ticket: model.Ticket) -> None:
        """Raises `model.IncompleteRecord`."""
        model.check_record(ticket)

    def log_unanswered(self, ticket: model.Ticket) -> None:
        """Raises `amending.StillTime`, `model.IncompleteRecord`."""
        model.check_record(ticket, without_answer=True)
        playbook = shelf.kept(self._connection, ticket.playbook, ticket.playbook_version)
        clocks_ = [each.clock for each in self._kept[ticket.id]]
        amending.check_time_is_over(clocks_, playbook, self._now)

    def _name(self, person: str | None) -> str:
        found = standing.known(self._connection, (person,)) if person else {}
        return found[person].name if person in found else (person or "")


def _nothing(_judge: _Judge, _ticket: model.Ticket) -> None:
    """Most verbs ask no more than the state and the caller."""


CHECKS: dict[str, Callable[[_Judge, model.Ticket], None]] = {
    "take": _Judge.take,
    "complete": _Judge.complete,
    "log": _Judge.log,
    "log_unanswered": _Judge.log_unanswered,
}
