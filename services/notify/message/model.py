"""What a message is and what may become of it.

Invariants: an event, a rule and a recipient make one message. A message is offered again only while it is certain that
no server has taken it: from `transmitting` on it is sent, given back by the server, or `unknown`, and never repeated by
itself. A resend is a new message that names the old one and the reason.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

# Minutes between attempts after the server asked to come back later (greylisting takes 5 to 15, a full box hours).
PAUSES_MIN = (1, 5, 15, 30, 60, 120)
GIVE_UP_AFTER = timedelta(hours=48)  # a message about a ticket is of no use later; staff are told
MAX_RECIPIENTS = 10  # mail addresses of one contact that are written to
MAIL, SMS = "mail", "sms"
MAX_REASON = 500  # characters of why somebody resends or cancels

ENDED = ("sent", "bounced", "unknown", "failed", "undeliverable", "cancelled", "folded")

LIFECYCLE = Lifecycle(
    name="notify.message",
    initial="waiting",
    moves=(
        Move("begin", ("waiting", "sending"), "sending"),  # from sending: the process was killed, nothing had left
        Move("transmit", ("sending",), "transmitting"),
        Move("deliver", ("sending", "transmitting", "unknown"), "sent"),  # unknown: the answer came after all
        Move("bounce", ("sending", "transmitting", "unknown", "sent"), "bounced"),
        Move("put_off", ("waiting", "sending", "transmitting"), "waiting"),
        Move("give_up", ("waiting", "sending", "transmitting"), "failed"),
        Move("find_no_way", ("waiting", "sending"), "undeliverable"),
        Move("lose", ("transmitting",), "unknown"),
        Move("cancel", ("waiting",), "cancelled"),
        Move("fold", ("waiting",), "folded"),
        *(Move("resend", (state,), state) for state in ENDED if state != "folded"),  # the mail of several has the text
    ),
)

STAFF_VERBS = ("cancel", "resend")
FAILED = ("bounced", "unknown", "failed", "undeliverable")
"""States that staff must hear of: the client was not, or perhaps not, told."""
AGAIN = "again"
GROUPS = {
    "scheduled": ("waiting", "sending", "transmitting"),
    AGAIN: ("waiting",),
    "sent": ("sent",),
    "failed": FAILED,
}
"""What people look for: what is still to leave, what of it could not leave yet and says why, what has left, and what
did not arrive."""


class NoRecipient(errors.Invalid):
    """This message has no mail address; say which one it is to be sent to."""

    code = "no-recipient"


class BadRecipient(errors.Invalid):
    """This message cannot be sent to that address."""

    code = "bad-recipient"


class ReasonMissing(errors.Invalid):
    """Please say why."""

    code = "reason-missing"


class NotRendered(errors.Conflict):
    """This message has no text yet; try again in a moment."""

    code = "not-rendered"


class AlreadyResent(errors.Conflict):
    """This message is already being sent again; wait for what becomes of it."""

    code = "already-resent"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `facts` is what it will be rendered from, gone once it is; the link's secret is in the text only."""

    id: str
    version: int
    seq: int
    source: str
    event_id: str
    rule: str
    recipient: str
    event: str
    related: str
    number: str | None
    unit: str
    template: str
    locale: str
    recipient_name: str
    people: dict[str, Any]
    state: str
    created_at: datetime
    created_by: str
    attempts: int = 0
    reason: str | None = None
    detail: str | None = None
    next_at: datetime | None = None
    ended_at: datetime | None = None
    facts: dict[str, Any] | None = None
    message_id: str | None = None
    sender_name: str | None = None
    title: str | None = None
    text: str | None = None
    html: str | None = None
    reply_to: str | None = None
    """Where the client's answer goes; none: no mail is taken there."""
    in_reply_to: str | None = None
    """The client's mail that it answers."""
    resend_of: str | None = None
    resend_reason: str | None = None
    channel: str = MAIL
    folded_into: str | None = None
    """The message of several that tells what this one says."""
    files: list[dict[str, Any]] | None = None
    """What goes with it: of each file its name, type, size and hash, and the service in whose store it is."""

    @property
    def possible(self) -> tuple[str, ...]:
        """What staff may do with it now."""
        return tuple(verb for verb in LIFECYCLE.possible(self.state) if verb in STAFF_VERBS)

    @property
    def sendable(self) -> bool:
        """Whether its channel can take it to its recipient: no mail goes to a phone number."""
        return self.channel == SMS or "@" in self.recipient

    @property
    def rendered(self) -> bool:
        """Whether its text is fixed."""
        return self.text is not None


def rendered(message: Message, *, title: str, text: str, html: str, sender_name: str) -> Message:
    """Its text is fixed, and what it was made from is forgotten."""
    made = dataclasses.replace(message, title=title, text=text, html=html, sender_name=sender_name, facts=None)
    return dataclasses.replace(made, reason=None, detail=None) if made.state == LIFECYCLE.initial else made


def with_text_of(prepared: Message, message: Message) -> Message:
    """The message with the text that was prepared for it, unless it has one: a text is fixed once."""
    if message.rendered:
        return message
    parts = {name: getattr(prepared, name) for name in ("title", "text", "html", "sender_name")}
    assert None not in parts.values(), "nothing was prepared"
    return rendered(message, **parts)


