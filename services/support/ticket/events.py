"""What the life of a ticket tells the world."""

from __future__ import annotations

from marshmallow import fields as ma
from marshmallow import validate

from services.support.ticket import model
from shared.envelope import catalogue
from shared.envelope.fields import LOCALES, Locale, Mail, Phone, Text, When


class Contact(catalogue.Writer):
    """How to reach the client, so that nobody has to ask support."""

    name = ma.String(required=True)
    locale = ma.String(required=True, validate=validate.OneOf(LOCALES))
    mails = ma.List(ma.String(), required=True)
    phones = ma.List(ma.String(), required=True)


class People(catalogue.Writer):
    """Staff ids by RACI letter, resolved by support."""

    responsible = ma.List(ma.String(), required=True)
    accountable = ma.List(ma.String(), required=True)
    consulted = ma.List(ma.String(), required=True)
    informed = ma.List(ma.String(), required=True)


def _says(description: str) -> dict[str, str]:
    return {"description": description}


class Thread(catalogue.Writer):
    """How a mail to the client about a ticket is answered, and which mail of theirs it answers."""

    reply_to = ma.String(
        required=True,
        allow_none=True,
        metadata={"secret": True, "description": "The address with the ticket's token; null where no mail is taken."},
    )
    in_reply_to = ma.String(
        required=True, allow_none=True, metadata=_says("The Message-ID of the client's newest mail about it.")
    )


