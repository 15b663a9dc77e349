"""One moment of a whole embedded home: every database as it stood at the same instant, while the system goes on.

Events travel from one service's database into another's, so databases copied one after the other would not fit: an
event marked sent that never arrived is lost, one that arrived from a state that was not copied comes from nowhere. The
cut therefore holds every database's write lock at once, which nothing in Steward does, pins a reading snapshot of each,
and lets go: milliseconds for the writers. What is copied is what a power failure at that instant would have left, and
that is a state the system is made to go on from: nothing lost, nothing twice.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.kernel import errors
from shared.runtime import home as homes

LOCK_S = 2.0  # how long the locks already held wait for the next one, before all are given back
GIVE_UP_S = 30.0
POLL_S = 0.002  # SQLite's own waiting backs off to 100 ms and starves under load
PAUSE_S = 0.05  # between two tries for all the locks


class TooBusy(errors.Transient):
    """The databases of {home} were written to without a pause for {seconds} s. Nothing was copied; try again."""

    code = "too-busy"


class Corrupt(errors.Refused):
    """The database {name} is damaged ({why}). No backup was made; keep the home as it is and restore an earlier one."""

    code = "database-damaged"


@contextlib.contextmanager
def taken(home: Path, *, lock_s: float = LOCK_S, give_up_s: float = GIVE_UP_S) -> Iterator[Moment]:
    """The cut, held for as long as the block runs. Raises `TooBusy`, `Corrupt`, `sqlite3.Error`."""
    databases = sorted((home / "data").glob("*.sqlite"))
    moment = Moment(home)
    try:
        _cut(home, databases, moment, lock_s=lock_s, give_up_s=give_up_s)
        yield moment
    finally:
        moment.close()


class Moment:
    """Reading snapshots of every database by name, and the other files that were there."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._readers: dict[str, sqlite3.Connection] = {}
        self.files: list[Path] = []

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases' names: those of their services."""
        return tuple(self._readers)

    def pin(self, path: Path) -> None:
        """Fix what this reader sees."""
        reader = _connect(path)
        self._readers[path.stem] = reader
        with _whole(path.stem):
            reader.execute("begin")
            reader.execute("select count(*) from sqlite_master").fetchone()  # it sees nothing before it reads

    def copy(self, name: str, target: Path) -> None:
        """Write one database into a new file, and check that it is whole. Raises `Corrupt`, `sqlite3.Error`."""
        with _whole(name), contextlib.closing(sqlite3.connect(target)) as copy:
            self._readers[name].backup(copy)
        with _whole(name), contextlib.closing(sqlite3.connect(target)) as copy:
            if (said := copy.execute("pragma quick_check").fetchone()) != ("ok",):
                raise Corrupt(name=name, why=said[0] if said else "no answer")

    def close(self) -> None:
        """Let go of the snapshots."""
        for reader in self._readers.values():
            reader.close()


@contextlib.contextmanager
def _whole(name: str) -> Iterator[None]:
    """What SQLite finds damaged is the database's fact, not the disk's that is written to. Raises `Corrupt`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise Corrupt(name=name, why=str(error)) from error
        raise


def _cut(home: Path, databases: Sequence[Path], moment: Moment, *, lock_s: float, give_up_s: float) -> None:
    deadline = time.monotonic() + give_up_s
    while True:
        writers: list[sqlite3.Connection] = []
        try:
            if all(_locked(path, writers, within_s=lock_s) for path in databases):
                for path in databases:
                    moment.pin(path)
                moment.files = sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
                return
        finally:
            for writer in writers:
                writer.close()  # nothing was written: gives the lock back
        if time.monotonic() > deadline:
            raise TooBusy(home=home, seconds=round(give_up_s))
        time.sleep(PAUSE_S)


def _locked(path: Path, writers: list[sqlite3.Connection], *, within_s: float) -> bool:
    """Take one database's write lock in time."""
    writer = _connect(path)
    writers.append(writer)
    deadline = time.monotonic() + within_s
    while True:
        try:
            with _whole(path.stem):
                writer.execute("begin immediate")
            return True
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise homes.HomeNotWritable(home=path.parent.parent, why=str(error)) from error
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None)
