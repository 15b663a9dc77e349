"""Taking a mail in, whichever way it came: once, and never without an outcome that staff can see."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import sqlalchemy as sa
import structlog
from marshmallow import ValidationError

from services.support.conversation import commands as conversation
from services.support.conversation import model as spoken
from services.support.mailbox import enclosures, events, model, reading, speaking, tables
from services.support.return_address import model as addresses
from services.support.return_address import tables as returns
from services.support.ticket import filtering as ticket_filtering
from services.support.ticket import model as tickets
from services.support.ticket import receiving
from services.support.ticket import tables as ticket_tables
from shared import locale as languages
from shared import outbox
from shared.envelope.fields import Mail as Address
from shared.kernel import errors, ids
from shared.people import sight, standing, units
from shared.store.work import Work
from shared.web.tokens import Caller

MAX_SUBJECT = 300
CUT = "[Shortened here: the whole text has {length} characters; the mail is kept as it came.]"

log = structlog.get_logger(__name__)


class NotParked(errors.Conflict):
    """Somebody has dealt with this mail already."""

    code = "mail-not-parked"


class NoWords(errors.Conflict):
    """There is nothing to read in this mail; please take the request down by hand."""

    code = "mail-without-words"


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """How a mail came: through which mailbox, of which unit, and its place there."""

    mailbox: str
    unit: str
    uidvalidity: int | None = None
    uid: int | None = None


def take(work: Work, raw: bytes, way: Way, enclosed: enclosures.Enclosed) -> model.Taken:
    """A mail becomes a ticket, an answer or a told bounce, or is parked with a reason; the same mail does so once.

    `enclosed` are its files, which go onto the ticket; those of other mails are forgotten like any unused upload.
    Raises only what is not the mail's fault: a database that is away, a unit that has no procedure.
    """
    if len(raw) > model.MAX_RAW:
        return park(work, raw[: 64 * 1024], way, model.TOO_LARGE)
    try:
        mail = reading.read(raw)
    except reading.UNREADABLE:
        log.exception("mail_not_read", mailbox=way.mailbox)
        return park(work, raw, way, model.UNREADABLE)
    key = reading.key(raw, mail.message_id)
    known = tables.of_key(work.connection, key)
    if known is not None:
        return _write(work, raw, way, mail, model.DUPLICATE, ticket=known.ticket)
    ticket = _ticket_of(work, mail, way.unit)
    reason = _suspicious(work, mail)
    if reason is not None:
        return _write(work, raw, way, mail, model.PARKED, reason=reason, ticket=ticket and ticket.id)
    if mail.bounced is not None:
        taken = _write(work, raw, way, mail, model.BOUNCE, ticket=ticket and ticket.id)
        _tell_bounce(work, mail.bounced, taken)
        return taken
    if not mail.text and not mail.subject and not mail.attachments:
        return _write(work, raw, way, mail, model.PARKED, reason=model.EMPTY, ticket=ticket and ticket.id)
    if ticket is None:
        ticket = _open(work, mail, way)
        enclosures.bind(work, ticket, enclosed, _of_house(work, way))
        return _write(work, raw, way, mail, model.TICKET, ticket=ticket.id)
    files = enclosures.bind(work, ticket, enclosed, _of_house(work, way))
    returns.answered(work, ticket.id, message_id=mail.message_id, subject=mail.subject[:MAX_SUBJECT] or None)
    taken = _write(work, raw, way, mail, model.ANSWER, ticket=ticket.id)
    text = _said(mail, ticket.requester.locale, most=spoken.MAX_ANSWER)
    conversation.answer(work, ticket, text=text, mail=taken.id, sender=taken.sender, attachments=files)
    return taken


def open_(
    work: Work, id: str, who: Caller, *, requester: tickets.Requester | None, enclosed: enclosures.Enclosed
) -> model.Taken:
    """Somebody has read a parked mail and makes it a ticket: its words, its files, counted from when it came.

    Without a `requester` it is whoever the mail says wrote it. Raises `tables.NoSuchMail`, `NotParked`, `NoWords`,
    `receiving.NoWayToAnswer`.
    """
    taken, raw = tables.load(work.connection, id, sight.units(work.connection, who, work.now), lock=True)
    if taken.outcome != model.PARKED:
        raise NotParked
    try:
        mail = reading.read(raw)
        mail = dataclasses.replace(mail, text=mail.text or reading.whole(raw))
    except reading.UNREADABLE as error:
        raise NoWords from error
    if not (mail.text or mail.subject or mail.attachments):
        raise NoWords
    way = Way(taken.mailbox, taken.unit)
    ticket = _open(work, mail, way, requester=requester, asked_at=taken.received_at)
    enclosures.bind(work, ticket, enclosed, _of_house(work, way))
    tables.opened(work, taken.id, ticket.id)
    return dataclasses.replace(taken, outcome=model.TICKET, ticket=ticket.id)


def read(connection: sa.Connection, taken: model.Taken, raw: bytes) -> dict[str, str | None]:
    """What a person reads of a mail: its text, None where nothing can be read, and whom it says it is from."""
    try:
        mail = reading.read(raw)
        text = reading.whole(raw)
    except reading.UNREADABLE:
        return {"text": None, "name": "", "locale": languages.DEFAULT}
    who = writer(connection, mail, taken.unit)
    return {"text": text, "name": who.name, "locale": who.locale}


def park(work: Work, raw: bytes, way: Way, reason: str) -> model.Taken:
    """Keep a mail that cannot be taken, with its reason, for a person to look at."""
    try:
        mail = reading.read(raw)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is kept and shown
        mail = model.Mail(None, None, "", (), "", (), "")
    return _write(work, raw, way, mail, model.PARKED, reason=reason)


def _write(
    work: Work,
    raw: bytes,
    way: Way,
    mail: model.Mail,
    outcome: str,
    *,
    reason: str | None = None,
    ticket: str | None = None,
) -> model.Taken:
    taken = model.Taken(
        id=ids.new(),
        seq=0,
        mailbox=way.mailbox,
        unit=way.unit,
        key=reading.key(raw, mail.message_id),
        outcome=outcome,
        received_at=work.now,
        message_id=mail.message_id,
        sender=_address(mail.sender),
        subject=mail.subject[:MAX_SUBJECT] or None,
        reason=reason,
        ticket=ticket,
        attachments=mail.attachments[:100],
    )
    tables.add(work, taken, raw, uidvalidity=way.uidvalidity, uid=way.uid)
    return taken


# ---- what it is


def _suspicious(work: Work, mail: model.Mail) -> str | None:
    """Why nobody but a person should act on it."""
    if mail.ours or (mail.sender and returns.is_ours(work.connection, mail.sender)):
        return model.LOOP
    if mail.bounced is not None:
        return None
    if mail.auto is not None:
        return model.AUTO
    sender = _address(mail.sender)
    if sender is None:
        return model.NO_SENDER
    if tables.count_of(work.connection, sender, work.now - model.WINDOW) >= model.MAX_PER_SENDER:
        return model.TOO_MANY
    return None


def _address(sender: str | None) -> str | None:
    try:
        return str(Address().deserialize(sender)).casefold() if sender else None
    except ValidationError:
        return None


def _ticket_of(work: Work, mail: model.Mail, unit: str) -> tickets.Ticket | None:
    """The ticket that it is about: by its return address, by the mails of ours that it answers, or by the number in the
    subject if it says that it comes from that client."""
    company = standing.company(work.connection, unit)
    named = [addresses.token_in(each) for each in mail.to]
    ours = [mail.bounced.message_id] if mail.bounced and mail.bounced.message_id else []
    named += [addresses.token_in_message_id(each) for each in (*mail.references[::-1], *ours)]
    id = returns.ticket_of(work.connection, [each for each in dict.fromkeys(named) if each])
    if id is not None:
        ticket = ticket_tables.load(work.connection, id, lock=True)
        return ticket if ticket.unit in company else None
    return _by_number(work, mail, company)


def _by_number(work: Work, mail: model.Mail, company: set[str]) -> tickets.Ticket | None:
    found, sender = ticket_filtering.NUMBER.search(mail.subject), _address(mail.sender)
    if found is None or sender is None:
        return None
    t = ticket_tables.ticket.c
    row = work.execute(
        sa.select(ticket_tables.ticket).where(t.seq == int(found[2]), t.year == int(found[1])).with_for_update()
    ).one_or_none()
    if row is None or row.unit not in company:
        return None
    ticket = ticket_tables.read(row)
    return ticket if sender in {each.casefold() for each in ticket.requester.mails} else None


# ---- what becomes of it


def _open(
    work: Work,
    mail: model.Mail,
    way: Way,
    *,
    requester: tickets.Requester | None = None,
    asked_at: datetime | None = None,
) -> tickets.Ticket:
    requester = requester or writer(work.connection, mail, way.unit)
    locale = requester.locale
    said = _said(mail, locale, most=tickets.MAX_CONTENT - MAX_SUBJECT - 2)
    content = f"{mail.subject[:MAX_SUBJECT]}\n\n{said}".strip() if mail.subject else said
    ticket, _ = receiving.receive(
        work,
        unit=way.unit,
        channel="email",
        topic="other",
        content=content,
        requester=requester,
        asked_at=asked_at,
        mail=(mail.message_id, mail.subject[:MAX_SUBJECT] or None),
    )
    return ticket_tables.load(work.connection, ticket.id, lock=True)


def writer(connection: sa.Connection, mail: model.Mail, unit: str) -> tickets.Requester:
    """Whom the mail says it is from, and their language; without an address where it names none that can be used."""
    locale = speaking.language(f"{mail.subject}\n{mail.text}", units.known(connection, unit).country)
    sender = _address(mail.sender)
    name = (mail.sender_name or (sender or "").partition("@")[0])[: tickets.MAX_NAME]
    return tickets.Requester(name, locale, (sender,) if sender else ())


def _of_house(work: Work, way: Way) -> str:
    """The language of colleagues there."""
    return speaking.OF_COUNTRY.get(units.known(work.connection, way.unit).country, languages.DEFAULT)


def _said(mail: model.Mail, locale: str, *, most: int) -> str:
    """What it says; a text that is too long is cut, and says so; the whole of it stays with the mail. What is attached
    is named."""
    text = mail.text
    if mail.attachments:
        text = f"{text}\n\n[{', '.join(mail.attachments[:20])}]".strip()
    if len(text) <= most:
        return text
    notice = languages.translate(CUT, locale, length=len(text))
    return f"{text[: most - len(notice) - 3]}…\n\n{notice}"


def _tell_bounce(work: Work, bounced: model.Bounced, taken: model.Taken) -> None:
    data = {
        "mail_id": taken.id,
        "mailbox": taken.mailbox,
        "unit": taken.unit,
        "ticket_id": taken.ticket,
        "message_id": bounced.message_id,
        "recipient": bounced.recipient,
        "status": bounced.status,
        "permanent": bounced.permanent,
        "text": bounced.text,
    }
    outbox.emit(work, events.BOUNCED, taken.ticket or taken.id, data)
