"""What a ticket is and what may be done with it.

Invariants: a ticket changes only through a verb of the lifecycle; every verb returns a new ticket; a promise is never
made into the past; whoever refuses a result, pauses, escalates or takes over says why; a ticket keeps to the version
of the playbook that it was opened under.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

CHANNELS = ("website", "email", "social", "chat", "hotline", "survey", "intermediary", "direct", "api")
TOPICS = ("service_quality", "policy", "price", "incident", "complaint", "question", "suggestion", "other")

MAX_CONTENT = 20_000  # characters: more is an attachment
MAX_NAME = 200
MAX_TEXT = 5_000  # of method, result, comment, reason

UNREACHABLE = "A mail address or a phone number is needed."

BEFORE_RESULT = ("received", "classified", "assigned", "waiting", "reopened")
"""The states in which no result stands for the client to answer."""

DUPLICATE = "duplicate"
"""The state of a request that continues under another number."""
ENDED = ("logged", "withdrawn", DUPLICATE)
"""The states in which nothing is owed any more."""

LIFECYCLE = Lifecycle(
    name="support.ticket",
    initial="received",
    moves=(
        Move("classify", ("received",), "classified"),
        Move("assign", ("classified", "assigned", "reopened"), "assigned"),
        Move("pause", ("assigned",), "waiting"),
        Move("resume", ("waiting",), "assigned"),
        Move("escalate", ("classified", "assigned", "reopened"), "assigned"),
        Move("take_over", ("classified", "assigned", "waiting", "reopened"), "assigned"),
        Move("complete", ("classified", "assigned", "reopened"), "completed"),
        Move("hand_over", ("completed",), "handed_over"),
        Move("confirm", ("handed_over",), "confirmed"),
        Move("refuse", ("handed_over",), "reopened"),
        Move("log", ("confirmed",), "logged"),
        Move("take", ("classified", "assigned", "reopened"), "assigned"),
        *(Move("verify", (state,), state) for state in BEFORE_RESULT),
        Move("reclassify", ("classified", "assigned", "reopened"), "classified"),
        *(Move("promise", (state,), state) for state in ("classified", "assigned", "reopened")),
        *(Move("progress", (state,), state) for state in ("classified", "assigned", "waiting", "reopened")),
        *(Move("ask_goods", (state,), state) for state in ("classified", "assigned", "reopened")),
        Move("send_back", ("completed",), "assigned"),
        Move("withdraw", BEFORE_RESULT, "withdrawn"),
        Move("close_duplicate", BEFORE_RESULT, DUPLICATE),
        Move("reopen_duplicate", (DUPLICATE,), "received"),
        Move("log_unanswered", ("handed_over",), "logged"),
    ),
)

CLIENT_VERBS = ("confirm", "refuse")
"""Verbs that only the client has, by a link."""


RECORD = (
    "content",
    "received_at",
    "requester",
    "handler",
    "request_type",
    "processing_hours",
    "method",
    "state",
    "rating",
)
"""The nine columns of the tracking record, as the ticket holds them (S004-99 to S004-107)."""


class IncompleteRecord(errors.Invalid):
    """The record is not complete: some of its columns are still empty."""

    code = "incomplete-record"
    status = 409


class PromiseInThePast(errors.Invalid):
    """The promised time has already passed; promise a time in the future."""

    code = "promise-in-the-past"


class AskedInTheFuture(errors.Invalid):
    """The client cannot have asked later than now."""

    code = "asked-in-the-future"


class NotVerified(errors.Conflict):
    """First somebody must check what was taken down: the request, and how to reach the client."""

    code = "not-verified"


class ReasonMissing(errors.Invalid):
    """Please say why."""

    code = "reason-missing"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, in their own words and language."""

    name: str
    locale: str
    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether there is a way to answer them."""
        return bool(self.mails or self.phones)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request. `seq` and `year` make its human number; moments are UTC."""

    id: str
    version: int
    seq: int
    year: int
    unit: str
    state: str
    channel: str
    topic: str
    content: str
    requester: Requester
    received_by: str
    received_at: datetime
    playbook: str
    playbook_version: str
    reference: str | None = None
    handler: str | None = None
    """Who handled it last, as an actor."""
    owner: str | None = None
    """The person whom it is assigned to; none: whoever has the authority."""
    escalated_to: str | None = None
    """The person who got the letter R on this ticket."""
    waits_for: str | None = None
    request_type: int | None = None
    promised_at: datetime | None = None
    classified_at: datetime | None = None
    method: str | None = None
    result: str | None = None
    completed_at: datetime | None = None
    handed_over_at: datetime | None = None
    rating: int | None = None
    comment: str | None = None
    reason: str | None = None
    answered_at: datetime | None = None
    logged_at: datetime | None = None
    asked_at: datetime | None = None
    """When it reached the company, where that was before somebody wrote it down."""
    verified_at: datetime | None = None
    verified_by: str | None = None
    """Who checked it before it was handled, as an actor."""
    promised_since: datetime | None = None
    """When the time that is promised now began to count."""
    progress: str | None = None
    progressed_at: datetime | None = None
    closing_reason: str | None = None
    """Why it was withdrawn, closed without the client's answer, or closed as a duplicate."""
    withdrawn_at: datetime | None = None
    goods: dict[str, Any] | None = None
    """What another system was asked and said of the goods."""
    changed_at: datetime | None = None
    """When something was last done with it; kept by `tables`."""

    @property
    def receipt(self) -> datetime:
        """When the company got it (S004-141): clocks count from here, whenever it was written down."""
        return self.asked_at or self.received_at

    @property
    def without_answer(self) -> bool:
        """Whether it was closed though the client never answered."""
        return self.state == "logged" and self.answered_at is None

    @property
    def number(self) -> str:
        """What people call it: `TCK-2026-000123`."""
        return f"TCK-{self.year}-{self.seq:06d}"

    @property
    def processing_hours(self) -> float | None:
        """The time that was promised for the handling, counted from the classification, in hours (S004-104)."""
        if self.promised_at is None or self.classified_at is None:
            return None
        return round((self.promised_at - self.classified_at).total_seconds() / 3600, 2)

    @property
    def possible(self) -> tuple[str, ...]:
        """The verbs that staff may use now."""
        return tuple(verb for verb in LIFECYCLE.possible(self.state) if verb not in CLIENT_VERBS)


