"""The trail on both databases: whoever changes, removes, adds or cuts off an entry is found, and the entry is named."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared import trail
from shared.store import engine
from shared.trail import chain, checkpoint, queries, seal, tables, verify

_e, _h = tables.entry.c, tables.chain.c
NAME = "Nguyễn Thị Ánh Đào · 张伟"


def write(database: engine.Database, object_id: str, *verbs: str, private: str | None = None) -> None:
    with database.work(actor="staff:1") as unit:
        for verb in verbs:
            entry = trail.Entry(
                "support.ticket",
                object_id,
                verb,
                {"state": verb, "đúng": "是"},
                party="party-1",
                person="party-1" if private else None,
                private=private,
            )
            trail.append(unit, entry)


def report(database: engine.Database, path: Path | None = None) -> verify.Report:
    with database.reading() as connection:
        return verify.verify(connection, path)


def findings(database: engine.Database, path: Path | None = None) -> list[tuple[str, int]]:
    return [(each.object_id, each.number) for each in report(database, path).findings]


def meddle(database: engine.Database, *statements: sa.Executable) -> None:
    """What somebody with the database's password can do."""
    with database.work() as unit:
        for statement in statements:
            unit.execute(statement)


def test_an_untouched_trail_is_whole_and_reads_in_order(database: engine.Database, tmp_path: Path) -> None:
    for object_id in ("a", "b"):
        write(database, object_id, "receive", "classify", "complete")
    checkpoint.write(database, tmp_path / "c")
    assert report(database, tmp_path / "c") == verify.Report(2, 6, 2, ())
    with database.reading() as connection:
        entries = queries.of_object(connection, "a")
    assert [(each["number"], each["what"], each["facts"]["đúng"]) for each in entries] == [
        (1, "receive", "是"),
        (2, "classify", "是"),
        (3, "complete", "是"),
    ]


def _changed(database: engine.Database) -> None:
    body = chain.encode({"id": "a", "number": 2, "what": "forged", "sealed": None})
    meddle(database, tables.entry.update().where(_e.object_id == "a", _e.number == 2).values(body=body))


def _rehashed(database: engine.Database) -> None:
    """A changed entry whose own hash was made to fit: the next one no longer does."""
    with database.work() as unit:
        first = unit.execute(sa.select(_e.hash).where(_e.object_id == "a", _e.number == 1)).scalar_one()
        body = chain.encode({"id": "a", "number": 2, "what": "forged", "sealed": None})
        where = (_e.object_id == "a", _e.number == 2)
        unit.execute(tables.entry.update().where(*where).values(body=body, hash=chain.link(bytes(first), body)))


def _removed(database: engine.Database) -> None:
    meddle(database, tables.entry.delete().where(_e.object_id == "a", _e.number == 2))


def _cut(database: engine.Database) -> None:
    meddle(database, tables.entry.delete().where(_e.object_id == "a", _e.number >= 3))


def _moved(database: engine.Database) -> None:
    meddle(
        database,
        tables.entry.update().where(_e.object_id == "a", _e.number == 4).values(object_id="c", number=1),
    )


def _hidden(database: engine.Database) -> None:
    """The hashed bytes stand; only the column by which a client's history is found says somebody else."""
    meddle(database, tables.entry.update().where(_e.object_id == "a", _e.number == 2).values(party="another"))


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (_changed, ("a", 2)),
        (_rehashed, ("a", 3)),
        (_removed, ("a", 2)),
        (_cut, ("a", 3)),
        (_moved, ("c", 1)),
        (_hidden, ("a", 2)),
    ],
    ids=["changed", "changed-and-rehashed", "removed", "cut-off", "moved-elsewhere", "hidden-from-its-client"],
)
def test_meddling_is_found_and_the_entry_named(
    database: engine.Database, attack: Callable[[engine.Database], None], found: tuple[str, int]
) -> None:
    write(database, "a", "receive", "classify", "complete", "hand_over")
    write(database, "b", "receive")
    attack(database)
    assert found in findings(database)
    assert all(object_id != "b" for object_id, _ in findings(database))


def test_a_tail_cut_off_with_its_head_moved_along_is_found_by_the_checkpoint(
    database: engine.Database, tmp_path: Path
) -> None:
    write(database, "a", "receive", "classify", "complete")
    checkpoint.write(database, tmp_path / "c")
    with database.work() as unit:
        head = unit.execute(sa.select(_e.hash).where(_e.object_id == "a", _e.number == 2)).scalar_one()
        unit.execute(tables.entry.delete().where(_e.object_id == "a", _e.number == 3))
        unit.execute(tables.chain.update().where(_h.object_id == "a").values(length=2, head=head))
    assert findings(database) == []
    (found,) = report(database, tmp_path / "c").findings
    assert (found.object_id, found.number) == ("a", 3)
    assert "3 entries, 2 are left" in found.what


def test_a_whole_object_that_was_removed_is_found_by_the_checkpoint(database: engine.Database, tmp_path: Path) -> None:
    write(database, "a", "receive")
    checkpoint.write(database, tmp_path / "c")
    meddle(database, tables.entry.delete(), tables.chain.delete())
    assert findings(database, tmp_path / "c") == [("a", 1)]


def test_a_rewritten_history_is_found_by_the_checkpoint(database: engine.Database, tmp_path: Path) -> None:
    write(database, "a", "receive", "classify")
    checkpoint.write(database, tmp_path / "c")
    meddle(database, tables.entry.delete(), tables.chain.delete())
    write(database, "a", "receive", "complete")
    assert findings(database) == []
    assert ("a", 2) in findings(database, tmp_path / "c")


