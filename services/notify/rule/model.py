"""Which event → which audience → which template. The routing table is data at the bottom.

Invariants: an event, a rule and a recipient make one message, however often the event is delivered. A playbook may
switch a client's message off or choose its channels; what takes over an hour is told in any case (S004-94).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

CLIENT = "client"
"""The audience of an event's `contact`."""
ACCOUNT = "account"
"""The person whose account the event is about, named in its `contact`. What they are told is for nobody else's eyes."""
OWNER = "owner"
"""Whoever is responsible for the object from now on, as the event's `people` say, but not who did it."""
FORMER = "former"
"""Whoever was responsible until the event gave it to somebody else, but not who did it."""
CONSULTED = "consulted"
"""Whoever is asked for advice, as the event's `people` say, but not who asks."""
INFORMED = "informed"
"""Whoever has the letter I on the step, once there is a decision (S004-37), but not who made it, nor who gets another
message of it. They are told of many decisions in one mail."""
TOLD = "told"
"""Whom a rung of a promise's ladder tells."""
DIGEST = "digest"
"""One of staff who was to be told many things within a few minutes."""
DECISIONS = "decisions"
"""One of staff who is informed of the decisions of an hour."""
SEVERAL = (DIGEST, DECISIONS)
"""Whose messages tell what others say."""
AT_WORK = (OWNER, FORMER, CONSULTED, TOLD, INFORMED, *SEVERAL)
"""Staff."""

BEFORE, DUE = "before", "due"
"""The cases of a reached rung: the promise can still be kept, or it is due or late."""

MAIL, SMS = "mail", "sms"
"""The channels of a message."""
WORDS = {"email": MAIL, "sms": SMS}
"""What a playbook calls the channels."""
LONG = timedelta(hours=1)
"""What takes longer than this, by a second, has its completion time told whatever the playbook says (S004-94)."""
DECIDED = (
    "classified",
    "reclassified",
    "escalated",
    "completed",
    "handed_over",
    "confirmed",
    "refused",
    "logged",
)
"""What of a ticket's life is a decision or an approval: its type, its level, its result, what the client says of that,
and its end. That it was received, or how far it is, decides nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: when `event` happens (in this case of it, where it has several), `audience` gets `template`.

    `deadline`: it tells the client the time by which their request will be settled. `linked`: only where the event
    brings a link, as when a wrong address was put right.
    """

    name: str
    event: str
    audience: str
    template: str
    case: str | None = None
    deadline: bool = False
    linked: bool = False


def for_event(type_: str, audience: str, case: str | None = None) -> tuple[Rule, ...]:
    """The audience's rules of an event, in the table's order."""
    return tuple(rule for rule in RULES if (rule.event, rule.audience, rule.case) == (type_, audience, case))


def for_client(
    type_: str, wanted: Mapping[str, tuple[str, ...]], *, takes: timedelta | None, link: bool = False
) -> tuple[tuple[Rule, tuple[str, ...]], ...]:
    """The client's rules of an event, each with its channels: those `wanted`, by template, where the playbook says so.

    `takes` is how long it is from the event to the time that the client is promised; `link`: whether it brings one.
    """
    found: list[tuple[Rule, tuple[str, ...]]] = []
    for rule in for_event(type_, CLIENT):
        if rule.linked and not link:
            continue
        channels = tuple(WORDS[each] for each in wanted.get(rule.template, ("email",)) if each in WORDS)
        if not channels and rule.deadline and takes is not None and takes > LONG:
            channels = (MAIL,)
        if channels:
            found.append((rule, channels))
    return tuple(found)


def folded(into: str = DIGEST) -> Rule:
    """The rule of messages that tell several things at once."""
    return next(rule for rule in RULES if rule.audience == into)


def heard(*audiences: str) -> tuple[str, ...]:
    """Every event type that a rule for one of the audiences (none: for any) listens to, once."""
    return tuple(dict.fromkeys(rule.event for rule in RULES if not audiences or rule.audience in audiences))


