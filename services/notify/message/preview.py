"""The SMS that a client would be sent if something happened now: as it would read, and what it would cost in parts.

Nothing is written down. It is made by the same rules, addresses and texts as the message itself. What is not known yet
is named as a gap, stands there as dots, and makes the count the least that it can be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.notify.channel import choice, segments
from services.notify.message import commands, facts, queries, reactions
from services.notify.people import queries as people
from services.notify.rule import model as rules
from services.notify.template import rendering
from shared.envelope.cloudevent import Event
from shared.runtime.settings import Settings

GAP = "..."  # of the letters that an English SMS is cheap with
LINK = "s" + 22 * "0"
"""As long as the token of a client's link; the one that they get is made when it is sent."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One text and to whom it goes, in how many parts each; `whole` unless something of it is not known yet."""

    template: str
    to: tuple[str, ...]
    text: str
    parts: int
    whole: bool


def of(connection: sa.Connection, event: Event, gaps: Collection[str], settings: Settings) -> list[Sms]:
    """What the client of this event would be sent by SMS. Raises `rendering.CannotRender` for a gap not named."""
    if settings.sms_url is None and settings.smtp_url is not None:
        return []  # this house has no way for an SMS: somebody will call
    occasion, wanted = reactions.for_client(connection, event)
    unit = people.unit(connection, occasion.unit)
    sender = unit.title or choice.sender(settings).name or "Steward"
    found = []
    for rule, channels in wanted:
        to = tuple(each for channel, each in commands.ways(rule, occasion, channels) if channel == rules.SMS)
        if to:
            message = commands.message(rule, occasion, to[0], channel=rules.SMS, at=event.time, by="")
            said = facts.said(message, sender=sender, country=unit.country, public_url=settings.public_url)
            text = rendering.sms(rule.template, occasion.locale, _filled(said, gaps))
            shown = queries.without_secret(text) or ""
            found.append(Sms(rule.template, to, shown, segments.count(text).parts, not gaps))
    return found


def _filled(said: Mapping[str, Any], gaps: Collection[str]) -> dict[str, Any]:
    return {**said, **{name: GAP for name in gaps if said.get(name) is None}}
