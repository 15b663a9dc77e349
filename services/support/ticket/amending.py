"""What staff do with a ticket besides the straight way: check it, classify it again, promise another time, tell the
client how far it is, send it back, withdraw it on the client's word, close it without an answer. As in `commands`, one
function per use case in the caller's unit of work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.support.ticket import answering, commands, detours, events, gate, model, promising, receiving, saying
from shared.clocks import queries as clocks
from shared.clocks.model import Clock
from shared.kernel import errors
from shared.people import regulation
from shared.playbook import book
from shared.playbook.model import Playbook
from shared.store.work import Work
from shared.web.tokens import Caller


class StillTime(errors.Conflict):
    """The client still has time to answer, until the promise for it has run out."""

    code = "still-time"


def verify(
    work: Work,
    id: str,
    who: Caller,
    *,
    topic: str | None = None,
    requester: model.Requester | None = None,
    version: int | None = None,
) -> model.Ticket:
    """Somebody has read it and checked how to reach the client, and puts right what was wrong (S004-140).

    What was and what is stand on the trail. Where the mail address was wrong, the link that followed the ticket works
    no more and the client gets a new one, at the address that is right. Raises `receiving.NoWayToAnswer`.
    """
    ticket, _ = gate.mine(work, id, who, "verify", version)
    if requester is not None and not requester.reachable:
        raise receiving.NoWayToAnswer(fields={"requester.mails": [model.UNREACHABLE]})
    checked = detours.verify(ticket, topic=topic, requester=requester, by=work.actor, now=work.now)
    facts: dict[str, Any] = {}
    if checked.topic != ticket.topic:
        facts |= {"topic_before": ticket.topic, "topic": checked.topic}
    moved = checked.requester.mails != ticket.requester.mails
    link = answering.follow(work, ticket.id) if moved else None
    private = _corrected(ticket.requester, checked.requester)
    return saying.change(work, checked, events.VERIFIED, link=link, facts=facts, private=private)


def _corrected(before: model.Requester, after: model.Requester) -> str | None:
    """What was put right, a line each: personal, so it stands beside the chain and can be erased."""
    lines = []
    for field in dataclasses.fields(model.Requester):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            lines.append(f"{_plain(old)} → {_plain(new)}")
    return "\n".join(lines) or None


def _plain(value: str | tuple[str, ...]) -> str:
    return (value if isinstance(value, str) else ", ".join(value)) or "–"


def reclassify(
    work: Work,
    id: str,
    who: Caller,
    *,
    request_type: int,
    reason: str,
    promised_at: datetime | None = None,
    version: int | None = None,
) -> model.Ticket:
    """It was classified wrongly (S004-142): another type, from now on, with its own time or a person's.

    The clock of the first promise ends as superseded and stays visible; what was late stays late. Whoever has it keeps
    it while they have the authority. Raises `detours.SameType` and what `commands.classify` raises.
    """
    ticket, playbook = gate.mine(work, id, who, "reclassify", version)
    model.LIFECYCLE.after(ticket.state, "reclassify")
    commands.check_type(playbook, request_type)
    due = promised_at or promising.usual(work, playbook, ticket, request_type)
    keeps = ticket.owner is not None and gate.able(work, playbook, ticket, ticket.owner, request_type)
    owner = ticket.owner if keeps else gate.own_if_able(work, playbook, ticket, who, request_type)
    changed = detours.reclassify(ticket, request_type=request_type, promised_at=due, owner=owner, now=work.now)
    facts = {"request_type_before": ticket.request_type, "request_type": request_type, "promised_at": due}
    saved, event = saying.changed_by(work, changed, events.RECLASSIFIED, facts=facts, private=reason, had=ticket.owner)
    day = promising.day_of(work, saved)
    allowed = regulation.allowed(work.connection, playbook, request_type, unit=saved.unit, day=day)
    promising.supersede(work, saved, playbook, event=event, allowed=allowed)
    return saved


def promise(
    work: Work, id: str, who: Caller, *, promised_at: datetime, reason: str, version: int | None = None
) -> model.Ticket:
    """The promised time is moved, with a reason; the client is told at once. What was late stays late."""
    ticket, playbook = gate.mine(work, id, who, "promise", version)
    moved = detours.promise(ticket, promised_at=promised_at, now=work.now)
    facts = {"promised_before": ticket.promised_at, "promised_at": promised_at}
    changed = saying.change(work, moved, events.PROMISED, facts=facts, private=reason)
    book.of(work.connection).promise(work, id, promised_at, names=promising.handling(playbook), why=reason)
    return changed


def progress(work: Work, id: str, who: Caller, *, text: str, version: int | None = None) -> model.Ticket:
    """Tell the client how far it is (S004-122)."""
    ticket, _ = gate.mine(work, id, who, "progress", version)
    going = detours.progress(ticket, text=text, now=work.now)
    return saying.change(work, going, events.PROGRESSED, private=going.progress, progress=going.progress)


def send_back(work: Work, id: str, who: Caller, *, reason: str, version: int | None = None) -> model.Ticket:
    """The result does not meet quality and progress (S004-128): the same person goes on, under a clock of its own."""
    ticket, playbook = gate.mine(work, id, who, "send_back", version)
    back = detours.send_back(ticket, now=work.now)
    saved, event = saying.changed_by(work, back, events.SENT_BACK, facts={"to": back.owner}, private=reason)
    handing_over = promising.ended_by(playbook, events.HANDED_OVER)
    promising.drop(work, id, event=event, why=promising.SENT_BACK, names=handing_over)
    return saved


def withdraw(work: Work, id: str, who: Caller, *, reason: str, version: int | None = None) -> model.Ticket:
    """The client told us that they need it no more; how, is the reason."""
    ticket, _ = gate.mine(work, id, who, "withdraw", version)
    return answering.withdrawn(work, ticket, reason=reason)


def log_unanswered(work: Work, id: str, who: Caller, *, reason: str, version: int | None = None) -> model.Ticket:
    """Close what the client never answered, never before their time is over; it is no confirmation and counted apart.

    Raises `StillTime`.
    """
    ticket, playbook = gate.mine(work, id, who, "log_unanswered", version)
    logged = detours.log_unanswered(ticket, reason=reason, now=work.now)
    check_time_is_over([each.clock for each in clocks.of_objects(work.connection, [id])[id]], playbook, work.now)
    return commands.recorded(work, logged, playbook)


def check_time_is_over(kept: Sequence[Clock], playbook: Playbook, now: datetime) -> None:
    """Of a ticket with these clocks: that the client's time to answer has run out. Raises `StillTime`."""
    waits = promising.ended_by(playbook, events.CONFIRMED)
    due = [clock.due_at for clock in kept if clock.open and clock.name in waits]
    if not due or max(due) > now:  # where nothing is promised, no time runs out
        raise StillTime