def audience(name: str) -> str:
    """Who the rule of this name writes to; clients, for a rule that is no longer there."""
    return next((rule.audience for rule in RULES if rule.name == name), CLIENT)


def to_clients() -> tuple[str, ...]:
    """The names of the rules that write to clients."""
    return tuple(rule.name for rule in RULES if rule.audience == CLIENT)


def private(name: str) -> bool:
    """Whether messages of this rule are for their recipient alone: no colleague may read or redirect them."""
    return audience(name) == ACCOUNT


# The promise to the client ends with `completed`, so the result is told then (S004-129); the handover asks to confirm
# it. `logged` tells the client nothing: the record is the firm's own.
RULES = (
    Rule("ticket-received", "support.ticket.received", CLIENT, "ticket-received"),
    Rule("ticket-readdressed", "support.ticket.verified", CLIENT, "ticket-received", linked=True),
    Rule("ticket-promised", "support.ticket.classified", CLIENT, "ticket-promised", deadline=True),
    Rule("ticket-deadline", "support.ticket.escalated", CLIENT, "ticket-deadline", deadline=True),
    Rule("ticket-moved", "support.ticket.promised", CLIENT, "ticket-deadline", deadline=True),
    Rule("ticket-reclassified", "support.ticket.reclassified", CLIENT, "ticket-deadline", deadline=True),
    Rule("ticket-progress", "support.ticket.progressed", CLIENT, "ticket-progress"),
    Rule("ticket-result", "support.ticket.completed", CLIENT, "ticket-result"),
    Rule("ticket-confirm", "support.ticket.handed_over", CLIENT, "ticket-confirm"),
    Rule("ticket-reminder", "support.ticket.reminded", CLIENT, "ticket-reminder"),
    Rule("ticket-thanks", "support.ticket.confirmed", CLIENT, "ticket-thanks"),
    Rule("ticket-reopened", "support.ticket.refused", CLIENT, "ticket-reopened"),
    Rule("ticket-withdrawn", "support.ticket.withdrawn", CLIENT, "ticket-withdrawn"),
    Rule("ticket-duplicate", "support.ticket.closed_as_duplicate", CLIENT, "ticket-duplicate"),
    Rule("ticket-taken-up", "support.ticket.taken_up_again", CLIENT, "ticket-taken-up"),
    Rule("ticket-reply", "support.ticket.replied", CLIENT, "ticket-reply"),
    Rule("task-assigned", "support.ticket.assigned", OWNER, "task-assigned"),
    Rule("task-escalated", "support.ticket.escalated", OWNER, "task-escalated"),
    Rule("task-reopened", "support.ticket.refused", OWNER, "task-reopened"),
    Rule("task-moved-on", "support.ticket.assigned", FORMER, "task-moved-on"),
    Rule("task-moved-up", "support.ticket.escalated", FORMER, "task-moved-on"),
    Rule("task-taken-over", "support.ticket.taken_over", FORMER, "task-moved-on"),
    Rule("record-demanded", "support.record.demanded", OWNER, "record-demanded"),
    Rule("task-answered", "support.ticket.answered", OWNER, "task-answered"),
    Rule("task-consulted", "support.ticket.consulted", CONSULTED, "task-consulted"),
    Rule("promise-warning", "support.clock.reached", TOLD, "promise-warning", BEFORE),
    Rule("promise-late", "support.clock.reached", TOLD, "promise-late", DUE),
    *(
        Rule(f"informed-{participle}", f"support.ticket.{participle}", INFORMED, "task-decided")
        for participle in DECIDED
    ),
    Rule("task-digest", "notify.message.folded", DIGEST, "task-digest"),
    Rule("decision-digest", "notify.message.folded", DECISIONS, "decision-digest"),
    Rule("password-reset", "directory.password_reset.requested", ACCOUNT, "password-reset"),
    Rule("password-changed", "directory.password.changed", ACCOUNT, "password-changed"),
)
