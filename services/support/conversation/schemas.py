"""What the API of conversations takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.attachment.schemas import MOST_TOKENS, TokensIn
from services.support.conversation import model
from shared.envelope.fields import Text, When


class ReplyIn(ma.Schema):
    """What the client is to read, in their language: it is sent as it stands."""

    text = Text(most=model.MAX_TEXT, required=True)
    attachments = TokensIn(
        load_default=list, metadata={"description": "Tokens of uploads: these files go with the mail, 10 MB together."}
    )
    again = fields.List(
        Text(most=100),
        load_default=list,
        validate=validate.Length(max=MOST_TOKENS),
        metadata={"description": "Ids of files of a reply that you took back within the hour."},
    )


class NoteIn(ma.Schema):
    """What colleagues are to read; the client never does."""

    text = Text(most=model.MAX_TEXT, required=True)


class ConsultIn(ma.Schema):
    """What is asked, and whom: one person (a staff id), or one role that is consulted in the step."""

    text = Text(most=model.MAX_TEXT, required=True)
    to = Text(most=200, load_default=None, allow_none=True)
    role = Text(most=60, load_default=None, allow_none=True)


class EnclosedOut(ma.Schema):
    """A file that goes with a reply; once that has left, it is one of the ticket's files."""

    id = fields.String()
    name = fields.String()
    type = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})
    hash = fields.String()


class SaidOut(ma.Schema):
    """One thing that was said. Only `reply` and `answer` ever pass between the house and the client."""

    id = fields.String()
    kind = fields.String(validate=validate.OneOf(model.KINDS))
    state = fields.String(metadata={"description": "Of a reply: scheduled, sent, taken_back; of all others kept."})
    text = fields.String()
    by = fields.String()
    at = When()
    leaves_at = When(allow_none=True)
    ended_at = When(allow_none=True, metadata={"description": "When a reply left, or was taken back."})
    asked = fields.List(fields.String(), metadata={"description": "The staff whom a question is for."})
    mail = fields.String(allow_none=True)
    sender = fields.String(allow_none=True, metadata={"description": "Where an answer says it came from: a claim."})
    attachments = fields.List(fields.Nested(EnclosedOut))
    possible = fields.List(fields.String())


class PassedFileOut(ma.Schema):
    """A file that went with a reply: the mail has it."""

    name = fields.String()
    size = fields.Integer()


class PassedOut(ma.Schema):
    """What passed between the house and the client. Who of the house wrote a reply is the house's own business."""

    kind = fields.String(validate=validate.OneOf((model.REPLY, model.ANSWER)))
    text = fields.String()
    at = When(attribute="passed_at", metadata={"description": "When a reply left, or an answer came."})
    files = fields.List(fields.Nested(PassedFileOut), attribute="attachments")


class PassedIn(ma.Schema):
    """Which page; without a cursor the newest."""

    limit = fields.Integer(load_default=30, validate=validate.Range(1, 100))
    cursor = fields.String()


class PassedPageOut(ma.Schema):
    """One page in the order in which it was said; `next` is the cursor of the page before it."""

    items = fields.List(fields.Nested(PassedOut))
    next = fields.String(allow_none=True)


class ConversationIn(ma.Schema):
    """Which page; without a cursor the newest."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 200))
    cursor = fields.String()
    until = When(metadata={"description": "Nothing that was said after this moment."})


class ConversationOut(ma.Schema):
    """One page in the order in which it was said; `next` is the cursor of the page before it."""

    items = fields.List(fields.Nested(SaidOut))
    next = fields.String(allow_none=True)
    possible = fields.List(
        fields.String(), metadata={"description": "Which of reply, note, consult and advise are yours."}
    )
    not_possible = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "The others, each with what is missing."}
    )
