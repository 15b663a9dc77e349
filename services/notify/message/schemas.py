"""What notify reads of others' events, and what its API takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.notify.message import model
from services.notify.message.facts import VARIABLES
from services.notify.rule import model as rules
from shared.envelope import catalogue
from shared.envelope.fields import LOCALES, Mail, Phone, Text, When

MAX_NUMBER = 100  # characters of a human number
GAPS = VARIABLES[rules.CLIENT]


class ContactHeard(catalogue.Reader):
    """How to reach the client. A bad address does not keep the good ones from being used."""

    name = fields.String(required=True)
    locale = fields.String(load_default="en")
    mails = fields.List(fields.String(), load_default=list)
    phones = fields.List(fields.String(), load_default=list)


class FileHeard(catalogue.Reader):
    """A file that goes with what the client is told."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    type = fields.String(required=True, validate=validate.Length(max=100))
    size = fields.Integer(required=True)
    hash = fields.String(required=True, validate=validate.Length(equal=64))


class TicketHeard(catalogue.Reader):
    """What notify reads of a ticket's events."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=MAX_NUMBER))
    unit = fields.String(required=True, validate=validate.Length(min=1, max=100))
    contact = fields.Nested(ContactHeard, required=True)
    party = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), load_default=dict)
    content = fields.String(load_default="")
    topic = fields.String(load_default=None, allow_none=True)
    playbook = fields.String(load_default=None, allow_none=True)
    playbook_version = fields.String(load_default=None, allow_none=True)
    request_type = fields.Integer(load_default=None, allow_none=True)
    promised_at = When(load_default=None, allow_none=True)
    asked_at = When(load_default=None, allow_none=True)
    result = fields.String(load_default=None, allow_none=True)
    progress = fields.String(load_default=None, allow_none=True)
    continues_under = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=MAX_NUMBER))
    reason = fields.String(load_default=None, allow_none=True)
    rating = fields.Integer(load_default=None, allow_none=True)
    link = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    former_owner = fields.String(load_default=None, allow_none=True)
    text = fields.String(load_default=None, allow_none=True)
    reply_to = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=254))
    in_reply_to = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))
    files = fields.List(fields.Nested(FileHeard), load_default=list)


class BouncedHeard(catalogue.Reader):
    """What notify reads of a mail of ours that came back."""

    message_id = fields.String(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True)
    permanent = fields.Boolean(required=True)
    text = fields.String(load_default="")


class ConsultedHeard(catalogue.Reader):
    """What notify reads of a question to colleagues. It has no way to write to the client, and must not."""

    ticket_id = fields.String(required=True, validate=validate.Length(min=1, max=200))
    number = fields.String(required=True, validate=validate.Length(min=1, max=MAX_NUMBER))
    unit = fields.String(required=True, validate=validate.Length(min=1, max=100))
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    question = fields.String(required=True)


class OfHeard(catalogue.Reader):
    """What a promise is about."""

    kind = fields.String(required=True, validate=validate.Length(max=200))
    id = fields.String(required=True, validate=validate.Length(min=1, max=200))
    number = fields.String(required=True, validate=validate.Length(min=1, max=MAX_NUMBER))


class RungHeard(catalogue.Reader):
    """Which rung of the ladder was reached, and which roles it tells."""

    percent = fields.Float(required=True)
    escalate = fields.Boolean(required=True)
    tell = fields.List(fields.String(), required=True)


class PromiseHeard(catalogue.Reader):
    """What notify reads of a promise that reached a rung; `told` are staff ids by role."""

    name = fields.String(required=True, validate=validate.Length(max=200))
    of = fields.Nested(OfHeard, required=True)
    unit = fields.String(required=True, validate=validate.Length(min=1, max=100))
    playbook = fields.String(load_default=None, allow_none=True)
    playbook_version = fields.String(load_default=None, allow_none=True)
    due_at = When(required=True)
    late = fields.Boolean(required=True)
    owes = fields.String(required=True)
    rung = fields.Nested(RungHeard, required=True)
    told = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), load_default=dict)


class AccountHeard(catalogue.Reader):
    """What notify reads of the directory's events about somebody's account."""

    unit = fields.String(required=True, validate=validate.Length(min=1, max=100))
    contact = fields.Nested(ContactHeard, required=True)


class ResetHeard(AccountHeard):
    """What notify reads of one that brings a person a link."""

    reason = fields.String(required=True, validate=validate.Length(max=100))
    link = fields.String(required=True, validate=validate.Length(max=100))
    expires_at = When(required=True)


class CaseIn(ma.Schema):
    """Something that may happen, and which words of its message are not known yet: they are shown as dots."""

    type = fields.String(required=True, validate=validate.OneOf(rules.heard(rules.CLIENT)))
    gaps = fields.List(
        fields.String(validate=validate.OneOf(GAPS)), load_default=list, validate=validate.Length(max=30)
    )


class PreviewIn(ma.Schema):
    """A client as a ticket knows them, and what may happen next."""

    unit = Text(most=100, required=True)
    playbook = Text(most=200, load_default=None, allow_none=True)
    playbook_version = Text(most=200, load_default=None, allow_none=True)
    number = Text(most=MAX_NUMBER, required=True)
    name = Text(most=200, required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    mails = fields.List(Mail(), load_default=list, validate=validate.Length(max=model.MAX_RECIPIENTS))
    phones = fields.List(Phone(), load_default=list, validate=validate.Length(max=model.MAX_RECIPIENTS))
    topic = Text(most=60, load_default=None, allow_none=True)
    request_type = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 999))
    text = Text(most=5_000, load_default=None, allow_none=True, metadata={"description": "What staff are writing."})
    cases = fields.List(fields.Nested(CaseIn), required=True, validate=validate.Length(1, 20))


PREVIEW = {
    "unit": "hai-phong",
    "number": "TCK-2026-000123",
    "name": "Lê Văn Nam",
    "locale": "vi",
    "phones": ["+84912345678"],
    "text": "Hàng đến ngày 26/11.",
    "cases": [{"type": "support.ticket.replied"}],
}


class SmsOut(ma.Schema):
    """One SMS as it would read; the secret of a link is masked."""

    type = fields.String()
    template = fields.String()
    to = fields.List(fields.String())
    text = fields.String()
    parts = fields.Integer(metadata={"description": "As many parts it is sent, and paid, as to each of them."})
    whole = fields.Boolean(
        metadata={"description": "False: something is not known yet, and the parts may become more."}
    )


class PreviewOut(ma.Schema):
    """What the client would be sent by SMS; a case in which they get none has no item."""

    items = fields.List(fields.Nested(SmsOut))


class PageIn(ma.Schema):
    """Which messages."""

    state = fields.String(validate=validate.OneOf(model.LIFECYCLE.states))
    group = fields.String(
        validate=validate.OneOf(tuple(model.GROUPS)),
        metadata={"description": "Still to leave, to leave by a further try, has left, did not arrive."},
    )
    to = fields.String(
        validate=validate.OneOf(("client", "staff")), metadata={"description": "For clients only, or for staff only."}
    )
    recipient = Text(most=254)
    number = Text(most=MAX_NUMBER)
    subject = Text(most=200, metadata={"description": "The id of the object that the messages are about."})
    until = When(metadata={"description": "Nothing that was written after this moment."})
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    cursor = fields.String()


class ResendIn(ma.Schema):
    """Why, and to another address if that was the matter."""

    reason = Text(most=model.MAX_REASON, required=True)
    recipient = Text(
        most=254,
        load_default=None,
        allow_none=True,
        metadata={"description": "A mail address; the phone number for what is sent by SMS."},
    )


class CancelIn(ma.Schema):
    """Why."""

    reason = Text(most=model.MAX_REASON, load_default=None, allow_none=True)


class ItemOut(ma.Schema):
    """A message in a list: never its text."""

    id = fields.String()
    version = fields.Integer()
    number = fields.String(allow_none=True)
    subject = fields.String(attribute="related")
    event = fields.String()
    rule = fields.String()
    template = fields.String()
    unit = fields.String()
    locale = fields.String()
    channel = fields.String(metadata={"description": "`mail` or `sms`."})
    recipient = fields.String(metadata={"description": "The mail address, or the phone number (E.164)."})
    recipient_name = fields.String()
    title = fields.String(allow_none=True, metadata={"description": "The subject line of the mail."})
    state = fields.String()
    possible = fields.List(fields.String())
    reason = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    attempts = fields.Integer()
    created_at = When()
    created_by = fields.String()
    next_at = When(allow_none=True)
    ended_at = When(allow_none=True)
    resend_of = fields.String(allow_none=True)
    resend_reason = fields.String(allow_none=True)


class PageOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(ItemOut))
    next = fields.String(allow_none=True)


class AttemptOut(ma.Schema):
    """One time that the message was offered, and the answer."""

    number = fields.Integer()
    channel = fields.String()
    started_at = When()
    transmitting_at = When(allow_none=True)
    finished_at = When(allow_none=True)
    outcome = fields.String(allow_none=True)
    code = fields.Integer(allow_none=True)
    reply = fields.String(allow_none=True)


class EnclosedOut(ma.Schema):
    """A file that goes with a message."""

    name = fields.String()
    type = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})


class MessageOut(ItemOut):
    """A message as the client reads it, with what became of each attempt.

    The secret of a link is masked, unless mails go to a folder: then this answer is the only mailbox there is. In
    messages about a staff account it always is.
    """

    text = fields.String(allow_none=True)
    html = fields.String(allow_none=True, metadata={"description": "Empty for an SMS."})
    segments = fields.Integer(
        allow_none=True, metadata={"description": "Of an SMS, how many parts it is sent (and paid) as; else null."}
    )
    files = fields.List(fields.Nested(EnclosedOut), metadata={"description": "What goes with the mail."})
    mail_id = fields.String(allow_none=True, attribute="message_id", metadata={"description": "The Message-ID."})
    attempts_made = fields.List(fields.Nested(AttemptOut))
    resent_as = fields.List(fields.String())
    folded_into = fields.String(
        allow_none=True, metadata={"description": "The message of several in which the recipient reads of this."}
    )
