"""`Work`, the unit of work: one use case, one transaction, one actor, one moment.

State, events, task hints and trail of a use case are written through the same `Work`, so that they are committed
together. Whatever must be written last (events with their sequence) is registered with `before_commit`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.kernel import errors


@dataclass(slots=True)
class Work:
    """What a command is handed. `now` is fixed for the whole transaction; `actor` is `kind:id`."""

    connection: sa.Connection
    service: str
    now: datetime
    actor: str
    on_behalf_of: str | None
    trace: str
    topics: set[str] = field(default_factory=set)
    outgoing: list[dict[str, Any]] = field(default_factory=list)
    """Outbox rows of this transaction, in order; written by `outbox` right before the commit."""
    collected: dict[str, list[Any]] = field(default_factory=dict)
    """What a module gathers over the transaction, by its name, to write it in one go right before the commit."""
    _last: list[Callable[[], None]] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.connection.dialect.name

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run one statement in the transaction."""
        return self.connection.execute(statement, parameters)  # type: ignore[return-value]

    def before_commit(self, run: Callable[[], None]) -> None:
        """Have `run` called once, at the end of the block, in the same transaction."""
        self._last.append(run)

    def wake(self, topic: str) -> None:
        """After the commit, tell whoever listens to the topic."""
        self.topics.add(topic)

    def close(self) -> None:
        """Run what was registered for the end. Called by the database, right before the commit."""
        while self._last:
            pending, self._last = self._last, []
            for run in pending:
                run()


def insert(work: Work, table: sa.Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Insert one row or many."""
    if rows:
        work.execute(table.insert(), rows)


def update(work: Work, table: sa.Table, row: Mapping[str, Any], *, id: str, version: int) -> None:
    """Write a row that was read at `version`, and count the version up.

    Raises `errors.Stale` when somebody else wrote it since, so that no update is lost.
    """
    statement = (
        table.update()
        .where(table.c.id == id, table.c.version == version)
        .values(**{name: value for name, value in row.items() if name not in ("id", "version")}, version=version + 1)
    )
    if work.execute(statement).rowcount != 1:
        raise errors.Stale


def new_trace() -> str:
    """A W3C traceparent for work that nobody traced before."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
