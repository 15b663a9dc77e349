"""The verbs of a ticket that staff use: one function per use case, each in the caller's unit of work.

Every verb asks who may (`gate`), changes the ticket, moves its clocks, writes its trail and says so to the world
(`saying`), in one transaction. How a ticket begins stands in `receiving`, what the client does in `answering`.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from services.support.ticket import answering, detours, events, gate, model, promising, saying
from shared.kernel import errors
from shared.playbook import book
from shared.playbook.model import Playbook
from shared.store.work import Work
from shared.web import links
from shared.web.tokens import Caller

APOLOGY = "apology"
"""What a playbook's `always` asks for with every request of a type."""
CARE = "care"
"""Whom a playbook's `feeds` passes a type's requests on to."""


class UnknownType(errors.Invalid):
    """There is no request type {code} in this procedure."""

    code = "unknown-request-type"


class ApologyMissing(errors.Invalid):
    """A complaint is closed with an apology in every case: please confirm that we have apologised to the client."""

    code = "apology-missing"


class UnknownPause(errors.Invalid):
    """There is no reason {reason} for a pause; there are: {known}."""

    code = "unknown-pause-reason"


def classify(
    work: Work,
    id: str,
    who: Caller,
    *,
    request_type: int,
    promised_at: datetime | None = None,
    verified: bool = True,
    version: int | None = None,
) -> model.Ticket:
    """Type and promised time (S004-79, S004-92). Without a time, the type's own; raises `promises.MomentMissing`
    where the type has none, `UnknownType`, `model.PromiseInThePast`.

    Whoever classifies has read the request, so that classifying verifies it, too (S004-140), unless they say that it is
    not `verified` yet: then it can be handled, and is not completed before somebody has checked it.
    """
    ticket, playbook = gate.mine(work, id, who, "classify", version)
    check_type(playbook, request_type)
    changed = model.classify(
        ticket,
        request_type=request_type,
        promised_at=promised_at or promising.usual(work, playbook, ticket, request_type),
        by=work.actor,
        owner=gate.own_if_able(work, playbook, ticket, who, request_type),
        now=work.now,
    )
    if verified and changed.verified_at is None:
        changed = dataclasses.replace(changed, verified_at=work.now, verified_by=work.actor)
    facts = {"request_type": request_type, "verified": changed.verified_at is not None}
    return saying.change(work, changed, events.CLASSIFIED, facts=facts)


def check_type(playbook: Playbook, request_type: int) -> None:
    """Raises `UnknownType`."""
    if playbook.named(request_type) is None:
        raise UnknownType(code=request_type, fields={"request_type": ["There is no such request type."]})


