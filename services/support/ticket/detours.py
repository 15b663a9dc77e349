"""What may happen to a ticket besides the straight way: checked, classified again, promised anew, sent back, withdrawn,
closed without an answer. As in `model`: every verb returns a new ticket, and whoever changes what was said says why.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from services.support.ticket import model
from services.support.ticket.model import LIFECYCLE, Requester, Ticket, check_record
from shared.kernel import errors


class TakenAlready(errors.Conflict):
    """{who} has it already. Ask them, or let the lead assign it."""

    code = "taken-already"


class SameType(errors.Invalid):
    """The request has this type already."""

    code = "same-type"


def verify(ticket: Ticket, *, topic: str | None, requester: Requester | None, by: str, now: datetime) -> Ticket:
    """What was taken down was read and checked (S004-140), and put right where it was wrong. What the client wrote
    stays as it is."""
    return dataclasses.replace(
        ticket,
        state=LIFECYCLE.after(ticket.state, "verify"),
        topic=topic or ticket.topic,
        requester=requester or ticket.requester,
        verified_at=now,
        verified_by=by,
    )


def take(ticket: Ticket, *, by: str, holder: str) -> Ticket:
    """Somebody makes themselves responsible; of two at once the second hears that the first has it (`TakenAlready`)."""
    state = LIFECYCLE.after(ticket.state, "take")
    if ticket.state == "assigned" and ticket.owner not in (None, by):
        raise TakenAlready(who=holder)
    return dataclasses.replace(ticket, state=state, owner=by)


def reclassify(ticket: Ticket, *, request_type: int, promised_at: datetime, owner: str | None, now: datetime) -> Ticket:
    """Another type, from which on another time is promised (S004-142). Raises `SameType`, `model.PromiseInThePast`."""
    state = LIFECYCLE.after(ticket.state, "reclassify")
    if request_type == ticket.request_type:
        raise SameType(fields={"request_type": ["The request has this type already."]})
    model.check_promise(promised_at, now)
    return dataclasses.replace(
        ticket, state=state, request_type=request_type, promised_at=promised_at, promised_since=now, owner=owner
    )


def promise(ticket: Ticket, *, promised_at: datetime, now: datetime) -> Ticket:
    """A person moves the promised time. Raises `model.PromiseInThePast`."""
    state = LIFECYCLE.after(ticket.state, "promise")
    model.check_promise(promised_at, now)
    return dataclasses.replace(ticket, state=state, promised_at=promised_at)


def progress(ticket: Ticket, *, text: str, now: datetime) -> Ticket:
    """How far it is, in words for the client (S004-122)."""
    state = LIFECYCLE.after(ticket.state, "progress")
    return dataclasses.replace(ticket, state=state, progress=text.strip(), progressed_at=now)


def ask_goods(ticket: Ticket, *, goods: dict[str, Any]) -> Ticket:
    """Another system is asked how the goods stand."""
    return dataclasses.replace(ticket, state=LIFECYCLE.after(ticket.state, "ask_goods"), goods=goods)


def send_back(ticket: Ticket, *, now: datetime) -> Ticket:
    """The work is not good enough to be handed over (S004-128): whoever had it goes on, with as long again."""
    return dataclasses.replace(
        ticket,
        state=LIFECYCLE.after(ticket.state, "send_back"),
        promised_at=model.as_long_again(ticket, now),
        promised_since=now,
    )


def withdraw(ticket: Ticket, *, reason: str | None, now: datetime) -> Ticket:
    """The client needs it no more."""
    state = LIFECYCLE.after(ticket.state, "withdraw")
    return dataclasses.replace(
        ticket, state=state, closing_reason=(reason or "").strip() or None, waits_for=None, withdrawn_at=now
    )


def close_duplicate(ticket: Ticket, *, reason: str | None) -> Ticket:
    """It is one and the same request as another, under whose number it continues."""
    state = LIFECYCLE.after(ticket.state, "close_duplicate")
    return dataclasses.replace(ticket, state=state, closing_reason=(reason or "").strip() or None, waits_for=None)


def reopen_duplicate(ticket: Ticket) -> Ticket:
    """It is a request of its own after all, and begins again with its classification."""
    return dataclasses.replace(
        ticket,
        state=LIFECYCLE.after(ticket.state, "reopen_duplicate"),
        closing_reason=None,
        request_type=None,
        promised_at=None,
        promised_since=None,
        classified_at=None,
        owner=None,
        escalated_to=None,
    )


def log_unanswered(ticket: Ticket, *, reason: str, now: datetime) -> Ticket:
    """The record of a result that the client never answered. It says so, and is no confirmation."""
    state = LIFECYCLE.after(ticket.state, "log_unanswered")
    check_record(ticket, without_answer=True)
    return dataclasses.replace(ticket, state=state, closing_reason=reason.strip(), logged_at=now)