class TicketData(Thread):
    """A ticket as it stood right after the event."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True, metadata=_says("What people call it."))
    version = ma.Integer(required=True, strict=True, metadata=_says("Counts the changes of the ticket."))
    unit = ma.String(required=True, metadata=_says("The code of the company or branch that it belongs to."))
    state = ma.String(required=True, validate=validate.OneOf(model.LIFECYCLE.states), metadata=catalogue.OPEN)
    channel = ma.String(required=True, validate=validate.OneOf(model.CHANNELS), metadata=catalogue.OPEN)
    topic = ma.String(required=True, validate=validate.OneOf(model.TOPICS), metadata=catalogue.OPEN)
    content = ma.String(required=True, metadata=_says("What the client asks, in their words."))
    people = ma.Nested(People, required=True)
    party = ma.String(required=True, allow_none=True, metadata=_says("The client's id; null until one is linked."))
    contact = ma.Nested(Contact, required=True)
    request_type = ma.Integer(required=True, allow_none=True, strict=True, validate=validate.Range(1, 6))
    promised_at = When(required=True, allow_none=True, metadata=_says("By when the client was promised a result."))
    method = ma.String(required=True, allow_none=True, metadata=_says("How it was handled; not for the client."))
    result = ma.String(required=True, allow_none=True, metadata=_says("What the client is told."))
    link = ma.String(
        required=True,
        allow_none=True,
        metadata={"secret": True, "description": "The token of a public link; masked wherever an event is shown."},
    )
    rating = ma.Integer(required=True, allow_none=True, strict=True, validate=validate.Range(1, 5))
    comment = ma.String(required=True, allow_none=True, metadata=_says("The client's, with the rating."))
    reason = ma.String(required=True, allow_none=True, metadata=_says("What the client says is not solved."))
    progress = ma.String(
        required=True, allow_none=True, metadata=_says("How far it is, for the client; only with `progressed`.")
    )
    asked_at = When(required=True, metadata=_says("When it reached the company; its clocks count from here."))
    closing_reason = ma.String(
        required=True,
        allow_none=True,
        metadata=_says("Why it was withdrawn, or closed without the client's answer, or closed as a duplicate."),
    )
    without_answer = ma.Boolean(
        required=True, metadata=_says("Whether it was closed though the client never answered the result.")
    )
    former_owner = ma.String(
        required=True, allow_none=True, metadata=_says("Who was responsible until this event gave it to somebody else.")
    )
    continues_under = ma.String(
        required=True,
        allow_none=True,
        metadata=_says("The number of the request that it is a duplicate of; only with `closed_as_duplicate`."),
    )
    playbook = ma.String(
        required=True, metadata=_says("The procedure that it was opened under and follows to its end.")
    )
    playbook_version = ma.String(required=True, metadata=_says("Which version of it."))


_EXAMPLE = {
    "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "number": "TCK-2026-000123",
    "version": 1,
    "unit": "hai-phong",
    "state": "received",
    "channel": "website",
    "topic": "question",
    "content": "Hỏi về thời gian hàng đến cảng Hải Phòng",
    "people": {
        "responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"],
        "accountable": [],
        "consulted": [],
        "informed": [],
    },
    "party": None,
    "contact": {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam.le@example.com"], "phones": ["+84912345678"]},
    "request_type": None,
    "promised_at": None,
    "method": None,
    "result": None,
    "link": "s8hT2kQ9mRw4vXy7nBp3cLd",
    "rating": None,
    "comment": None,
    "reason": None,
    "former_owner": None,
    "reply_to": "support+mfzg64tbmnuw63tfmnxxe3lbnq@example.com",
    "in_reply_to": None,
    "progress": None,
    "asked_at": "2026-11-24T06:25:00.000000Z",
    "closing_reason": None,
    "without_answer": False,
    "continues_under": None,
    "playbook": "vimc-support",
    "playbook_version": "2026-11-29",
}
_CLASSIFIED = {
    **_EXAMPLE,
    "version": 2,
    "state": "classified",
    "link": None,
    "request_type": 3,
    "promised_at": "2026-11-24T07:30:00.000000Z",
}
_ASSIGNED = {**_CLASSIFIED, "version": 3, "state": "assigned"}
_COMPLETED = {
    **_CLASSIFIED,
    "version": 3,
    "state": "completed",
    "method": "Truy cập TOS và trả lời",
    "result": "Hàng đến ngày 26/11/2026.",
}
_HANDED_OVER = {**_COMPLETED, "version": 4, "state": "handed_over", "link": "s8hT2kQ9mRw4vXy7nBp3cLd"}
_CONFIRMED = {**_COMPLETED, "version": 5, "state": "confirmed", "rating": 5, "comment": "Hài lòng"}
_REFUSED = {**_COMPLETED, "version": 5, "state": "reopened", "reason": "Vẫn chưa có giờ đến cụ thể."}


ASKED = "support.ticket.asked"
"""No event, a moment: when the client asked, where that was before somebody wrote it down. Clocks may begin with it."""


def _of(participle: str, summary: str, example: dict[str, object]) -> catalogue.EventType:
    return catalogue.EventType(f"support.ticket.{participle}", TicketData, summary, example)


RECEIVED = _of("received", "A client's request was recorded.", _EXAMPLE)
CLASSIFIED = _of("classified", "It has a type, and the client a promised time.", _CLASSIFIED)
COMPLETED = _of("completed", "The support is done.", _COMPLETED)
HANDED_OVER = _of("handed_over", "The result was handed over; the client is asked to confirm it.", _HANDED_OVER)
REMINDED = _of("reminded", "The client has not answered yet and is asked once more, with a new link.", _HANDED_OVER)
ASSIGNED = _of("assigned", "A person is responsible for it from now on.", _ASSIGNED)
PAUSED = _of("paused", "Somebody else is waited for; its clocks stand still.", {**_ASSIGNED, "state": "waiting"})
RESUMED = _of("resumed", "It goes on; its clocks are counted again.", _ASSIGNED)
ESCALATED = _of("escalated", "It went to the competent level, with a new deadline.", _ASSIGNED)
TAKEN_OVER = _of(
    "taken_over",
    "The lead took it, with a reason.",
    {**_ASSIGNED, "former_owner": "0193f1c2-0003-7c11-8a55-0f3d6e1b2c3d"},
)
CONFIRMED = _of("confirmed", "The client agrees and rated the support.", _CONFIRMED)
REFUSED = _of("refused", "The client says that it is not solved; the ticket is open again.", _REFUSED)
VERIFIED = _of(
    "verified",
    "Somebody checked what was taken down; `link` follows the ticket where the mail address was put right.",
    {**_EXAMPLE, "version": 2, "link": None},
)
RECLASSIFIED = _of(
    "reclassified",
    "It was classified wrongly and has another type, with another promised time.",
    {**_CLASSIFIED, "version": 4, "request_type": 2},
)
PROMISED = _of(
    "promised", "A person moved the promised time.", {**_ASSIGNED, "promised_at": "2026-11-25T02:00:00.000000Z"}
)
PROGRESSED = _of(
    "progressed",
    "The client is told how far it is.",
    {**_ASSIGNED, "progress": "Tàu đã rời cảng Singapore, dự kiến đến Hải Phòng sáng 26/11."},
)
SENT_BACK = _of(
    "sent_back", "The result is not good enough to be handed over.", {**_ASSIGNED, "result": "Đang kiểm tra."}
)
WITHDRAWN = _of(
    "withdrawn",
    "The client needs it no more.",
    {**_EXAMPLE, "version": 2, "state": "withdrawn", "link": None, "closing_reason": "Tôi đã tự tra cứu được."},
)
CLOSED_AS_DUPLICATE = _of(
    "closed_as_duplicate",
    "It is the same request as another and continues under that number.",
    {**_EXAMPLE, "version": 2, "state": "duplicate", "link": None, "continues_under": "TCK-2026-000120"},
)
TAKEN_UP_AGAIN = _of(
    "taken_up_again",
    "It is a request of its own after all, and begins again with its classification.",
    {**_EXAMPLE, "version": 3, "link": None},
)
LOGGED = _of("logged", "The record is written; the ticket is closed.", {**_CONFIRMED, "version": 6, "state": "logged"})


class SuggestionData(catalogue.Writer):
    """What a client suggested, as it was recorded."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True)
    unit = ma.String(required=True)
    people = ma.Nested(People, required=True)
    party = ma.String(required=True, allow_none=True)
    contact = ma.Nested(Contact, required=True)
    content = ma.String(required=True, metadata=_says("The suggestion, in the client's words."))
    topic = ma.String(required=True, validate=validate.OneOf(model.TOPICS), metadata=catalogue.OPEN)
    channel = ma.String(required=True, validate=validate.OneOf(model.CHANNELS), metadata=catalogue.OPEN)
    asked_at = When(required=True)


