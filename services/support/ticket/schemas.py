"""What the API of tickets takes and gives."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.support.attachment.schemas import TokensIn
from services.support.search import model as search
from services.support.ticket import filtering, model, queries, words
from shared.envelope.fields import Locale, Mail, Phone, Text, When
from shared.web.promises import ClockOut

MOST_VIEWS = 60  # counted in one question
VERBS = [verb for verb in dict.fromkeys(move.verb for move in model.LIFECYCLE.moves) if verb not in model.CLIENT_VERBS]
"""What staff can do with a ticket."""


class RequesterIn(ma.Schema):
    """Who asks, and how to reach them."""

    name = Text(most=model.MAX_NAME, required=True)
    locale = Locale(load_default="vi")
    mails = fields.List(Mail(), load_default=list, validate=validate.Length(max=5))
    phones = fields.List(Phone(), load_default=list, validate=validate.Length(max=5))

    @ma.validates_schema(skip_on_field_errors=False)
    def _can_be_answered(self, data: dict[str, Any], **_: Any) -> None:
        """Said here, too, so that the caller is told at the field, together with what else is wrong."""
        if data.get("mails") == [] and data.get("phones") == []:
            raise ma.ValidationError(model.UNREACHABLE, "mails")


class TicketIn(ma.Schema):
    """A request that staff or a system takes down."""

    channel = fields.String(load_default="direct", validate=validate.OneOf(model.CHANNELS))
    topic = fields.String(load_default="other", validate=validate.OneOf(model.TOPICS))
    content = Text(most=model.MAX_CONTENT, required=True)
    requester = fields.Nested(RequesterIn, required=True)
    reference = Text(most=200, load_default=None, allow_none=True)
    asked_at = When(
        load_default=None,
        allow_none=True,
        metadata={"description": "When the client asked, where that was earlier; its clocks count from then."},
    )
    attachments = TokensIn(load_default=list)


class RequestIn(RequesterIn):
    """The public form."""

    unit = Text(most=100, required=True)
    topic = fields.String(load_default="other", validate=validate.OneOf(model.TOPICS))
    content = Text(most=model.MAX_CONTENT, required=True)
    attachments = TokensIn(load_default=list)


class ClassifyIn(ma.Schema):
    """Type and promised time."""

    request_type = fields.Integer(required=True, strict=True)
    promised_at = When(
        load_default=None,
        allow_none=True,
        metadata={"description": "Without one, the type's own time; a type without a time needs it."},
    )
    verified = fields.Boolean(
        load_default=True,
        metadata={
            "description": "Whether whoever classifies has also checked the request and how to reach the client. What"
            " is not verified cannot be completed."
        },
    )


class VerifyIn(ma.Schema):
    """What was checked and is put right: nothing, the topic, the client's name, language or addresses."""

    topic = fields.String(load_default=None, validate=validate.OneOf(model.TOPICS))
    requester = fields.Nested(RequesterIn, load_default=None, allow_none=False)


class ReclassifyIn(ma.Schema):
    """Another type, why, and its promised time."""

    request_type = fields.Integer(required=True, strict=True)
    reason = Text(most=model.MAX_TEXT, required=True)
    promised_at = When(
        load_default=None,
        allow_none=True,
        metadata={"description": "Without one, the type's own time; a type without a time needs it."},
    )


class PromiseIn(ma.Schema):
    """The new time, and why."""

    promised_at = When(required=True)
    reason = Text(most=model.MAX_TEXT, required=True)


class ProgressIn(ma.Schema):
    """How far it is, in the client's language: the text is sent as it stands."""

    text = Text(most=model.MAX_TEXT, required=True)


class AskGoodsIn(ma.Schema):
    """Which goods; with a reason of the playbook for a pause, the ticket waits for the answer."""

    reference = Text(most=200, required=True)
    pause = Text(most=60, load_default=None, allow_none=True)


class GoodsOut(ma.Schema):
    """What another system was asked, and answered."""

    reference = fields.String()
    asked_at = fields.String()
    waits = fields.Boolean()
    status = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    at = fields.String(allow_none=True)


