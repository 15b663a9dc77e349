"""The cut: whatever crosses from one database into another, a copy never holds one half of it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.runtime import cut

CUTS = 40
NAMES = ("alpha", "beta")  # the first is copied first, whichever way the parcels travel


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=normal")  # as many commits as the disk allows: more chances to be wrong
    return connection


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in NAMES:
        with contextlib.closing(_connect(tmp_path / "data" / f"{name}.sqlite")) as made:
            made.execute("create table outgoing (id integer primary key, sent integer not null default 0)")
            made.execute("create table incoming (id integer primary key)")
    return tmp_path


@contextlib.contextmanager
def _parcels(home: Path, source: str, target: str) -> Iterator[None]:
    """Parcels travel without a pause: committed at the source, at the target, then marked sent at the source."""
    stop = threading.Event()

    def travel() -> None:
        with (
            contextlib.closing(_connect(home / "data" / f"{source}.sqlite")) as here,
            contextlib.closing(_connect(home / "data" / f"{target}.sqlite")) as there,
        ):
            while not stop.is_set():
                id = here.execute("insert into outgoing default values").lastrowid
                there.execute("insert into incoming values (?)", (id,))
                here.execute("update outgoing set sent = 1 where id = ?", (id,))

    thread = threading.Thread(target=travel)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _ids(path: Path, statement: str) -> set[int]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute(statement)}


@pytest.mark.parametrize(("source", "target"), [NAMES, NAMES[::-1]])
def test_a_cut_holds_no_half_of_what_crosses(home: Path, tmp_path: Path, source: str, target: str) -> None:
    seen = 0
    with _parcels(home, source, target):
        for number in range(CUTS):
            copies = {name: tmp_path / f"{name}-{number}" for name in NAMES}
            with cut.taken(home) as moment:
                for name, copy in copies.items():
                    moment.copy(name, copy)
            known = _ids(copies[source], "select id from outgoing")
            sent = _ids(copies[source], "select id from outgoing where sent")
            arrived = _ids(copies[target], "select id from incoming")
            assert sent <= arrived, "marked sent, but it never arrived: lost"
            assert arrived <= known, "arrived, but nobody sent it"
            seen = len(known)
    assert seen > CUTS


def test_writers_go_on_while_the_copies_are_made(home: Path) -> None:
    path = home / "data" / "alpha.sqlite"
    with cut.taken(home) as moment, contextlib.closing(_connect(path)) as writer:
        writer.execute("insert into outgoing default values")
        moment.copy("alpha", home / "copy")
    assert _ids(home / "copy", "select id from outgoing") == set()
    assert _ids(path, "select id from outgoing") == {1}


def test_the_files_of_a_cut_are_those_of_its_instant(home: Path) -> None:
    (home / "mail").mkdir()
    (home / "mail" / "one.eml").write_text("1")
    with cut.taken(home) as moment:
        (home / "mail" / "two.eml").write_text("2")
        assert [path.name for path in moment.files if path.suffix == ".eml"] == ["one.eml"]


def test_a_home_that_is_never_left_alone_is_given_up_and_its_writers_are_not_held(home: Path) -> None:
    with contextlib.closing(_connect(home / "data" / "beta.sqlite")) as holder:
        holder.execute("begin immediate")
        with pytest.raises(cut.TooBusy), cut.taken(home, lock_s=0.05, give_up_s=0.2):
            pass
        with contextlib.closing(_connect(home / "data" / "alpha.sqlite")) as writer:
            writer.execute("insert into outgoing default values")
