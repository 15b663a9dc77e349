"""What a failure may show of itself and of the work it tells of: everything but secrets and personal data.

Personal data is shown to a person on call who has said why, and never without that being written down; secrets never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from shared.kernel import ids
from shared.runtime import redaction
from shared.store import tables, types

Masking = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """An object that a failure is about: `what` is the event's type, or the name of the task's argument."""

    what: str
    id: str


def of(connection: sa.Connection, service: str, row: sa.Row[Any], *, revealed: bool = False) -> dict[str, Any]:
    """The story with its error text and payload masked, and the state of its work; with `revealed` only secrets are."""
    mask, text = (redaction.secrets, redaction.secret_text) if revealed else (redaction.payload, redaction.text)
    facts = {"service": service, **{n: v for n, v in row._mapping.items() if n not in ("raw", "headers", "error")}}
    facts["headers"] = mask(row.headers)
    facts["payload"] = _payload(connection, row, mask)
    facts["error"] = text(row.error)
    return facts


def about(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[str, list[Reference]]:
    """What each failure is about, by the failure's id: an event's subject, or the ids that a task was given."""
    tasks = [row.ref for row in rows if row.kind == "task"]
    t = tables.task.c
    asked = sa.select(t.id, t.args).where(types.among(t.id, tasks, connection.dialect.name))
    args = {row.id: row.args for row in connection.execute(asked)} if tasks else {}
    found: dict[str, list[Reference]] = {}
    for row in rows:
        if row.kind == "task":
            given = args.get(row.ref) or {}
            found[row.id] = [Reference(name, each) for name, each in given.items() if _is_id(each)]
        else:
            found[row.id] = [Reference(row.name, row.subject)] if row.subject else []
    return found


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ids.is_id(value)


def _payload(connection: sa.Connection, row: sa.Row[Any], mask: Masking) -> Any:
    if row.kind == "event":
        i = tables.inbox.c
        found = connection.execute(sa.select(i.body).where(i.seq == int(row.ref))).scalar_one_or_none()
        return None if found is None else message(bytes(found), mask)
    if row.kind == "task":
        t = tables.task.c
        args = connection.execute(sa.select(t.args).where(t.id == row.ref)).scalar_one_or_none()
        return mask(args)
    return None if row.raw is None else message(bytes(row.raw), mask)


def message(body: bytes, mask: Masking = redaction.payload) -> Any:
    """A message's JSON, masked; what is no JSON is not shown, only its size."""
    try:
        return mask(json.loads(body))
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are not JSON"
