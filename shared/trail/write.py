"""Writing to the trail, inside the transaction of what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.kernel import moment
from shared.store import types
from shared.store.work import Work
from shared.trail import chain, seal, tables


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `facts` hold no personal text; that goes into `private`, sealed for `person`."""

    kind: str
    """Of the object: `support.ticket`."""
    id: str
    what: str
    """The verb, decision, message or clock step: `classify`, `clock.reached`, `message.sent`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    party: str | None = None
    person: str | None = None
    private: str | None = None


def append(work: Work, *entries: Entry) -> None:
    """Write entries in order, together with the others of this transaction right before its commit.

    Appends to one object wait for each other, so that its chain has no fork.
    """
    if _COLLECTED not in work.collected:
        work.collected[_COLLECTED] = []
        work.before_commit(lambda: _write(work))
    work.collected[_COLLECTED] += [(entry, work.actor, work.on_behalf_of) for entry in entries]


def _write(work: Work) -> None:
    """All entries of the transaction: the heads locked in the order of their ids, so that two transactions cannot wait
    for each other in a circle."""
    found: list[tuple[Entry, str, str | None]] = work.collected.pop(_COLLECTED)
    heads = {each.object_id: (each.length, bytes(each.head)) for each in _take(work, [entry for entry, _, _ in found])}
    rows: list[dict[str, Any]] = []
    for entry, actor, on_behalf_of in found:
        length, before = heads[entry.id]
        row = _row(work, entry, actor, on_behalf_of, length + 1, before)
        heads[entry.id] = (length + 1, row["hash"])
        rows.append(row)
    work.execute(tables.entry.insert(), rows)
    work.execute(
        _MOVE,
        [
            {"id": id, "new_length": length, "new_head": head, "at": work.now}
            for id, (length, head) in sorted(heads.items())
        ],
    )


def _row(work: Work, entry: Entry, actor: str, on_behalf_of: str | None, number: int, before: bytes) -> dict[str, Any]:
    sealed = _seal(work, entry, number)
    body = chain.encode(
        {
            "kind": entry.kind,
            "id": entry.id,
            "number": number,
            "at": moment.text(work.now),
            "what": entry.what,
            "actor": actor,
            "on_behalf_of": on_behalf_of,
            "trace": work.trace,
            "party": entry.party,
            "facts": dict(entry.facts),
            "sealed": chain.digest(sealed) if sealed is not None else None,
        }
    )
    return {
        "object_kind": entry.kind,
        "object_id": entry.id,
        "number": number,
        "at": work.now,
        "party": entry.party,
        "body": body,
        "hash": chain.link(before, body),
        "sealed": sealed,
        "sealed_for": entry.person if sealed is not None else None,
    }


def about(object_id: str, number: int) -> str:
    """What a sealed text is bound to."""
    return f"{object_id} {number}"


def _seal(work: Work, entry: Entry, number: int) -> bytes | None:
    if entry.private is None or entry.person is None:
        return None
    return seal.seal(work, entry.person, entry.private, about=about(entry.id, number))


def _take(work: Work, entries: Sequence[Entry]) -> Sequence[sa.Row[Any]]:
    """The heads of the chains, locked; a new chain for an object that has none.

    A chain that was inserted here is locked by that; only one that somebody else began just now is read again.
    """
    kinds = {entry.id: entry.kind for entry in entries}
    wanted = {"objects": sorted(kinds)}
    found = work.execute(_HEADS[work.dialect], wanted).all()
    if missing := sorted(kinds.keys() - {row.object_id for row in found}):
        made = _begin(work, {id: kinds[id] for id in missing})
        found = [*found, *made] if len(made) == len(missing) else work.execute(_HEADS[work.dialect], wanted).all()
    return found


def _begin(work: Work, kinds: Mapping[str, str]) -> Sequence[sa.Row[Any]]:
    """New chains, in the order given; those that somebody else has begun meanwhile are left out."""
    if work.dialect == "postgresql":  # all as two arrays: a VALUES of hundreds of rows costs the driver too much
        return work.execute(_NEW_ARRAY, {"ids": list(kinds), "kinds": list(kinds.values()), "now": work.now}).all()
    empty = {"length": 0, "head": chain.START, "changed_at": work.now, "dirty": True}
    return work.execute(
        _NEW_EACH, [{"object_id": id, "object_kind": kind, **empty} for id, kind in kinds.items()]
    ).all()


_COLLECTED = "trail"
_h = tables.chain.c
_COLUMNS = (_h.object_id, _h.length, _h.head)
_HEADS = {
    dialect: sa.select(*_COLUMNS)
    .where(types.among_bound(_h.object_id, "objects", dialect))
    .order_by(_h.object_id)
    .with_for_update()
    for dialect in ("postgresql", "sqlite")
}
_NEW_EACH = sqlite.insert(tables.chain).on_conflict_do_nothing().returning(*_COLUMNS)
_NEW_ARRAY = (
    postgresql.insert(tables.chain)
    .from_select(
        ["object_id", "object_kind", "length", "head", "changed_at", "dirty"],
        sa.select(
            sa.func.unnest(sa.bindparam("ids", type_=postgresql.ARRAY(sa.String))),
            sa.func.unnest(sa.bindparam("kinds", type_=postgresql.ARRAY(sa.String))),
            sa.literal(0),
            sa.literal(chain.START, sa.LargeBinary),
            sa.bindparam("now", type_=types.Moment()),
            sa.true(),
        ),
    )
    .on_conflict_do_nothing()
    .returning(*_COLUMNS)
)
_MOVE = (
    tables.chain.update()
    .where(_h.object_id == sa.bindparam("id"))
    .values(
        length=sa.bindparam("new_length"), head=sa.bindparam("new_head"), changed_at=sa.bindparam("at"), dirty=sa.true()
    )
)