def not_rendered(message: Message, *, reason: str, detail: str) -> Message:
    """Its text cannot be made; it waits, and says why, until somebody has mended that."""
    return dataclasses.replace(message, reason=reason, detail=detail) if message.state == LIFECYCLE.initial else message


def begin(message: Message, *, message_id: str) -> Message:
    """One more attempt starts; the Message-ID is that of the first."""
    state = LIFECYCLE.after(message.state, "begin")
    named = message.message_id or message_id
    return dataclasses.replace(message, state=state, attempts=message.attempts + 1, next_at=None, message_id=named)


def transmit(message: Message) -> Message:
    """From here on nobody could say whether the server took it."""
    return dataclasses.replace(message, state=LIFECYCLE.after(message.state, "transmit"))


def deliver(message: Message, *, now: datetime, detail: str) -> Message:
    """The server took it."""
    state = LIFECYCLE.after(message.state, "deliver")
    return dataclasses.replace(message, state=state, reason=None, detail=detail, next_at=None, ended_at=now)


def bounce(message: Message, *, now: datetime, detail: str) -> Message:
    """The server will never take it."""
    state = LIFECYCLE.after(message.state, "bounce")
    return dataclasses.replace(message, state=state, reason="refused", detail=detail, next_at=None, ended_at=now)


def put_off(message: Message, *, now: datetime, after: timedelta, reason: str, detail: str) -> Message:
    """Try again later; when that would be too late, give up, and staff are told."""
    if now + after > message.created_at + GIVE_UP_AFTER:
        state = LIFECYCLE.after(message.state, "give_up")
        return dataclasses.replace(message, state=state, reason="gave-up", detail=detail, next_at=None, ended_at=now)
    state = LIFECYCLE.after(message.state, "put_off")
    return dataclasses.replace(message, state=state, reason=reason, detail=detail, next_at=now + after)


def lose(message: Message, *, now: datetime, detail: str) -> Message:
    """Nobody knows whether it was taken; it is shown, and repeated only by a person."""
    state = LIFECYCLE.after(message.state, "lose")
    return dataclasses.replace(message, state=state, reason="unknown", detail=detail, next_at=None, ended_at=now)


def fold(message: Message, *, into: str, now: datetime) -> Message:
    """It is told together with others, whose mail has the facts from now on."""
    state = LIFECYCLE.after(message.state, "fold")
    return dataclasses.replace(message, state=state, folded_into=into, ended_at=now, facts=None)


def by_mail(message: Message) -> Message:
    """What was meant for SMS, in a house that has none: a mail that lacks an address, beside the number to call."""
    return dataclasses.replace(message, channel=MAIL)


def no_way(message: Message, *, now: datetime, unusable: str | None) -> Message:
    """It cannot be sent to what is known of its recipient: an `unusable` mail address, or none at all."""
    state = LIFECYCLE.after(message.state, "find_no_way")
    reason = "bad-address" if unusable else "no-mail"
    return dataclasses.replace(message, state=state, reason=reason, detail=unusable, next_at=None, ended_at=now)


def cancel(message: Message, *, now: datetime, by: str, reason: str | None) -> Message:
    """Somebody decided that it is not to be sent."""
    state = _asked(message, "cancel")
    detail = f"{by}: {reason}" if reason else by
    return dataclasses.replace(message, state=state, reason="cancelled", detail=detail, next_at=None, ended_at=now)


def again(old: Message, *, id: str, now: datetime, by: str, reason: str, recipient: str | None) -> Message:
    """A new message with the old one's text, to the old recipient or another.

    Raises `errors.WrongState` while the old one is under way, `ReasonMissing`, `NoRecipient`, `NotRendered`.
    """
    _asked(old, "resend")
    if not reason.strip():
        raise ReasonMissing(fields={"reason": ["Please say why."]})
    if not (recipient or old.sendable):
        raise NoRecipient(fields={"recipient": ["Please give a mail address."]})
    if not old.rendered:
        raise NotRendered
    return dataclasses.replace(
        old,
        id=id,
        version=1,
        seq=0,
        source="/steward/notify",
        event_id=id,  # a resend is an occasion of its own
        recipient=recipient or old.recipient,
        state=LIFECYCLE.initial,
        created_at=now,
        created_by=by,
        attempts=0,
        reason=None,
        detail=None,
        next_at=None,
        ended_at=None,
        message_id=None,  # another mail: mailboxes drop a second one with the same id
        resend_of=old.id,
        resend_reason=reason.strip(),
        folded_into=None,
    )


def _asked(message: Message, verb: str) -> str:
    """The state that a verb of staff leads to. Raises `errors.WrongState`, which names what else staff may do."""
    if verb not in message.possible:
        raise errors.WrongState(state=message.state, verb=verb, possible=", ".join(message.possible) or "-")
    return LIFECYCLE.after(message.state, verb)


def pause(attempts: int) -> timedelta:
    """How long to wait after this many attempts that the server put off."""
    return timedelta(minutes=PAUSES_MIN[min(max(attempts, 1), len(PAUSES_MIN)) - 1])


def masked(address: str) -> str:
    """An address as events and logs may show it: `n***@example.com`, `+84***78`."""
    local, at, domain = address.rpartition("@")
    if not at:
        return f"{address[:3]}***{address[-2:]}" if address.startswith("+") else ""
    return f"{local[:1]}***@{domain}"
