"""Checkpoints: every five minutes the heads that changed are written to a second place, in a chain of their own.

A database whose rows were cut off at the end of a chain, its head moved along, still looks whole by itself; the file
says how long the chain was. A line is JSON: number, time, the heads that changed, the hash of the line before, and its
own. The file is only ever appended to, with fsync, and lies where whoever runs the database need not reach it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from shared.kernel import errors, moment
from shared.store import engine
from shared.trail import chain, tables

EVERY = timedelta(minutes=5)
HEADS = 5_000  # in one line

log = structlog.get_logger(__name__)
_h, _p = tables.chain.c, tables.checkpoint.c


class SecondPlaceAway(errors.Transient):
    """The second place of the trail cannot be written: {why}. No checkpoint was made."""

    code = "second-place-away"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One line of the file. `heads` maps object ids to (count, hash in hex)."""

    number: int
    at: str
    heads: dict[str, tuple[int, str]]
    before: str
    hash: str


class Checkpoints:
    """Writes one service's checkpoints. A loop owns it."""

    def __init__(self, database: engine.Database, folder: Path) -> None:
        self._database = database
        self.path = folder / f"{database.service}.checkpoints"
        self._last: datetime | None = None

    def step(self) -> bool:
        """Write a checkpoint when it is time and something changed. Raises `SecondPlaceAway`."""
        now = self._database.time.now()
        if self._last is not None and now - self._last < EVERY:
            return False
        more = write(self._database, self.path)
        if not more:
            self._last = now
        return more


def write(database: engine.Database, path: Path) -> bool:
    """Write the heads that stand in no checkpoint yet. True when there are more. Raises `SecondPlaceAway`.

    The file is written before the mark is committed: a crash in between repeats a line's heads, and loses none.
    """
    with database.work(actor=f"system:{database.service}") as unit:
        changed = sa.select(_h.object_id, _h.length, _h.head).where(_h.dirty).order_by(_h.object_id).limit(HEADS)
        rows = unit.execute(changed.with_for_update()).all()
        if not rows:
            return False
        last = unit.execute(sa.select(_p.number, _p.hash).order_by(_p.number.desc()).limit(1)).one_or_none()
        heads = {row.object_id: (row.length, bytes(row.head).hex()) for row in rows}
        line = made(
            number=(last.number if last else 0) + 1,
            at=moment.text(unit.now),
            heads=heads,
            before=bytes(last.hash).hex() if last else chain.START.hex(),
        )
        _append(path, line)
        row = {"number": line.number, "at": unit.now, "heads": len(heads), "hash": bytes.fromhex(line.hash)}
        unit.execute(tables.checkpoint.insert(), row)
        unit.execute(
            tables.chain.update().where(_h.object_id.in_([row.object_id for row in rows])).values(dirty=sa.false())
        )
    return len(rows) >= HEADS


def made(*, number: int, at: str, heads: dict[str, tuple[int, str]], before: str) -> Checkpoint:
    """A checkpoint with its hash."""
    body = {"number": number, "at": at, "heads": {id: list(head) for id, head in heads.items()}, "before": before}
    return Checkpoint(number, at, heads, before, chain.link(bytes.fromhex(before), chain.encode(body)).hex())


def lines(path: Path) -> Iterator[Checkpoint]:
    """Every checkpoint of the file, in order; a last line that was cut off by a crash is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                return
            read: dict[str, Any] = json.loads(line)
            heads = {id: (int(count), str(head)) for id, (count, head) in read["heads"].items()}
            yield Checkpoint(read["number"], read["at"], heads, read["before"], read["hash"])


def _append(path: Path, line: Checkpoint) -> None:
    heads = {id: list(head) for id, head in line.heads.items()}
    body = {"number": line.number, "at": line.at, "heads": heads, "before": line.before, "hash": line.hash}
    data = (json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _mend_end(handle)
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise SecondPlaceAway(why=error.strerror or str(error)) from error


def _mend_end(handle: int) -> None:
    """A crash in the middle of a line left its beginning: cut it off, it was never committed."""
    size = os.fstat(handle).st_size
    at = size
    while at > 0:
        block = os.pread(handle, min(65_536, at), max(0, at - 65_536))
        if (found := block.rfind(b"\n")) >= 0:
            at = max(0, at - 65_536) + found + 1
            break
        at = max(0, at - 65_536)
    if at < size:
        os.ftruncate(handle, at)