def check_promise(promised_at: datetime, now: datetime) -> None:
    """Raises `PromiseInThePast`."""
    if promised_at <= now:
        raise PromiseInThePast(fields={"promised_at": ["This time has already passed."]})


def as_long_again(ticket: Ticket, now: datetime) -> datetime | None:
    """By when what must be done once more is promised: as long from now as was promised before."""
    since = ticket.promised_since or ticket.classified_at
    return now + (ticket.promised_at - since) if ticket.promised_at and since else ticket.promised_at


def classify(
    ticket: Ticket, *, request_type: int, promised_at: datetime, by: str, owner: str | None, now: datetime
) -> Ticket:
    """Give it a type and the client a time (S004-79, S004-92). Raises `PromiseInThePast`, `errors.WrongState`."""
    state = LIFECYCLE.after(ticket.state, "classify")
    check_promise(promised_at, now)
    return dataclasses.replace(
        ticket,
        state=state,
        request_type=request_type,
        promised_at=promised_at,
        promised_since=now,
        classified_at=now,
        handler=by,
        owner=owner,
    )


def assign(ticket: Ticket, *, to: str) -> Ticket:
    """A person is responsible from now on (S004-97); taking it is assigning it to oneself."""
    return dataclasses.replace(ticket, state=LIFECYCLE.after(ticket.state, "assign"), owner=to)