def take(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Ticket:
    """Make oneself responsible. Raises `detours.TakenAlready` where somebody else is."""
    ticket, playbook = gate.mine(work, id, who, "take", version)
    taken = detours.take(ticket, by=who.id, holder=gate.name(work, ticket.owner))
    changed = saying.change(work, taken, events.ASSIGNED, facts={"to": who.id}, had=ticket.owner)
    promising.owe(work, changed, playbook)
    return changed


def assign(work: Work, id: str, who: Caller, *, to: str, version: int | None = None) -> model.Ticket:
    """Make a person responsible (S004-95, S004-97): somebody who is there and has the authority. Who is away is
    replaced by their substitute, and both names are kept. Raises `gate.NotThere`."""
    ticket, playbook = gate.mine(work, id, who, "assign", version)
    there = gate.there(work, playbook, ticket, to)
    facts = {"to": there} if there == to else {"to": there, "instead_of": to}
    changed = saying.change(work, model.assign(ticket, to=there), events.ASSIGNED, facts=facts, had=ticket.owner)
    promising.owe(work, changed, playbook)
    return changed


def pause(work: Work, id: str, who: Caller, *, reason: str, evidence: str, version: int | None = None) -> model.Ticket:
    """Wait for somebody else, with a reason of the playbook and evidence; the handling clocks stand still."""
    ticket, playbook = gate.mine(work, id, who, "pause", version)
    if reason not in playbook.pauses:
        known = ", ".join(playbook.pauses)
        raise UnknownPause(reason=reason, known=known, fields={"reason": ["There is no such reason."]})
    paused = model.pause(ticket, reason=reason)
    book.of(work.connection).pause(work, id, reason=reason, evidence=evidence, names=promising.handling(playbook))
    return saying.change(work, paused, events.PAUSED, facts={"reason": reason, "evidence": evidence})


def resume(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Ticket:
    """Go on; the due moment moves by what was waited."""
    ticket, playbook = gate.mine(work, id, who, "resume", version)
    resumed = model.resume(ticket)
    promising.run_again(work, id, playbook)
    return saying.change(work, resumed, events.RESUMED)


def escalate(
    work: Work, id: str, who: Caller, *, to: str, reason: str, promised_at: datetime, version: int | None = None
) -> model.Ticket:
    """Give it to the competent level with a new deadline (S004-113, S004-114); that grants R on this ticket."""
    ticket, playbook = gate.mine(work, id, who, "escalate", version)
    gate.check_there(work, ticket, to)
    escalated = model.escalate(ticket, to=to, promised_at=promised_at, now=work.now)
    facts = {"to": to, "promised_at": promised_at}
    changed = saying.change(work, escalated, events.ESCALATED, facts=facts, private=reason, had=ticket.owner)
    book.of(work.connection).promise(work, id, promised_at, names=promising.handling(playbook), why=reason)
    promising.owe(work, changed, playbook)
    return changed


def take_over(work: Work, id: str, who: Caller, *, reason: str, version: int | None = None) -> model.Ticket:
    """The lead takes a ticket from whoever has it, with a reason: the one override that there is."""
    ticket, playbook = gate.mine(work, id, who, "take_over", version)
    taken = model.take_over(ticket, by=who.id)
    if ticket.state == "waiting":
        promising.run_again(work, id, playbook)
    facts = {"from": ticket.owner}
    changed = saying.change(work, taken, events.TAKEN_OVER, facts=facts, private=reason, had=ticket.owner)
    promising.owe(work, changed, playbook)
    return changed


def complete(
    work: Work, id: str, who: Caller, *, method: str, result: str, apology: bool = False, version: int | None = None
) -> model.Ticket:
    """The support is done, with this result for the client. What the playbook asks for with every request of the type
    (an `apology` with a complaint, S004-117) is confirmed by whoever completes it. Raises `ApologyMissing`,
    `model.NotVerified`."""
    ticket, playbook = gate.mine(work, id, who, "complete", version)
    kind = playbook.named(ticket.request_type) if ticket.request_type else None
    if kind and APOLOGY in kind.always and not apology:
        model.LIFECYCLE.after(ticket.state, "complete")  # first: what cannot be completed needs no apology
        raise ApologyMissing(fields={"apology": ["Please confirm that we have apologised."]})
    done = model.complete(ticket, method=method, result=result, by=work.actor, owner=who.id, now=work.now)
    facts = {APOLOGY: True} if apology else {}
    return saying.change(work, done, events.COMPLETED, facts=facts, private=f"{method}\n\n{result}")


def hand_over(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Ticket:
    """Hand the result over; the client gets a link to confirm or refuse it (S004-130, S004-133)."""
    ticket, _ = gate.mine(work, id, who, "hand_over", version)
    changed = model.hand_over(ticket, now=work.now)  # first: what the state refuses touches no link
    token = links.issue(work, letter="s", purpose=answering.ANSWER, subject=ticket.id, lifetime=answering.ANSWER_FOR)
    return saying.change(work, changed, events.HANDED_OVER, link=token)


def log(work: Work, id: str, who: Caller, *, version: int | None = None) -> model.Ticket:
    """Write the record after the client's confirmation (S004-135)."""
    ticket, playbook = gate.mine(work, id, who, "log", version)
    return recorded(work, model.log(ticket, now=work.now), playbook)


def recorded(work: Work, logged: model.Ticket, playbook: Playbook) -> model.Ticket:
    """The record is written. A suggestion is passed on, for care programmes where there are any (S004-126)."""
    facts = {"without_answer": True} if logged.without_answer else {}
    saved, event = saying.changed_by(work, logged, events.LOGGED, facts=facts, private=logged.closing_reason)
    if saved.without_answer:
        waits = promising.ended_by(playbook, events.CONFIRMED)
        promising.drop(work, saved.id, event=event, why=promising.WITHOUT_ANSWER, names=waits)
    kind = playbook.named(saved.request_type) if saved.request_type else None
    if kind and CARE in kind.feeds:
        own = {"content": saved.content, "topic": saved.topic, "channel": saved.channel, "asked_at": saved.receipt}
        saying.mention(work, events.SUGGESTION, saved, own=own, facts={"feeds": CARE})
    return saved