SUGGESTION = catalogue.EventType(
    "support.suggestion.recorded",
    SuggestionData,
    "A client's suggestion was recorded; care programmes may thank for it (S004-126).",
    {
        **{name: _EXAMPLE[name] for name in ("ticket_id", "number", "unit", "people", "party", "contact")},
        "content": "Nên có tin nhắn báo trước khi tàu cập cảng.",
        "topic": "suggestion",
        "channel": "website",
        "asked_at": "2026-11-24T06:25:00.000000Z",
    },
)


class RequesterIn(catalogue.Reader):
    """Who asks; a mail address or a phone number is needed to answer."""

    name = Text(most=model.MAX_NAME, required=True)
    locale = Locale(load_default="vi")
    mails = ma.List(Mail(), load_default=list, validate=validate.Length(max=5))
    phones = ma.List(Phone(), load_default=list, validate=validate.Length(max=5))


class RequestSubmitted(catalogue.Reader):
    """What another system says when a client asked it for something."""

    unit = Text(most=100, required=True)
    channel = ma.String(load_default="api", validate=validate.OneOf(model.CHANNELS))
    topic = ma.String(load_default="other", validate=validate.OneOf(model.TOPICS))
    content = Text(most=model.MAX_CONTENT, required=True)
    requester = ma.Nested(RequesterIn, required=True)
    reference = Text(most=200, load_default=None, allow_none=True)
    asked_at = When(
        load_default=None,
        allow_none=True,
        metadata={"description": "When the client asked, where that was earlier; promises count from then."},
    )


REQUEST_SUBMITTED = catalogue.EventType(
    name="request.submitted",
    schema=RequestSubmitted,
    summary="A client asked another system for something; support records it as a ticket.",
    example={
        "unit": "hai-phong",
        "channel": "chat",
        "topic": "question",
        "content": "我的货物什么时候到港?",
        "requester": {"name": "王小明", "locale": "zh", "mails": ["wang@example.com"], "phones": ["+8613800138000"]},
        "reference": "chat-8812",
    },
    inbound=True,
)


class GoodsRequestedData(catalogue.Writer):
    """Which goods are asked for, and for which ticket; the answer is `goods.status.reported` with the same three."""

    ticket_id = ma.String(required=True)
    number = ma.String(required=True)
    unit = ma.String(required=True)
    reference = ma.String(required=True, metadata=_says("A bill of lading, a container, an order."))


class GoodsNotedData(GoodsRequestedData):
    """What was answered."""

    people = ma.Nested(People, required=True)
    status = ma.String(required=True)
    place = ma.String(required=True, allow_none=True)
    at = When(required=True, metadata=_says("Since when the goods stand so."))


class GoodsStatusReported(catalogue.Reader):
    """What a system that knows the goods (TOS, WMS, TMS) answers when support asked."""

    ticket_id = Text(most=100, required=True)
    unit = Text(most=100, required=True)
    reference = Text(most=200, required=True)
    status = Text(most=1000, required=True)
    place = Text(most=200, load_default=None, allow_none=True)
    at = When(required=True)


_GOODS = {
    "ticket_id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    "number": "TCK-2026-000123",
    "unit": "hai-phong",
    "reference": "MAEU1234567",
}
_REPORTED = {"status": "Đã dỡ lên bãi", "place": "Cảng Hải Phòng", "at": "2026-11-24T05:10:00.000000Z"}
GOODS_REQUESTED = catalogue.EventType(
    "support.goods_status.requested",
    GoodsRequestedData,
    "Support asks a system that knows the goods how they stand.",
    _GOODS,
)
GOODS_NOTED = catalogue.EventType(
    "support.goods_status.noted",
    GoodsNotedData,
    "How the goods stand was answered and is kept with the ticket.",
    {**_GOODS, "people": _EXAMPLE["people"], **_REPORTED},
)
GOODS_REPORTED = catalogue.EventType(
    name="goods.status.reported",
    schema=GoodsStatusReported,
    summary="A system that knows the goods answers how they stand; support keeps it with the ticket that asked.",
    example={**{name: _GOODS[name] for name in ("ticket_id", "unit", "reference")}, **_REPORTED},
    inbound=True,
)

EVENTS = (
    RECEIVED,
    CLASSIFIED,
    ASSIGNED,
    PAUSED,
    RESUMED,
    ESCALATED,
    TAKEN_OVER,
    COMPLETED,
    HANDED_OVER,
    REMINDED,
    CONFIRMED,
    REFUSED,
    VERIFIED,
    RECLASSIFIED,
    PROMISED,
    PROGRESSED,
    SENT_BACK,
    WITHDRAWN,
    CLOSED_AS_DUPLICATE,
    TAKEN_UP_AGAIN,
    LOGGED,
    SUGGESTION,
    REQUEST_SUBMITTED,
    GOODS_REQUESTED,
    GOODS_NOTED,
    GOODS_REPORTED,
)
