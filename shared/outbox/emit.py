"""Writing to the outbox, inside the transaction that makes the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.envelope import catalogue, cloudevent
from shared.kernel import ids
from shared.store import tables, work


def emit(unit: work.Work, kind: catalogue.EventType, subject: str, data: dict[str, Any]) -> cloudevent.Event:
    """Say that something happened to `subject`; published after the commit, in order per subject.

    The event takes the next sequence of its subject. Raises `catalogue.InvalidData` when the data does not fit the
    published schema, `cloudevent.Unreadable` when no reader would take it (NUL, half a surrogate pair), and
    `cloudevent.TooLarge` over 1 MiB: then nothing was written.
    """
    event = _event(unit, kind, subject, catalogue.dump(kind, data), _next_sequence(unit, subject))
    try:
        body = cloudevent.write(event)
    except (cloudevent.TooLarge, cloudevent.Unreadable):
        _give_back(unit, subject)
        raise
    _put(unit, kind="event", message_id=event.id, routing_key=kind.name, subject=subject, body=body)
    return event


def emit_many(unit: work.Work, kind: catalogue.EventType, of: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """`emit` for many subjects, each named once, with one statement for all their sequences.

    The data is as it goes out, moments as text. One piece of code made them all, so only the first is checked against
    the schema: that costs more than all the rest. Raises as `emit`; the transaction is not to be committed then.
    """
    for _, data in of[:1]:
        catalogue.check(kind, data)
    sequences = _next_sequences(unit, [subject for subject, _ in of])
    for subject, data in of:
        event = _event(unit, kind, subject, data, sequences[subject])
        body = cloudevent.write(event)
        _put(unit, kind="event", message_id=event.id, routing_key=kind.name, subject=subject, body=body)


def _event(
    unit: work.Work, kind: catalogue.EventType, subject: str, fit: dict[str, Any], sequence: int
) -> cloudevent.Event:
    return cloudevent.Event(
        id=ids.new(),
        source="/steward/" + kind.name.partition(".")[0],  # what the routing key starts with, too
        type=kind.name,
        subject=subject,
        time=unit.now,
        data=fit,
        sequence=sequence,
        version=kind.version,
        traceparent=unit.trace,
        actor=unit.actor,
        onbehalfof=unit.on_behalf_of,
    )


def hint(unit: work.Work, *, queue: str, task_id: str, body: bytes) -> None:
    """Have a task worker told that a task row waits; sent if and only if the transaction commits."""
    _put(unit, kind="task", message_id=ids.new(), routing_key=queue, subject=task_id, body=body)


def _put(unit: work.Work, **row: Any) -> None:
    if not unit.outgoing:
        unit.before_commit(lambda: _write(unit))
        unit.wake("outbox")
    unit.outgoing.append({**row, "created_at": unit.now})


def _write(unit: work.Work) -> None:
    rows, unit.outgoing = unit.outgoing, []
    work.insert(unit, tables.outbox, rows)


def _upsert(insert: Any) -> Any:
    statement = insert(tables.stream).values(sequence=1)
    return statement.on_conflict_do_update(
        index_elements=["subject"], set_={"sequence": tables.stream.c.sequence + 1}
    ).returning(tables.stream.c.sequence)


_UPSERT = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}


def _upsert_many() -> Any:
    """PostgreSQL takes all subjects as one array: a VALUES of hundreds of rows costs the driver too much."""
    subjects = sa.func.unnest(sa.bindparam("subjects", type_=postgresql.ARRAY(sa.String)))
    s = tables.stream.c
    statement = postgresql.insert(tables.stream).from_select(
        ["subject", "sequence"], sa.select(subjects, sa.literal(1))
    )
    counted = statement.on_conflict_do_update(index_elements=["subject"], set_={"sequence": s.sequence + 1})
    return counted.returning(s.sequence, s.subject)


_UPSERT_ARRAY = _upsert_many()
_UPSERT_EACH = _UPSERT["sqlite"].returning(tables.stream.c.subject)


def _next_sequence(unit: work.Work, subject: str) -> int:
    """Counts up under the row's lock, so that the sequence has no gaps and follows the order of the commits."""
    return unit.execute(_UPSERT[unit.dialect], {"subject": subject}).scalar_one()


def _next_sequences(unit: work.Work, subjects: Sequence[str]) -> dict[str, int]:
    """The same for many subjects; sorted, so that two transactions lock them in the same order."""
    if not subjects:
        return {}
    ordered = sorted(subjects)
    if unit.dialect == "postgresql":
        given = unit.execute(_UPSERT_ARRAY, {"subjects": ordered})
    else:
        given = unit.execute(_UPSERT_EACH, [{"subject": subject} for subject in ordered])
    return {row.subject: row.sequence for row in given}


def _give_back(unit: work.Work, subject: str) -> None:
    """Nobody else has seen the sequence: the row is ours until the commit."""
    s = tables.stream.c
    unit.execute(tables.stream.update().where(s.subject == subject).values(sequence=s.sequence - 1))
