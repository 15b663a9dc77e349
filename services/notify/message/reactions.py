"""What notify does when something happened that a client or a member of staff is to hear of."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError

from services.notify.contact import commands as contacts
from services.notify.contact import model as contact
from services.notify.message import commands, facts, model, schemas
from services.notify.people import queries as people_queries
from services.notify.rule import model as rules
from services.notify.rule import procedure
from services.notify.template import model as template
from shared.envelope.cloudevent import Event
from shared.envelope.fields import LOCALES, Mail, Phone
from shared.inbox.reaction import OVERTAKEN, Reaction
from shared.playbook.model import Playbook
from shared.store.work import Work

MAX_NAME = 200  # characters of a person's name in a letter
WHOLE = 100.0  # percent of what a promise allows: from here on it is due
DETAIL = 500  # characters of what a server said of a mail that came back
MAX_READ = 50  # addresses of one kind that are looked at; an event has room for thousands


def tell_of_ticket(work: Work, event: Event) -> None:
    """Tell the client; among staff, whoever is responsible from now on, whoever is not any more, and whoever is to be
    informed of what was decided.
    """
    data, people = event.data, event.data["people"].get("responsible", [])
    about = _tell_client(work, event)
    former = [data["former_owner"]] if data["former_owner"] else []
    informed, told = sorted(data["people"].get("informed", [])), set[str]()  # sorted: so they are locked in one order
    for audience, staff in ((rules.OWNER, people), (rules.FORMER, former), (rules.INFORMED, informed)):
        if meant := rules.for_event(event.type, audience):
            by = people_queries.name(work.connection, _actor(event))
            owner = people_queries.name(work.connection, people[0]) if len(people) == 1 else None
            said = facts.of_task(about, data, id=event.subject, by=by, owner=owner)
            if audience == rules.INFORMED:
                said |= {"decided": event.type.rpartition(".")[2]}
            but = told if audience == rules.INFORMED else set[str]()
            told |= _tell_staff(work, event, meant, staff, said, related=event.subject, number=data["number"], but=but)


def tell_of_question(work: Work, event: Event) -> None:
    """Tell whoever is asked for advice. The client is told nothing of it."""
    data, by = event.data, people_queries.name(work.connection, _actor(event))
    said = facts.of_question(data, event.time, by=by)
    meant, asked = rules.for_event(event.type, rules.CONSULTED), data["people"].get("consulted", [])
    _tell_staff(work, event, meant, asked, said, related=data["ticket_id"], number=data["number"])


def mark_bounced(work: Work, event: Event) -> str | None:
    """A mail came back for good: the message did not arrive, and staff are told as of any other failure."""
    data = event.data
    if not data["permanent"] or not data["message_id"]:
        return None
    detail = template.one_line(f"{data['status'] or ''} {data['text']}")[:DETAIL]
    return None if commands.returned(work, data["message_id"], detail=detail) else OVERTAKEN


def tell_of_promise(work: Work, event: Event) -> None:
    """Tell whom the rung names. Where it names the role that owes the promise, whoever owes it is meant."""
    data, rung = event.data, event.data["rung"]
    case = rules.DUE if data["late"] or rung["percent"] >= WHOLE else rules.BEFORE
    owing = data["people"].get("responsible", [])
    told: list[str] = []
    for role in rung["tell"]:
        told += owing if role == data["owes"] and owing else data["told"].get(role, [])
    owed_by = people_queries.name(work.connection, owing[0]) if len(owing) == 1 and owing[0] not in told else None
    playbook = _playbook(work.connection, event, data["of"]["kind"])
    said = facts.of_promise(data, event.time, owed_by=owed_by, playbook=playbook)
    meant = rules.for_event(event.type, rules.TOLD, case)
    _tell_staff(work, event, meant, told, said, related=data["of"]["id"], number=data["of"]["number"])


def tell_account(work: Work, event: Event) -> None:
    """Write to the person whose account the event is about. Staff are no clients: the contact book is not for them."""
    occasion = _of_contact(event, facts.of_account(event.data, event.time), number=None, people={})
    _compose(work, rules.for_event(event.type, rules.ACCOUNT), occasion)


def for_client(
    connection: sa.Connection, event: Event
) -> tuple[commands.Occasion, tuple[tuple[rules.Rule, tuple[str, ...]], ...]]:
    """How the client of an event about a ticket is reached, and the rules by which they are told, with the channels."""
    data, playbook = event.data, _playbook(connection, event, event.type.rpartition(".")[0])
    said = facts.of_ticket(data, event.time, type_=event.type, playbook=playbook)
    occasion = _of_contact(event, said, number=data["number"], people=data["people"])
    takes = data["promised_at"] - event.time if data["promised_at"] else None
    wanted = procedure.wanted(playbook, event.type, rules.CLIENT)
    return occasion, rules.for_client(event.type, wanted, takes=takes, link=data["link"] is not None)


def _playbook(connection: sa.Connection, event: Event, flow: str) -> Playbook | None:
    data = event.data
    return procedure.of(connection, flow, data["unit"], data["playbook"], data["playbook_version"])


def _tell_client(work: Work, event: Event) -> dict[str, Any]:
    """Remember how the client is reached, and write one message per rule, channel and address. Returns what is said."""
    data = event.data
    occasion, wanted = for_client(work.connection, event)
    if occasion.mails or occasion.phones or data["party"]:
        mention = contact.Mention(
            data["party"], occasion.name, occasion.locale, occasion.mails, occasion.phones, event.time
        )
        contacts.remember(work, mention)
    for rule, channels in wanted:
        commands.compose(work, rule, occasion, channels=channels)
    return occasion.facts


def _tell_staff(
    work: Work,
    event: Event,
    meant: tuple[rules.Rule, ...],
    staff: list[str],
    said: dict[str, Any],
    *,
    related: str,
    number: str,
    but: Collection[str] = (),
) -> set[str]:
    """One message per rule and person, to the substitute of whoever is away. Returns who was told."""
    unit = event.data["unit"]
    readers = people_queries.readers(work.connection, staff, unit_code=unit, at=event.time, but=_actor(event))
    for reader in readers:
        if reader.id in but:
            continue
        who = {"name": reader.name, "locale": reader.locale, "mails": [reader.mail] if reader.mail else []}
        occasion = _occasion(
            event, who, facts.to(reader, said), related=related, number=number, people=event.data["people"]
        )
        _compose(work, meant, occasion)
    return {reader.id for reader in readers}


def _compose(work: Work, meant: tuple[rules.Rule, ...], occasion: commands.Occasion) -> None:
    for rule in meant:
        commands.compose(work, rule, occasion)


def _of_contact(event: Event, said: dict[str, Any], *, number: str | None, people: dict[str, Any]) -> commands.Occasion:
    return _occasion(event, event.data["contact"], said, related=event.subject, number=number, people=people)


def _occasion(
    event: Event,
    who: dict[str, Any],
    said: dict[str, Any],
    *,
    related: str,
    number: str | None,
    people: dict[str, Any],
) -> commands.Occasion:
    mails, bad_mails = _read(Mail(), who["mails"])
    phones, _ = _read(Phone(), who.get("phones", []))
    return commands.Occasion(
        source=event.source,
        event_id=event.id,
        event=event.type,
        related=related,
        number=number,
        unit=event.data["unit"],
        name=template.one_line(who["name"])[:MAX_NAME].strip(),
        locale=_language(who["locale"]),
        mails=mails[: model.MAX_RECIPIENTS],
        bad_mails=bad_mails,
        phones=phones[: model.MAX_RECIPIENTS],
        people=people,
        facts=said,
        reply_to=said.get("reply_to"),
        in_reply_to=event.data.get("in_reply_to"),
        files=tuple({**each, "service": _publisher(event)} for each in event.data.get("files", ())),
    )


def _publisher(event: Event) -> str:
    """The service that tells of it: `/steward/support` keeps its files in the store of `support`."""
    return event.source.rpartition("/")[2]


def _actor(event: Event) -> str | None:
    """The id of the person of staff who did it."""
    kind, _, id = (event.actor or "").partition(":")
    return id if kind == "staff" else None


def _language(locale: str) -> str:
    """The language that is nearest to what a system says of its client: `zh-Hans-CN` is `zh`, what we lack English."""
    language = re.split("[-_]", locale.strip().lower())[0]
    return language if language in LOCALES else "en"


def _read(field: Mail | Phone, values: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that can be used, each once, and those that cannot."""
    good: dict[str, str] = {}
    bad: list[str] = []
    for value in values[:MAX_READ]:
        try:
            read = field.deserialize(value)
        except ValidationError:
            bad.append(template.one_line(value)[:100])
        else:
            good.setdefault(contact.key(read), read)
    return tuple(good.values()), tuple(bad)


REACTIONS = (
    Reaction("support.mail.bounced", mark_bounced, schemas.BouncedHeard),
    *(
        Reaction(type_, tell_of_ticket, schemas.TicketHeard)
        for type_ in rules.heard(rules.CLIENT, rules.OWNER, rules.FORMER, rules.INFORMED)
    ),
    *(Reaction(type_, tell_of_question, schemas.ConsultedHeard) for type_ in rules.heard(rules.CONSULTED)),
    *(Reaction(type_, tell_of_promise, schemas.PromiseHeard) for type_ in rules.heard(rules.TOLD)),
    Reaction("directory.password_reset.requested", tell_account, schemas.ResetHeard),
    Reaction("directory.password.changed", tell_account, schemas.AccountHeard),
)
