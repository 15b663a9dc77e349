"""What the API of imports takes and gives."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.support.importing import model
from shared.envelope.fields import When
from shared.sheets import reading


class UploadIn(ma.Schema):
    """How to read the file, where the guess was wrong."""

    encoding = fields.String(validate=validate.OneOf(reading.ENCODINGS))


class ColumnsIn(ma.Schema):
    """Which column of the file (counted from 0) holds which column of the record."""

    columns = fields.Dict(
        keys=fields.String(validate=validate.OneOf(tuple(model.COLUMNS))),
        values=fields.Integer(strict=True, validate=validate.Range(0, reading.MOST_COLUMNS)),
        required=True,
    )


class ImportNothing(ma.Schema):
    """An empty object, or no body at all."""


class ImportOut(ma.Schema):
    """An import; `lines`, `bad` and `done` count its lines."""

    id = fields.String()
    version = fields.Integer()
    unit = fields.String()
    state = fields.String()
    possible = fields.List(fields.String())
    name = fields.String()
    encoding = fields.String(allow_none=True)
    headings = fields.List(fields.String())
    columns = fields.Dict(keys=fields.String(), values=fields.Integer())
    lines = fields.Integer()
    bad = fields.Integer()
    done = fields.Integer()
    made_by = fields.String()
    made_at = When()
    imported_at = When(allow_none=True)


class ImportsOut(ma.Schema):
    """The newest imports."""

    items = fields.List(fields.Nested(ImportOut))


class ImportLinesIn(ma.Schema):
    """Which lines: the bad ones, or all; `after` is the number of the last one seen."""

    bad = fields.Boolean(load_default=False)
    after = fields.Integer(load_default=0, validate=validate.Range(0, 10**9))
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))


class ImportLineOut(ma.Schema):
    """A line as it stands in the file, and by column what is wrong with it."""

    number = fields.Integer()
    cells = fields.List(fields.String())
    wrong = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    ticket_id = fields.String(allow_none=True)


class ImportLinesOut(ma.Schema):
    """One page; `next` is the number to go on after."""

    items = fields.List(fields.Nested(ImportLineOut))
    next = fields.Integer(allow_none=True)
