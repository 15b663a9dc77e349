"""What a failure may show of itself and of the work it tells of: everything but secrets and personal data."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from shared.runtime import redaction
from shared.store import tables


def of(connection: sa.Connection, service: str, row: sa.Row[Any]) -> dict[str, Any]:
    """The story with its error text and payload masked, and the state of its work."""
    facts = {"service": service, **{n: v for n, v in row._mapping.items() if n not in ("raw", "headers", "error")}}
    facts["headers"] = redaction.payload(row.headers)
    facts["payload"] = _payload(connection, row)
    facts["error"] = redaction.text(row.error)
    return facts


def _payload(connection: sa.Connection, row: sa.Row[Any]) -> Any:
    if row.kind == "event":
        i = tables.inbox.c
        found = connection.execute(sa.select(i.body).where(i.seq == int(row.ref))).scalar_one_or_none()
        return None if found is None else message(bytes(found))
    if row.kind == "task":
        t = tables.task.c
        args = connection.execute(sa.select(t.args).where(t.id == row.ref)).scalar_one_or_none()
        return redaction.payload(args)
    return None if row.raw is None else message(bytes(row.raw))


def message(body: bytes) -> Any:
    """A message's JSON, masked; what is no JSON is not shown, only its size."""
    try:
        return redaction.payload(json.loads(body))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are not JSON"
