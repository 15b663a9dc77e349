"""The tables of imports, and an import to and from its row."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.kernel import errors
from shared.store import types, work

METADATA = types.metadata("support")

record_import = sa.Table(
    "record_import",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("state", sa.String(30), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("encoding", sa.String(30)),
    sa.Column("headings", types.Json, nullable=False),
    sa.Column("mapping", types.Json, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("bad", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("made_by", sa.String(200), nullable=False),
    sa.Column("made_at", types.Moment, nullable=False),
    sa.Column("imported_at", types.Moment),
)
sa.Index("ix_record_import_unit", record_import.c.unit, record_import.c.made_at)

line = sa.Table(
    "record_import_line",
    METADATA,
    sa.Column("import_id", types.Id, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),  # of the line in the file
    sa.Column("cells", types.Json, nullable=False),
    sa.Column("wrong", types.Json),  # by column; null: good
    sa.Column("ticket_id", types.Id),  # null: not imported yet
    sa.Column("ticket_version", sa.Integer),
)

remembered = sa.Table(
    "record_import_column",
    METADATA,
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("heading", sa.String(200), primary_key=True),
    sa.Column("column", sa.String(40), nullable=False),
)


class NoSuchImport(errors.NotFound):
    """There is no such import, or none that you may know of."""

    code = "no-such-import"


@dataclass(frozen=True, slots=True)
class Import:
    """One file on its way into the record. `lines`, `bad` and `done` count its lines."""

    id: str
    version: int
    unit: str
    state: str
    name: str
    encoding: str | None
    headings: list[str]
    mapping: dict[str, int]
    lines: int
    bad: int
    done: int
    made_by: str
    made_at: datetime
    imported_at: datetime | None = None


def add(unit: work.Work, new: Import) -> None:
    """Insert an import."""
    work.insert(unit, record_import, dataclasses.asdict(new))


def load(connection: sa.Connection, id: str, *, lock: bool = False) -> Import:
    """The import; with `lock` no other transaction can change it meanwhile. Raises `NoSuchImport`."""
    statement = sa.select(record_import).where(record_import.c.id == id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NoSuchImport
    return Import(**row._mapping)


def save(unit: work.Work, changed: Import) -> Import:
    """Write an import that was loaded at its version. Raises `errors.Stale`."""
    facts: dict[str, Any] = dataclasses.asdict(changed)
    work.update(unit, record_import, facts, id=changed.id, version=changed.version)
    return dataclasses.replace(changed, version=changed.version + 1)
