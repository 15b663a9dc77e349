"""The verbs of a message: what events, tasks and staff do with it, each in the caller's unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from services.notify.channel import port
from services.notify.message import events, folding, model, tables
from services.notify.rule import model as rules
from shared import jobs, outbox
from shared.envelope.fields import Mail, Phone
from shared.kernel import errors, ids
from shared.store.work import Work

DELIVER = "notify.deliver"
_m = tables.message.c


class Overtaken(errors.Conflict):
    """Another worker took this message over."""

    code = "overtaken"


class Grown(errors.Transient):
    """More is to be told in this message than was prepared."""

    code = "grown"
    retry_after_seconds = 0


class ForNobodyElse(errors.Forbidden):
    """This message is for its recipient alone; it cannot be sent to another address."""

    code = "for-nobody-else"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why somebody is written to: the event, who is to be told, and what the text needs to know."""

    source: str
    event_id: str
    event: str
    related: str
    number: str | None
    unit: str
    name: str
    locale: str
    mails: tuple[str, ...]
    bad_mails: tuple[str, ...]
    phones: tuple[str, ...]
    people: dict[str, Any]
    facts: dict[str, Any]
    reply_to: str | None = None
    in_reply_to: str | None = None
    files: tuple[dict[str, Any], ...] = ()


def compose(
    work: Work, rule: rules.Rule, occasion: Occasion, *, channels: tuple[str, ...] = (rules.MAIL,)
) -> list[str]:
    """One message per address of the client on each of the channels; where those have none, on the other one.

    Without any address, one that nobody gets and everybody can see. Returns the ids of the new messages; an occasion
    that was composed before makes none. Only a client's message can go by SMS.
    """
    sent = ways(rule, occasion, channels)
    detail = ", ".join(occasion.bad_mails)
    made = [
        _compose(work, rule, occasion, to, channel=channel, detail=detail if channel == rules.SMS else "")
        for channel, to in sent
    ]
    if not sent:
        made.append(_compose(work, rule, occasion, "", reason="bad-address" if detail else "no-mail", detail=detail))
    return [id for id in made if id is not None]


def ways(rule: rules.Rule, occasion: Occasion, channels: tuple[str, ...]) -> list[tuple[str, str]]:
    """By which channel and where to it goes: the channels given, or the client's other one where those have no way."""
    sent = [(channel, to) for channel in channels for to in _addresses(occasion, channel)]
    if not sent and rule.audience == rules.CLIENT:
        sent = [(channel, to) for channel in (rules.MAIL, rules.SMS) for to in _addresses(occasion, channel)]
    return sent


def _addresses(occasion: Occasion, channel: str) -> tuple[str, ...]:
    return occasion.phones if channel == rules.SMS else occasion.mails


def _compose(
    work: Work,
    rule: rules.Rule,
    occasion: Occasion,
    to: str,
    *,
    channel: str = rules.MAIL,
    reason: str | None = None,
    detail: str = "",
) -> str | None:
    made = message(rule, occasion, to, channel=channel, at=work.now, by=work.actor, reason=reason, detail=detail)
    several = folding.place(work, made) if to and rule.audience in rules.AT_WORK else None
    said = made
    if several is not None:
        made = model.fold(made, into=several.id, now=work.now)
    if not tables.add(work, made):
        return None
    if several is None:  # without a way to its recipient too: its text is made, for staff to read to the client
        jobs.add(work, DELIVER, message_id=made.id)
    elif folding.put(work, several, said):  # what is folded has no text of its own
        jobs.add(work, DELIVER, message_id=several.id)
    _tell(work, made)
    return made.id


def message(
    rule: rules.Rule,
    occasion: Occasion,
    to: str,
    *,
    channel: str,
    at: datetime,
    by: str,
    reason: str | None = None,
    detail: str = "",
) -> model.Message:
    """What would be sent by this channel; not yet written down."""
    return model.Message(
        id=ids.new(),
        version=1,
        seq=0,
        source=occasion.source,
        event_id=occasion.event_id,
        rule=rule.name,
        recipient=to,
        channel=channel,
        event=occasion.event,
        related=occasion.related,
        number=occasion.number,
        unit=occasion.unit,
        template=rule.template,
        locale=occasion.locale,
        recipient_name=occasion.name,
        people=occasion.people,
        state="undeliverable" if reason else model.LIFECYCLE.initial,
        created_at=at,
        created_by=by,
        reason=reason,
        detail=detail or None,
        ended_at=at if reason else None,
        facts=occasion.facts,
        reply_to=occasion.reply_to,
        in_reply_to=occasion.in_reply_to,
        files=list(occasion.files) or None if channel == rules.MAIL else None,
    )


def render(work: Work, prepared: model.Message) -> None:
    """Fix the text that was prepared for a message which is not to be offered."""
    message = tables.load(work.connection, prepared.id, lock=True)
    tables.save(work, message, _texted(prepared, message))


def not_rendered(work: Work, id: str, *, reason: str, detail: str) -> None:
    """Say on the message why it waits: its text cannot be made."""
    message = tables.load(work.connection, id, lock=True)
    if not message.rendered:
        tables.save(work, message, model.not_rendered(message, reason=reason, detail=detail))