class ReasonIn(ma.Schema):
    """Why."""

    reason = Text(most=model.MAX_TEXT, required=True)


class WithdrawIn(ma.Schema):
    """Why, if the client likes to say so."""

    comment = Text(most=model.MAX_TEXT, least=0, load_default=None, allow_none=True)


class AssignIn(ma.Schema):
    """Who is to be responsible: a staff id."""

    to = Text(most=200, required=True)


class PauseIn(ma.Schema):
    """For whom it waits (a reason of the playbook), and what proves it."""

    reason = Text(most=60, required=True)
    evidence = Text(most=model.MAX_TEXT, required=True)


class EscalateIn(ma.Schema):
    """To whom, why, and the new deadline."""

    to = Text(most=200, required=True)
    reason = Text(most=model.MAX_TEXT, required=True)
    promised_at = When(required=True)


class CompleteIn(ma.Schema):
    """How it was handled, and the result for the client."""

    method = Text(most=model.MAX_TEXT, required=True)
    result = Text(most=model.MAX_TEXT, required=True)
    apology = fields.Boolean(
        load_default=False,
        metadata={"description": "That we have apologised to the client: a complaint is not completed without it."},
    )


class Nothing(ma.Schema):
    """An empty object, or no body at all."""


class ConfirmIn(ma.Schema):
    """The client's rating, 1 (poor) to 5 (very good)."""

    rating = fields.Integer(required=True, strict=True, validate=validate.Range(1, 5))
    comment = Text(most=model.MAX_TEXT, least=0, load_default=None, allow_none=True)


class RefuseIn(ma.Schema):
    """What is not solved."""

    reason = Text(most=model.MAX_TEXT, required=True)


class RequesterOut(ma.Schema):
    """Who asked."""

    name = fields.String()
    locale = fields.String()
    mails = fields.List(fields.String())
    phones = fields.List(fields.String())


class TicketLineOut(ma.Schema):
    """A ticket in a list; `possible` are the verbs that its state allows."""

    id = fields.String()
    version = fields.Integer()
    number = fields.String()
    unit = fields.String()
    state = fields.String()
    possible = fields.List(fields.String())
    clocks = fields.List(fields.Nested(ClockOut))
    playbook = fields.String()
    playbook_version = fields.String()
    owner = fields.String(allow_none=True)
    escalated_to = fields.String(allow_none=True)
    waits_for = fields.String(allow_none=True)
    channel = fields.String()
    topic = fields.String()
    content = fields.String()
    requester = fields.Nested(RequesterOut)
    reference = fields.String(allow_none=True)
    received_by = fields.String()
    received_at = When()
    asked_at = When(metadata={"description": "When it reached the company; its clocks count from here."})
    verified_at = When(allow_none=True)
    verified_by = fields.String(allow_none=True)
    progress = fields.String(allow_none=True)
    progressed_at = When(allow_none=True)
    goods = fields.Nested(GoodsOut, allow_none=True)
    closing_reason = fields.String(allow_none=True)
    without_answer = fields.Boolean()
    withdrawn_at = When(allow_none=True)
    changed_at = When(allow_none=True, metadata={"description": "When something was last done with it."})
    handler = fields.String(allow_none=True)
    request_type = fields.Integer(allow_none=True)
    promised_at = When(allow_none=True)
    classified_at = When(allow_none=True)
    method = fields.String(allow_none=True)
    result = fields.String(allow_none=True)
    completed_at = When(allow_none=True)
    handed_over_at = When(allow_none=True)
    rating = fields.Integer(allow_none=True)
    comment = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    answered_at = When(allow_none=True)
    logged_at = When(allow_none=True)


class TicketOut(TicketLineOut):
    """A ticket as the caller sees it; `possible` are the verbs that they may use now."""

    not_possible = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Verbs that the state allows and the caller may not use, each with what is missing."},
    )


