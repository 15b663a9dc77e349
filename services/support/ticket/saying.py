"""What happens with every verb: the world is told, the trail written, the clocks moved, in one transaction.

`change` saves a changed ticket and says so. `say` says something of a ticket that did not change. `mention` is for the
slices that come after this one: an event of their own about a ticket, with its people and its contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.support.return_address import tables as return_address
from services.support.ticket import events, model, promising, tables
from services.support.ticket.flow import TICKET
from shared import outbox, trail
from shared.envelope.catalogue import EventType
from shared.kernel import moment
from shared.people import regulation, standing
from shared.playbook import book, promises, shelf
from shared.playbook.model import Playbook
from shared.store.work import Work

EVERY = ("ticket_id", "number", "unit", "people", "party", "contact", "reply_to", "in_reply_to")
"""What every event about a ticket says, so that nobody has to ask support."""


def change(
    work: Work,
    changed: model.Ticket,
    kind: EventType,
    *,
    link: str | None = None,
    facts: Mapping[str, Any] | None = None,
    private: str | None = None,
    had: str | None = None,
    progress: str | None = None,
) -> model.Ticket:
    """Save a changed ticket and say so."""
    return changed_by(work, changed, kind, link=link, facts=facts, private=private, had=had, progress=progress)[0]


def changed_by(work: Work, changed: model.Ticket, kind: EventType, **said: Any) -> tuple[model.Ticket, str]:
    """As `change`, with the id of the event."""
    saved = tables.save(work, changed)
    return saved, say(work, kind, saved, **said)


def say(
    work: Work,
    kind: EventType,
    ticket: model.Ticket,
    *,
    link: str | None = None,
    facts: Mapping[str, Any] | None = None,
    private: str | None = None,
    had: str | None = None,
    progress: str | None = None,
    continues_under: str | None = None,
    since: datetime | None = None,
) -> str:
    """Tell the world how the ticket stands; returns the event's id.

    `facts` go to the trail; `had`: who was responsible until now; `progress`: how far it is, for the client;
    `continues_under`: the number of the request that it is a duplicate of; `since`: when what begins here began, where
    that was before somebody wrote it down.
    """
    playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
    former = had if had != ticket.owner else None
    more = {"former_owner": former, "progress": progress, "continues_under": continues_under}
    data = {**_facts(work, playbook, kind, ticket, link), **more}
    return _tell(work, playbook, kind, ticket, data, facts=facts or {}, private=private, since=since)


def mention(
    work: Work,
    kind: EventType,
    ticket: model.Ticket,
    *,
    own: Mapping[str, Any],
    facts: Mapping[str, Any],
    private: str | None = None,
    consulted: Sequence[str] | None = None,
) -> None:
    """Say something about a ticket that changes nothing of it: an event of another slice.

    Its data are `own` and, for every such event, `ticket_id`, `number`, `unit`, `people`, `party`, `contact` and the
    return address, as far as its schema has them. `consulted` are the people who are asked by it, instead of those with
    the letter C. `facts` go to the ticket's trail, where they stay for ever; what the client wrote or is told is
    `private`. Clocks that the playbook starts or ends with this event follow.
    """
    playbook = shelf.kept(work.connection, ticket.playbook, ticket.playbook_version)
    whole = _facts(work, playbook, kind, ticket, None)
    data = {**{name: whole[name] for name in EVERY}, **own}
    if consulted is not None:
        data["people"] = {**data["people"], "consulted": list(consulted)}
    _tell(work, playbook, kind, ticket, data, facts=facts, private=private)


def _tell(
    work: Work,
    playbook: Playbook,
    kind: EventType,
    ticket: model.Ticket,
    data: dict[str, Any],
    *,
    facts: Mapping[str, Any],
    private: str | None,
    since: datetime | None = None,
) -> str:
    event = outbox.emit(work, kind, ticket.id, data)
    said = {name: moment.text(each) if isinstance(each, datetime) else each for name, each in facts.items()}
    trail.append(
        work,
        trail.Entry(
            TICKET.name,
            ticket.id,
            kind.name.rpartition(".")[2],
            {**said, "state": ticket.state, "version": ticket.version},
            person=f"ticket:{ticket.id}",
            private=private,
        ),
    )
    _observe(work, playbook, ticket, kind.name, event.id, since)
    return event.id


def _observe(
    work: Work, playbook: Playbook, ticket: model.Ticket, kind: str, event: str, since: datetime | None
) -> None:
    """Move the clocks. What was asked before it was written down begins then, the time for writing it down included."""
    owned = (*promising.handling(playbook), *promising.ended_by(playbook, events.LOGGED))
    day = promising.day_of(work, ticket)
    allowed = regulation.allowed(work.connection, playbook, ticket.request_type, unit=ticket.unit, day=day)
    happened = [promises.Happened(kind, work.now, event, promised_at=ticket.promised_at, since=since)]
    if since is not None:
        happened.insert(0, promises.Happened(events.ASKED, since, event))
    for each in happened:
        promises.observe(
            work,
            book.of(work.connection),
            playbook,
            promising.about(ticket),
            each,
            lambda clock: ticket.owner if clock in owned else None,
            allowed,
        )


def _people(work: Work, playbook: Playbook, kind: EventType, ticket: model.Ticket) -> dict[str, list[str]]:
    """Staff ids by RACI letter of the step that the event belongs to; the owner is responsible once there is one."""
    verb = TICKET.events.get(kind.name, "")
    step = TICKET.step_of(verb) or ("receive" if verb == "create" else "support")
    people = standing.holders_of(
        work.connection, ticket.unit, playbook.raci.get(step, {}), promising.day_of(work, ticket)
    )

    def holders(letter: str) -> list[str]:
        return list(dict.fromkeys(id for role in playbook.holders(step, letter) for id in people[role]))

    return {
        "responsible": [ticket.owner] if ticket.owner else holders("R"),
        "accountable": holders("A"),
        "consulted": holders("C"),
        "informed": holders("I"),
    }


def _facts(work: Work, playbook: Playbook, kind: EventType, ticket: model.Ticket, link: str | None) -> dict[str, Any]:
    who, thread = ticket.requester, return_address.of(work, ticket.id, ticket.unit)
    return {
        "ticket_id": ticket.id,
        "number": ticket.number,
        "version": ticket.version,
        "unit": ticket.unit,
        "state": ticket.state,
        "channel": ticket.channel,
        "topic": ticket.topic,
        "content": ticket.content,
        "people": _people(work, playbook, kind, ticket),
        "party": None,
        "contact": {"name": who.name, "locale": who.locale, "mails": list(who.mails), "phones": list(who.phones)},
        "request_type": ticket.request_type,
        "promised_at": ticket.promised_at,
        "method": ticket.method,
        "result": ticket.result,
        "link": link,
        "rating": ticket.rating,
        "comment": ticket.comment,
        "reason": ticket.reason,
        "reply_to": thread.reply_to,
        "in_reply_to": thread.in_reply_to,
        "asked_at": ticket.receipt,
        "closing_reason": ticket.closing_reason,
        "without_answer": ticket.without_answer,
        "playbook": ticket.playbook,
        "playbook_version": ticket.playbook_version,
    }
