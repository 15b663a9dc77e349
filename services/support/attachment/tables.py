"""The table of files that were taken, and an upload to and from its row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.support.attachment import model
from shared.store import types

METADATA = types.metadata("support")

attachment = sa.Table(
    "attachment",
    METADATA,
    sa.Column("seq", types.Serial, primary_key=True, autoincrement=True),  # the order in which they came
    sa.Column("id", types.Id, nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("declared", sa.String(200), nullable=False),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("at", types.Moment, nullable=False),
    sa.Column("token", sa.String(64), unique=True),  # hashed; what attaches it, until it is attached
    sa.Column("object_kind", sa.String(60)),
    sa.Column("object_id", types.Id),
    sa.Column("attached_by", sa.String(200)),
    sa.Column("attached_at", types.Moment),
)
sa.Index("ix_attachment_object", attachment.c.object_id, attachment.c.seq)
sa.Index("ix_attachment_hash", attachment.c.hash)
sa.Index("ix_attachment_at", attachment.c.at)

COLUMNS = tuple(attachment.c[field.name] for field in dataclasses.fields(model.Upload))


def read(row: Mapping[Any, Any]) -> model.Upload:
    """A row of `COLUMNS` as an upload."""
    return model.Upload(**row)