class FilterIn(ma.Schema):
    """Which tickets."""

    state = fields.List(
        fields.String(validate=validate.OneOf(model.LIFECYCLE.states)),
        validate=validate.Length(max=len(model.LIFECYCLE.states)),
        metadata={"description": "May be given several times: a ticket in one of these states."},
    )
    number = fields.String()
    id = fields.List(
        fields.String(),
        validate=validate.Length(max=filtering.MOST_IDS),
        metadata={"description": "May be given several times: these tickets, as far as the rest fits them."},
    )
    topic = fields.String(validate=validate.OneOf(model.TOPICS))
    channel = fields.String(validate=validate.OneOf(model.CHANNELS))
    request_type = fields.Integer(validate=validate.Range(1, 999))
    rating = fields.Integer(validate=validate.Range(1, 5), metadata={"description": "The client's evaluation."})
    owner = fields.String(
        metadata={
            "description": "The staff id of whoever is responsible; `me` is the caller, `none` nobody in particular."
        }
    )
    unit = fields.String(metadata={"description": "One of the units that the caller sees, instead of all."})
    clock = fields.String(
        validate=validate.OneOf(filtering.CLOCKS),
        metadata={
            "description": "By its open promises: one of them is `late`, one is due within the next hour (`soon`), or"
            " they stand still because somebody is waited for (`paused`)."
        },
    )
    waits_for = Text(
        most=60, metadata={"description": "Paused for this reason: a code among the pauses of the procedure."}
    )
    since = When(data_key="from", metadata={"description": "Asked at this moment or later."})
    until = When(data_key="to", metadata={"description": "Asked before this moment."})
    q = Text(
        most=search.MOST,
        metadata={
            "description": "A name in any spelling, a number with or without its year, a phone number or its last"
            " four digits, a mail address, a reference, words of the request or the result. The best hits come first,"
            " whatever `sort` says."
        },
    )


def _sort() -> fields.String:
    return fields.String(
        load_default=queries.NEWEST,
        validate=validate.OneOf(queries.ORDERS),
        metadata={
            "description": "By the moment at which the client asked (`received`), by which a result is promised"
            " (`promised`), or at which something was last done (`changed`); a minus begins with the latest. What has"
            " no such moment comes last."
        },
    )


class PageIn(FilterIn):
    """Which tickets, in which order, and for a file which columns of them."""

    sort = _sort()
    column = fields.List(
        fields.String(validate=validate.OneOf(list(words.COLUMNS))),
        validate=validate.Length(max=len(words.COLUMNS)),
        metadata={"description": "May be given several times: the columns of a file, in this order. Without, all."},
    )
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    cursor = fields.String()


class ListedOut(TicketLineOut):
    """A ticket of a list, and where it stands there."""

    place = fields.String(
        allow_none=True,
        metadata={"description": "For `/tickets/{id}/beside`, with the same filter and `sort`; null with `q`."},
    )


class BesideIn(FilterIn):
    """Among which tickets in which order, and where the ticket stood there; words are sought by the list alone."""

    class Meta:
        exclude = ("q",)

    sort = _sort()
    at = fields.String(
        metadata={"description": "The `place` of the ticket, as the list gave it; without, where it stands now."}
    )


class NeighbourOut(ma.Schema):
    """The nearest ticket on one side."""

    id = fields.String()
    number = fields.String()
    name = fields.String(metadata={"description": "The client's name."})
    place = fields.String()


class BesideOut(ma.Schema):
    """The neighbours; null at either end of the list."""

    previous = fields.Nested(NeighbourOut, allow_none=True)
    next = fields.Nested(NeighbourOut, allow_none=True)


class PageOut(ma.Schema):
    """One page; `next` is the cursor of the following one, `previous` of the one before (none on the first page, and
    where words are looked for)."""

    items = fields.List(fields.Nested(ListedOut))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class ViewCountsIn(ma.Schema):
    """Of which views."""

    view = fields.List(
        Text(most=2_000, least=0),
        load_default=list,
        validate=validate.Length(max=MOST_VIEWS),
        metadata={
            "description": "May be given several times: the query of the list of tickets, as its address has it. Order,"
            " columns and pages make no difference."
        },
    )


