"""The read side of files."""

from __future__ import annotations

import sqlalchemy as sa

from services.support.attachment import model, tables
from shared.kernel import errors

MOST = 500  # files of one object that are listed

_a = tables.attachment.c


class NoSuchAttachment(errors.NotFound):
    """There is no such file, or none that you may know of."""

    code = "no-such-attachment"


def of_object(connection: sa.Connection, id: str) -> list[model.Upload]:
    """What is attached to an object, oldest first."""
    rows = connection.execute(
        sa.select(*tables.COLUMNS).where(_a.object_id == id).order_by(_a.seq).limit(MOST)
    ).mappings()
    return [tables.read(row) for row in rows]


def attached(connection: sa.Connection, id: str) -> model.Upload:
    """One file that is attached to something. Raises `NoSuchAttachment`."""
    statement = sa.select(*tables.COLUMNS).where(_a.id == id, _a.object_id.is_not(None))
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NoSuchAttachment
    return tables.read(row)