def test_a_changed_or_missing_checkpoint_is_found(database: engine.Database, tmp_path: Path) -> None:
    path = tmp_path / "c"
    for verb in ("receive", "classify", "complete"):
        write(database, "a", verb)
        checkpoint.write(database, path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(lines[0] + lines[2], encoding="utf-8")
    assert ("checkpoints", 3) in findings(database, path)
    path.write_text(lines[0] + lines[1].replace('"at":"20', '"at":"19') + lines[2], encoding="utf-8")
    assert ("checkpoints", 2) in findings(database, path)


def test_a_crash_in_the_middle_of_a_checkpoint_leaves_a_file_that_goes_on(
    database: engine.Database, tmp_path: Path
) -> None:
    path = tmp_path / "c"
    write(database, "a", "receive")
    checkpoint.write(database, path)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"number":2,"at":"2026')  # killed while writing
    write(database, "a", "classify")
    checkpoint.write(database, path)
    assert [line.number for line in checkpoint.lines(path)] == [1, 2]
    assert findings(database, path) == []


def test_a_checkpoint_that_was_written_but_not_committed_is_repeated_and_not_a_finding(
    database: engine.Database, tmp_path: Path
) -> None:
    path = tmp_path / "c"
    write(database, "a", "receive")
    checkpoint.write(database, path)
    with database.work() as unit:  # the crash: the file has the line, the database does not know it
        unit.execute(tables.checkpoint.delete())
        unit.execute(tables.chain.update().values(dirty=True))
    write(database, "a", "classify")
    checkpoint.write(database, path)
    write(database, "a", "complete")
    checkpoint.write(database, path)
    assert [line.number for line in checkpoint.lines(path)] == [1, 1, 2]
    assert findings(database, path) == []


def test_nothing_changed_writes_no_checkpoint(database: engine.Database, tmp_path: Path) -> None:
    write(database, "a", "receive")
    checkpoint.write(database, tmp_path / "c")
    before = (tmp_path / "c").read_bytes()
    checkpoint.write(database, tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == before


def test_a_second_place_that_cannot_be_written_makes_no_checkpoint_and_says_so(
    database: engine.Database, tmp_path: Path
) -> None:
    write(database, "a", "receive")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(checkpoint.SecondPlaceAway):
        checkpoint.write(database, tmp_path / "file" / "c")
    checkpoint.write(database, tmp_path / "c")
    assert [line.number for line in checkpoint.lines(tmp_path / "c")] == [1]


def test_many_at_once_write_one_chain_without_a_fork(database: engine.Database) -> None:
    threads = [threading.Thread(target=write, args=(database, "a", "note", "note")) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    whole = report(database)
    assert (whole.entries, whole.findings) == (24, ())


def test_a_person_can_be_erased_and_the_chain_stays_whole(database: engine.Database, tmp_path: Path) -> None:
    write(database, "a", "receive", private=NAME)
    write(database, "a", "classify")
    checkpoint.write(database, tmp_path / "c")
    with database.reading() as connection:
        assert queries.of_object(connection, "a")[0]["text"] == NAME
    with database.work(actor="staff:1") as unit:
        assert seal.erase(unit, "party-1", reason="asked for by the client on 24 November")
    with database.reading() as connection:
        first = queries.of_object(connection, "a")[0]
    assert (first["text"], first["erased"], first["what"]) == (None, True, "receive")
    assert findings(database, tmp_path / "c") == []


def test_nothing_new_is_kept_of_somebody_who_was_erased(database: engine.Database) -> None:
    write(database, "a", "receive", private=NAME)
    with database.work(actor="staff:1") as unit:
        seal.erase(unit, "party-1", reason="asked for")
        assert not seal.erase(unit, "party-1", reason="asked for")
    write(database, "a", "note", private=NAME)
    with database.reading() as connection:
        assert connection.execute(sa.select(_e.sealed).where(_e.number == 2)).scalar() is None


def test_an_erasure_needs_a_reason(database: engine.Database) -> None:
    write(database, "a", "receive", private=NAME)
    with pytest.raises(seal.ReasonMissing), database.work(actor="staff:1") as unit:
        seal.erase(unit, "party-1", reason=" ")


def test_sealed_text_stands_nowhere_in_plain_and_cannot_be_moved_to_another_entry(
    database: engine.Database,
) -> None:
    write(database, "a", "receive", "note", private=NAME)
    with database.reading() as connection:
        rows = connection.execute(sa.select(_e.body, _e.sealed).order_by(_e.number)).all()
    assert all(NAME.encode() not in bytes(part) for row in rows for part in row)
    meddle(database, tables.entry.update().where(_e.number == 2).values(sealed=rows[0].sealed))
    assert findings(database) == [("a", 2)]
    with database.reading() as connection, pytest.raises(ValueError, match="changed"):
        queries.of_object(connection, "a")


def test_a_clients_trail_is_read_over_all_objects_newest_first(database: engine.Database) -> None:
    for object_id in ("a", "b"):
        write(database, object_id, "receive", "classify")
    with database.reading() as connection:
        newest = queries.of_party(connection, "party-1", limit=3)
        rest = queries.of_party(connection, "party-1", before=newest[-1]["seq"])
    assert [(each["id"], each["number"]) for each in newest + rest] == [("b", 2), ("b", 1), ("a", 2), ("a", 1)]


WORDS = st.text('aé字\n"', max_size=5)
FACTS = st.dictionaries(WORDS, WORDS | st.integers() | st.none() | st.lists(WORDS, max_size=3), max_size=4)


@given(FACTS)
def test_the_same_facts_are_always_the_same_bytes(facts: dict[str, object]) -> None:
    shuffled = dict(reversed(facts.items()))
    assert chain.encode(facts) == chain.encode(shuffled)
    assert chain.encode(chain.decode(chain.encode(facts))) == chain.encode(facts)
