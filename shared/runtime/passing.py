"""Events as they pass through the databases: the outboxes they leave from, or the inboxes they arrive in.

Rows become visible in the order of their commits, not of their numbers; so a watcher looks back over the last numbers
each time and remembers which it has shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from shared.store import engine, tables

LOOK_BACK = 1_000  # numbers below the highest seen that may still appear; transactions are short
BATCH = 2_000


@dataclass
class Watch:
    """One service's outbox or inbox. `types` are patterns with * and ?; none means all.

    `after` is the last number that is not to be shown.
    """

    database: engine.Database
    inbox: bool = False
    types: tuple[str, ...] = ()
    after: int = 0
    _seen: set[int] = field(default_factory=set)

    def begin(self, last: int) -> None:
        """Start `last` events before the newest."""
        table, events = self._what()
        with self.database.reading() as connection:
            newest = connection.execute(
                sa.select(table.c.seq).where(events).order_by(table.c.seq.desc()).limit(last + 1)
            ).scalars()
            found = list(newest)
        self.after = found[-1] if len(found) > last else 0
        self._seen = set()

    def fresh(self) -> Iterator[tuple[int, bytes]]:
        """What has appeared since the last call, by number. Raises `errors.DatabaseAway`."""
        table, events = self._what()
        highest = max(self._seen, default=self.after)
        low = max(self.after, highest - LOOK_BACK)
        statement = sa.select(table.c.seq, table.c.body).where(events, table.c.seq > low)
        with self.database.reading() as connection:
            rows = connection.execute(statement.order_by(table.c.seq).limit(BATCH)).all()
        for row in rows:
            if row.seq not in self._seen:
                self._seen.add(row.seq)
                yield row.seq, bytes(row.body)
        highest = max(self._seen, default=self.after)
        self._seen = {seq for seq in self._seen if seq > highest - LOOK_BACK}

    def _what(self) -> tuple[sa.Table, sa.ColumnElement[bool]]:
        table = tables.inbox if self.inbox else tables.outbox
        named = table.c.type if self.inbox else table.c.routing_key
        ours = sa.true() if self.inbox else table.c.kind == "event"
        if self.types:
            ours = sa.and_(ours, sa.or_(*(named.like(_like(pattern), escape="\\") for pattern in self.types)))
        return table, ours


def _like(pattern: str) -> str:
    for special in ("\\", "%", "_"):
        pattern = pattern.replace(special, f"\\{special}")
    return pattern.replace("*", "%").replace("?", "_")


def fits(type_: str, types: tuple[str, ...]) -> bool:
    """Whether a type fits one of the patterns (or there are none)."""
    return not types or any(re.fullmatch(_expression(pattern), type_) for pattern in types)


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
