"""How a request becomes a ticket, whichever way it came."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.support.return_address import tables as return_address
from services.support.ticket import answering, events, model, saying, tables
from services.support.ticket.flow import TICKET
from shared.kernel import errors, ids
from shared.people import places, units
from shared.playbook import shelf
from shared.store.work import Work


class NoWayToAnswer(errors.Invalid):
    """A mail address or a phone number is needed, so that we can answer."""

    code = "no-way-to-answer"


def receive(
    work: Work,
    *,
    unit: str,
    channel: str,
    topic: str,
    content: str,
    requester: model.Requester,
    reference: str | None = None,
    asked_at: datetime | None = None,
    mail: tuple[str | None, str | None] | None = None,
) -> tuple[model.Ticket, str]:
    """Record a request (S004-46, S004-59). Returns the ticket and the token of the client's follow link.

    `asked_at` is when it reached the company, where that was before it was written down: the half hours for writing it
    down and for classifying it count from then (S004-53, S004-141). `mail` are Message-ID and subject of the mail that
    it came in, which our answer names. Raises `model.AskedInTheFuture`, `units.UnknownUnit`, `shelf.NoPlaybook`,
    `NoWayToAnswer`.
    """
    home = units.known(work.connection, unit)
    if not requester.reachable:
        raise NoWayToAnswer(fields={"mails": [model.UNREACHABLE]})
    if asked_at is not None and asked_at > work.now:
        raise model.AskedInTheFuture(fields={"asked_at": ["This time has not come yet."]})
    playbook = shelf.active(work.connection, TICKET.name, unit)
    new = model.Ticket(
        id=ids.new(),
        version=1,
        seq=0,
        year=work.now.astimezone(ZoneInfo(places.ZONES[home.country])).year,
        unit=unit,
        state=model.LIFECYCLE.initial,
        channel=channel,
        topic=topic,
        content=content,
        requester=requester,
        received_by=work.actor,
        received_at=work.now,
        playbook=playbook.id,
        playbook_version=playbook.version,
        reference=reference,
        asked_at=asked_at or work.now,
    )
    ticket = tables.add(work, new)
    if mail is not None:
        return_address.answered(work, ticket.id, message_id=mail[0], subject=mail[1])
    before = asked_at if asked_at is not None and asked_at < work.now else None
    token = answering.follow(work, ticket.id)
    facts: dict[str, Any] = {"channel": channel, "topic": topic, "reference": reference}
    if before:
        facts["asked_at"] = before
    saying.say(work, events.RECEIVED, ticket, link=token, facts=facts, private=content, since=before)
    return ticket, token
