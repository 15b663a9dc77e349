"""What the lists and verbs of the directory's API have in common."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate


class Nothing(ma.Schema):
    """An empty object, or no body at all."""


class Paging(ma.Schema):
    """How much of a list, and from where."""

    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))
    cursor = fields.String()