def pause(ticket: Ticket, *, reason: str) -> Ticket:
    """Somebody else is waited for; the playbook's word for whom."""
    return dataclasses.replace(ticket, state=LIFECYCLE.after(ticket.state, "pause"), waits_for=reason)


def resume(ticket: Ticket) -> Ticket:
    """It goes on."""
    return dataclasses.replace(ticket, state=LIFECYCLE.after(ticket.state, "resume"), waits_for=None)


def escalate(ticket: Ticket, *, to: str, promised_at: datetime, now: datetime) -> Ticket:
    """It goes to the competent level with a new deadline (S004-113, S004-114). Raises `PromiseInThePast`."""
    state = LIFECYCLE.after(ticket.state, "escalate")
    check_promise(promised_at, now)
    return dataclasses.replace(ticket, state=state, owner=to, escalated_to=to, promised_at=promised_at)


def take_over(ticket: Ticket, *, by: str) -> Ticket:
    """The lead takes it, whoever had it."""
    state = LIFECYCLE.after(ticket.state, "take_over")
    return dataclasses.replace(ticket, state=state, owner=by, waits_for=None)


def complete(ticket: Ticket, *, method: str, result: str, by: str, owner: str | None, now: datetime) -> Ticket:
    """The support is done: how, and with which result for the client. Whoever did it owns it. Raises `NotVerified`."""
    state = LIFECYCLE.after(ticket.state, "complete")
    if ticket.verified_at is None:
        raise NotVerified
    return dataclasses.replace(
        ticket,
        state=state,
        method=method,
        result=result,
        handler=by,
        owner=owner or ticket.owner,
        completed_at=now,
    )


def hand_over(ticket: Ticket, *, now: datetime) -> Ticket:
    """Hand the result to the client, who is asked to confirm it (S004-130, S004-131)."""
    return dataclasses.replace(
        ticket,
        state=LIFECYCLE.after(ticket.state, "hand_over"),
        handed_over_at=now,
        reason=None,
        answered_at=None,  # what was answered was another result
    )


def confirm(ticket: Ticket, *, rating: int, comment: str | None, now: datetime) -> Ticket:
    """The client agrees and rates the support (S004-131, S004-132)."""
    state = LIFECYCLE.after(ticket.state, "confirm")
    return dataclasses.replace(ticket, state=state, rating=rating, comment=comment or None, answered_at=now)


def refuse(ticket: Ticket, *, reason: str, now: datetime) -> Ticket:
    """The client says that it is not solved; it is opened again with the reason."""
    state = LIFECYCLE.after(ticket.state, "refuse")
    if not reason.strip():
        raise ReasonMissing(
            "Please tell us what is not solved yet.", fields={"reason": ["Please tell us what is not solved yet."]}
        )
    return dataclasses.replace(
        ticket,
        state=state,
        reason=reason.strip(),
        answered_at=now,
        promised_at=as_long_again(ticket, now),
        promised_since=now,
    )


def missing(ticket: Ticket, *, without_answer: bool = False) -> tuple[str, ...]:
    """The columns of the record that are still empty (S004-98); silence stands in for the client's evaluation."""
    held = {name: getattr(ticket, name) for name in RECORD} | {"requester": ticket.requester.name.strip()}
    if without_answer or ticket.without_answer:
        held["rating"] = ticket.rating or "-"
    return tuple(name for name, value in held.items() if value is None or value == "")


def check_record(ticket: Ticket, *, without_answer: bool = False) -> None:
    """The record is written complete or not at all (S004-98, S004-136). Raises `IncompleteRecord`."""
    if columns := missing(ticket, without_answer=without_answer):
        raise IncompleteRecord(fields={column: ["This column of the record is still empty."] for column in columns})


def log(ticket: Ticket, *, now: datetime) -> Ticket:
    """Write the record: the ticket is closed (S004-135, S004-136)."""
    state = LIFECYCLE.after(ticket.state, "log")
    check_record(ticket)
    return dataclasses.replace(ticket, state=state, logged_at=now)
