"""Ends of runs that could not be written down: the database was away when the task was done.

They are kept in this process and written before anything else is run. Only when the process ends meanwhile are they
lost; then the lease runs out and the task, which is safe to be run again, is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shared.kernel import errors
from shared.store import engine

log = structlog.get_logger(__name__)


class Book:
    """What is owed to which database. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._owed: list[tuple[engine.Database, Callable[[], None]]] = []

    def write(self, database: engine.Database, end: Callable[[], None]) -> None:
        """Have the end written, now or as soon as it can be. Raises `errors.DatabaseAway` when it is owed."""
        try:
            end()
        except errors.DatabaseAway:
            with self._guard:
                self._owed.append((database, end))
            raise

    def settle(self, database: engine.Database) -> None:
        """Write what is owed to the database. Raises `errors.DatabaseAway`."""
        if not self._owed:
            return
        with self._guard:
            mine = [end for of, end in self._owed if of is database]
            self._owed = [(of, end) for of, end in self._owed if of is not database]
        for number, end in enumerate(mine):
            try:
                end()
            except errors.DatabaseAway:
                with self._guard:
                    self._owed += [(database, each) for each in mine[number:]]
                raise
            except Exception:
                log.exception("end_not_written", service=database.service)  # its lease runs out
