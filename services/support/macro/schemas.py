"""What the API of prepared texts takes and gives."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.support.macro import model
from shared.envelope.fields import Text, When

TYPES = validate.Range(1, 99)


class TextsIn(ma.Schema):
    """The words by language, with the placeholders {name}, {number}, {promised} and {unit}; one language is enough."""

    vi = Text(most=model.MAX_TEXT, allow_none=True)
    zh = Text(most=model.MAX_TEXT, allow_none=True)
    en = Text(most=model.MAX_TEXT, allow_none=True)

    @ma.post_load
    def _written(self, facts: dict[str, Any], **_: Any) -> dict[str, str]:
        return {locale: words for locale, words in facts.items() if words is not None}


class ChangeMacroIn(ma.Schema):
    """What it is called and says from now on, and for which request type; without one, for every type."""

    title = Text(most=model.MAX_TITLE, required=True)
    text = fields.Nested(TextsIn, required=True)
    request_type = fields.Integer(strict=True, load_default=None, allow_none=True, validate=TYPES)


class MacroIn(ChangeMacroIn):
    """A new one; without a unit it is of the caller's own."""

    unit = Text(most=100, load_default=None, allow_none=True)


class MacrosIn(ma.Schema):
    """Which: those for a request type and for every type; of the caller's unit or another of theirs."""

    request_type = fields.Integer(data_key="type", validate=TYPES)
    unit = Text(most=100)
    removed = fields.Boolean(load_default=False, metadata={"description": "Also what was removed."})


class MacroOut(ma.Schema):
    """A prepared text of a unit."""

    id = fields.String()
    version = fields.Integer()
    unit = fields.String()
    title = fields.String()
    text = fields.Dict(keys=fields.String(validate=validate.OneOf(model.LOCALES)), values=fields.String())
    request_type = fields.Integer(allow_none=True)
    state = fields.String(validate=validate.OneOf(model.LIFECYCLE.states))
    created_at = When()
    created_by = fields.String()
    changed_at = When()
    changed_by = fields.String()
    possible = fields.List(fields.String())


class FilledOut(ma.Schema):
    """A prepared text as it would be sent for one ticket."""

    id = fields.String()
    title = fields.String()
    unit = fields.String()
    request_type = fields.Integer(allow_none=True)
    locale = fields.String(metadata={"description": "The language that it is in."})
    wanted = fields.String(metadata={"description": "The client's language."})
    fallback = fields.Boolean(metadata={"description": "It is not written in the client's language."})
    text = fields.String()
    missing = fields.List(
        fields.String(validate=validate.OneOf(model.PLACEHOLDERS)),
        metadata={"description": "Placeholders that nothing is known for yet; the text has … there."},
    )


MACRO = {
    "title": "Báo đã nhận hồ sơ",
    "text": {
        "vi": "Kính gửi {name}, chúng tôi đã nhận yêu cầu {number} và sẽ trả lời trước {promised}. {unit}",
        "zh": "尊敬的{name}，您的请求 {number} 已收到，我们将在{promised}前答复。{unit}",
    },
    "request_type": 3,
}