def begin(work: Work, prepared: model.Message, *, channel: str, message_id: str) -> model.Message:
    """An attempt starts, with the text that was prepared. Raises `Overtaken` when it is no longer to be sent."""
    message = tables.load(work.connection, prepared.id, lock=True)
    if message.state not in ("waiting", "sending"):
        raise Overtaken
    begun = model.begin(_texted(prepared, message), message_id=message_id)
    saved = tables.save(work, message, begun)
    if message.state == "sending":
        tables.interrupt_attempts(work, message.id)
    tables.start_attempt(work, saved, channel=channel)
    return saved


def transmit(work: Work, id: str, *, attempt: int) -> None:
    """The message itself is about to leave. Raises `Overtaken` when another worker began a newer attempt."""
    message = tables.load(work.connection, id, lock=True)
    if message.state != "sending" or message.attempts != attempt:
        raise Overtaken
    tables.mark_transmitting(work, tables.save(work, message, model.transmit(message)))


def settle(work: Work, id: str, *, attempt: int, outcome: port.Outcome) -> model.Message:
    """Write down what became of an attempt, and tell it. Raises `Overtaken` when that is no longer of interest."""
    message = tables.load(work.connection, id, lock=True)
    late = message.state == "unknown" and outcome.kind in (port.SENT, port.REFUSED)
    if message.attempts != attempt or not (message.state in ("sending", "transmitting") or late):
        raise Overtaken
    changed = tables.save(work, message, _after(message, outcome, work.now))
    tables.finish_attempt(work, id, attempt, outcome=outcome.kind, code=outcome.code, reply=outcome.reply)
    _tell(work, changed)
    return changed


def _after(message: model.Message, outcome: port.Outcome, now: datetime) -> model.Message:
    if outcome.kind == port.SENT:
        return model.deliver(message, now=now, detail=outcome.reply)
    if outcome.kind == port.REFUSED:
        return model.bounce(message, now=now, detail=outcome.reply)
    if outcome.kind == port.UNKNOWN:
        return model.lose(message, now=now, detail=outcome.reply)
    pause = model.pause(message.attempts)
    return model.put_off(message, now=now, after=pause, reason="deferred", detail=outcome.reply)


def no_way(work: Work, prepared: model.Message) -> model.Message:
    """There is no way out of the house for it: staff are told, and may read its text to the client."""
    message = tables.load(work.connection, prepared.id, lock=True)
    if message.state not in ("waiting", "sending"):
        raise Overtaken
    texted = model.with_text_of(prepared, model.by_mail(message))
    saved = tables.save(work, message, model.no_way(texted, now=work.now, unusable=message.detail))
    _tell(work, saved)
    return saved


def returned(work: Work, message_id: str, *, detail: str) -> bool:
    """A mail that a server had taken came back. False when it is none of ours, or was known not to have arrived."""
    row = work.execute(sa.select(tables.message).where(_m.message_id == message_id).with_for_update()).one_or_none()
    if row is None or row.state not in ("sent", "unknown"):
        return False
    message = tables.read(row)
    _tell(work, tables.save(work, message, model.bounce(message, now=work.now, detail=detail)))
    return True


def wait(work: Work, prepared: model.Message, *, after: timedelta, why: str) -> None:
    """The channel is away: the message waits, says why, and uses up no attempt."""
    message = tables.load(work.connection, prepared.id, lock=True)
    if message.state not in ("waiting", "sending"):
        return
    texted = _texted(prepared, message)
    waits = model.put_off(texted, now=work.now, after=after, reason="channel-away", detail=why)
    _tell(work, tables.save(work, message, waits))


def _texted(prepared: model.Message, message: model.Message) -> model.Message:
    """The message with the text that was prepared for it. Raises `Grown` when that does not say all any more."""
    if not message.rendered and rules.audience(message.rule) in rules.SEVERAL and prepared.version != message.version:
        raise Grown
    return model.with_text_of(prepared, message)


def resend(work: Work, old: model.Message, *, reason: str, recipient: str | None) -> model.Message:
    """Send a message's text once more, as a new message.

    Raises what `model.again` raises, `AlreadyResent`, `model.BadRecipient`, and `ForNobodyElse` where another address
    would be let in.
    """
    if recipient and rules.private(old.rule):
        raise ForNobodyElse
    if recipient:
        recipient = _other(recipient, old.channel)
    under_way = sa.select(_m.id).where(_m.resend_of == old.id, _m.state.in_(("waiting", "sending", "transmitting")))
    if work.execute(under_way.limit(1)).first():
        raise model.AlreadyResent
    new = model.again(old, id=ids.new(), now=work.now, by=work.actor, reason=reason, recipient=recipient)
    tables.add(work, new)
    jobs.add(work, DELIVER, message_id=new.id)
    return tables.load(work.connection, new.id)


def _other(recipient: str, channel: str) -> str:
    """What staff write as another address, as the channel takes it. Raises `BadRecipient`."""
    try:
        return (Phone() if channel == model.SMS else Mail()).deserialize(recipient)
    except ValidationError as error:
        raise model.BadRecipient(fields={"recipient": [str(each) for each in error.messages]}) from error


def cancel(work: Work, message: model.Message, *, reason: str | None) -> model.Message:
    """Keep a waiting message from being sent. Raises `errors.WrongState`."""
    return tables.save(work, message, model.cancel(message, now=work.now, by=work.actor, reason=reason))


def _tell(work: Work, message: model.Message) -> None:
    if message.state == "sent":
        outbox.emit(work, events.SENT, message.id, events.data(message))
    elif message.state in model.FAILED:
        outbox.emit(work, events.FAILED, message.id, events.data(message))
