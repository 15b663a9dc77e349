"""A connection that a loop keeps, with the lock that makes the loop the only active one of its kind.

Invariant: whoever lost the connection lost the lock, and writes nothing more through it. SQLAlchemy would quietly put a
new connection in the place of a broken one, and the loop would go on without its lock: that is refused here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from shared.kernel import errors
from shared.store import engine, locks, work


class Held:
    """One loop's place in its database. Not thread-safe: the loop owns it; copies stand by."""

    def __init__(self, database: engine.Database, name: str) -> None:
        self._database, self._name = database, name
        self._connection: sa.Connection | None = None

    def take(self) -> bool:
        """Have the lock, or try to get it; False when another has it. Raises `errors.DatabaseAway`."""
        if self._connection is not None:
            return True
        connection = self._database.connect()
        try:
            with engine.facts_of_drivers():
                taken = locks.take(connection, self._name)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if not taken:
            connection.close()
            return False
        self._connection = connection
        return True

    def rows(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[sa.Row[Any]]:
        """Read in a transaction of its own. Raises `errors.DatabaseAway`."""
        connection = self._unbroken()
        with engine.facts_of_drivers():
            reader = connection.execution_options(steward_reading=True)
            try:
                with reader.begin():
                    return reader.execute(statement, parameters).all()
            finally:
                connection.execution_options(steward_reading=False)

    @contextlib.contextmanager
    def work(self, **arguments: Any) -> Iterator[work.Work]:
        """One writing transaction under the lock; as `engine.Database.work`. Raises `errors.DatabaseAway`."""
        with self._database.work(connection=self._unbroken(), **arguments) as unit:
            yield unit

    def _unbroken(self) -> sa.Connection:
        connection = self._connection
        if connection is None or connection.closed or connection.invalidated:
            raise errors.DatabaseAway
        return connection

    def release(self) -> None:
        """Let a copy that stands by take over at once."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            locks.give_back(connection, self._name)
        except sa.exc.SQLAlchemyError:  # pyright: ignore[reportAttributeAccessIssue]
            connection.invalidate()  # closes it, and with it goes the lock
        finally:
            connection.close()
