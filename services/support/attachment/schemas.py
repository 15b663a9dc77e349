"""What the API of files gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from shared.envelope.fields import Text, When

MAX_TOKEN = 100
MOST_TOKENS = 50  # more than any setting allows at once


class UploadOut(ma.Schema):
    """A file that was taken; give `token` within the hour to what it belongs to."""

    token = fields.String()
    name = fields.String(metadata={"description": "As it is kept: cleaned, and with an ending that fits its content."})
    type = fields.String(metadata={"description": "By its content, whatever the sender said."})
    size = fields.Integer(metadata={"description": "Bytes."})
    hash = fields.String(metadata={"description": "SHA-256 of the content."})
    expires_at = When(metadata={"description": "Until when it may be attached."})


class AttachmentOut(ma.Schema):
    """A file that is attached to something; `by` is the actor who sent it."""

    id = fields.String()
    name = fields.String()
    type = fields.String()
    size = fields.Integer()
    hash = fields.String()
    by = fields.String()
    at = When()
    attached_by = fields.String()
    attached_at = When()


class TokensIn(fields.List):
    """Tokens of uploads, each to be attached once."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(Text(most=MAX_TOKEN), validate=validate.Length(max=MOST_TOKENS), **kwargs)  # type: ignore[arg-type]
