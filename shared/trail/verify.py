"""Is the trail whole? Finds a changed, removed, added or cut-off entry, and says which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.kernel import moment
from shared.trail import chain, checkpoint, tables

_e, _h = tables.entry.c, tables.chain.c
_COLUMNS = (_e.object_kind, _e.object_id, _e.number, _e.at, _e.party, _e.body, _e.hash, _e.sealed)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one object's trail: `number` is the entry, `what` a sentence."""

    object_id: str
    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """How much was looked at, and what was found."""

    objects: int
    entries: int
    checkpoints: int
    findings: tuple[Finding, ...]


def verify(connection: sa.Connection, path: Path | None, *, object_id: str | None = None) -> Report:
    """Look at every entry (or those of one object) and, with `path`, at the checkpoints in the second place."""
    statement = sa.select(*_COLUMNS).order_by(_e.object_id, _e.number)
    heads = sa.select(_h.object_id, _h.length, _h.head)
    if object_id is not None:
        statement = statement.where(_e.object_id == object_id)
        heads = heads.where(_h.object_id == object_id)
    wanted = {row.object_id: (row.length, bytes(row.head)) for row in connection.execute(heads)}
    promised, of_file = _promised(path, object_id)
    findings: list[Finding] = list(of_file)
    entries = 0
    seen: dict[str, tuple[int, bytes]] = {}
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        entries += 1
        number, before = seen.get(row.object_id, (0, chain.START))
        body = bytes(row.body)
        if row.number != number + 1:
            findings.append(Finding(row.object_id, number + 1, f"entries {number + 1} to {row.number - 1} are missing"))
        elif chain.link(before, body) != bytes(row.hash):
            findings.append(Finding(row.object_id, row.number, "the entry was changed"))
        elif not _fits(body, row):
            findings.append(Finding(row.object_id, row.number, "the entry or its sealed text belongs elsewhere"))
        seen[row.object_id] = (row.number, bytes(row.hash))
        for count, head in promised.get(row.object_id, ()):
            if count == row.number and bytes(row.hash).hex() != head:
                findings.append(Finding(row.object_id, row.number, "the entry differs from its checkpoint"))
    findings += _ends(wanted, seen, promised)
    return Report(len(seen.keys() | wanted.keys()), entries, sum(map(len, promised.values())), tuple(findings))


def _fits(body: bytes, row: Any) -> bool:
    """Whether the columns, by which entries are found and ordered, say what the hashed bytes say."""
    said = chain.decode(body)
    beside = chain.digest(bytes(row.sealed)) if row.sealed is not None else None
    columns = (row.object_kind, row.object_id, row.number, moment.text(row.at), row.party, beside)
    return columns == tuple(said.get(name) for name in ("kind", "id", "number", "at", "party", "sealed"))


def _ends(
    wanted: dict[str, tuple[int, bytes]],
    seen: dict[str, tuple[int, bytes]],
    promised: dict[str, list[tuple[int, str]]],
) -> Iterator[Finding]:
    for object_id in sorted(wanted.keys() | seen.keys() | promised.keys()):
        number, head = seen.get(object_id, (0, chain.START))
        count, expected = wanted.get(object_id, (0, chain.START))
        most = max((each for each, _ in promised.get(object_id, ())), default=0)
        if most > number:
            yield Finding(object_id, number + 1, f"cut off: a checkpoint knows {most} entries, {number} are left")
        elif count > number:
            yield Finding(object_id, number + 1, f"cut off: the head knows {count} entries, {number} are left")
        elif count < number:
            yield Finding(object_id, count + 1, f"the head knows {count} entries, there are {number}")
        elif head != expected:
            yield Finding(object_id, number, "the last entry is not the head's")


def _promised(path: Path | None, object_id: str | None) -> tuple[dict[str, list[tuple[int, str]]], list[Finding]]:
    """Per object what the checkpoints say, and what is wrong with the checkpoints themselves."""
    found: dict[str, list[tuple[int, str]]] = {}
    wrong: list[Finding] = []
    before, number = chain.START.hex(), 0
    for line in checkpoint.lines(path) if path is not None else ():
        again = checkpoint.made(number=line.number, at=line.at, heads=line.heads, before=line.before)
        repeated = line.number == number  # a crash between file and commit repeats the number, once or more
        if (
            again.hash != line.hash
            or (line.before != before and not repeated)
            or line.number not in (number, number + 1)
        ):
            wrong.append(Finding("checkpoints", line.number, "the checkpoint was changed or one before it is missing"))
        before, number = line.hash, line.number
        for id, head in line.heads.items():
            if object_id is None or id == object_id:
                found.setdefault(id, []).append(head)
    return found, wrong