class ViewCountOut(ma.Schema):
    """How many tickets a view shows; null where the list would refuse its query."""

    count = fields.Integer(allow_none=True)
    more = fields.Boolean(metadata={"description": "There are more than `count`, which goes up to 99."})


class ViewCountsOut(ma.Schema):
    """In the order in which the views were given."""

    items = fields.List(fields.Nested(ViewCountOut))


class VerbsOut(ma.Schema):
    """What the caller's roles let them do with tickets of their units; a ticket may still refuse it."""

    verbs = fields.List(fields.String(validate=validate.OneOf(VERBS)))


class VerdictsIn(ma.Schema):
    """Which verb, and with which tickets."""

    verb = fields.String(required=True, validate=validate.OneOf(VERBS))
    id = fields.List(
        fields.String(validate=validate.Length(min=1)),
        required=True,
        validate=validate.Length(min=1, max=filtering.MOST_IDS),
    )


class VerdictOut(ma.Schema):
    """Whether the caller may use the verb with the ticket now, and if not, why."""

    id = fields.String()
    version = fields.Integer()
    possible = fields.Boolean()
    why = fields.String(allow_none=True)


class VerdictsOut(ma.Schema):
    """In the order in which the tickets were given; those that do not exist for the caller are left out."""

    items = fields.List(fields.Nested(VerdictOut))


class SubmittedOut(ma.Schema):
    """What the public form answers: the number, and the token of the link to follow the request."""

    number = fields.String()
    follow = fields.String()


class SuggestionOut(ma.Schema):
    """Which type the procedure's words speak for, and which words those are; none when none was found."""

    request_type = fields.Integer(allow_none=True)
    says = fields.List(fields.String())
    topic = fields.String(allow_none=True)


class AnsweredOut(ma.Schema):
    """What a client's answer by a link is answered with: the number of the request."""

    number = fields.String()


class WhoseOut(ma.Schema):
    """Which request a link is for, whatever became of the link."""

    number = fields.String()
    unit = fields.String()
    locale = fields.String()


class OwnFileOut(ma.Schema):
    """A file that the client sent; its content is for whoever handles the request."""

    name = fields.String()
    size = fields.Integer()


class LinkOut(ma.Schema):
    """What a client sees behind a link; `usable` says whether it still acts."""

    purpose = fields.String()
    number = fields.String()
    unit = fields.String()
    state = fields.String()
    content = fields.String()
    request_type = fields.Integer(allow_none=True)
    promised_at = When(allow_none=True)
    result = fields.String(allow_none=True)
    result_at = When(allow_none=True, metadata={"description": "When it was handed over."})
    rating = fields.Integer(allow_none=True)
    reason = fields.String(
        allow_none=True, metadata={"description": "What the client said is not solved, until there is a new result."}
    )
    reason_at = When(allow_none=True)
    progress = fields.String(allow_none=True)
    progressed_at = When(allow_none=True)
    contact_name = fields.String()
    locale = fields.String()
    received_at = When()
    expires_at = When()
    answer_by = When(
        allow_none=True, metadata={"description": "When the client's answer is due; the link acts longer."}
    )
    attachments = fields.List(fields.Nested(OwnFileOut))
    usable = fields.Boolean()
    withdrawable = fields.Boolean()


# ---- examples, as integrators read them

_REQUESTER = {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam.le@example.com"], "phones": ["+84912345678"]}
TICKET = {
    "channel": "hotline",
    "topic": "question",
    "content": "Hỏi về thời gian hàng đến cảng Hải Phòng",
    "requester": _REQUESTER,
    "reference": "call-8812",
}
REQUEST = {**_REQUESTER, "unit": "hai-phong", "topic": "question", "content": "Hàng bao giờ đến cảng Hải Phòng?"}
CLASSIFY = {"request_type": 3, "promised_at": "2026-11-24T07:30:00Z"}
