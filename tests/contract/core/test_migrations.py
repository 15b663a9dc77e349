"""Migrations: what they make is what the code expects; two at once; expand and contract; nothing half done."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql

from shared.runtime import manifest
from shared.store import engine, migrate, revisions
from tests.servers import Postgres

FIRST = """
revision, down_revision, branch_labels, depends_on = "one", None, None, None
PHASE = "expand"


def upgrade():
    op.create_table("book", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
revision, down_revision, branch_labels, depends_on = "two", "one", None, None
PHASE = "expand"


def upgrade():
    op.add_column("book", sa.Column("title", sa.Text))
"""
THIRD = """
revision, down_revision, branch_labels, depends_on = "three", "two", None, None
PHASE = "contract"


def upgrade():
    op.drop_column("book", "title")
"""
FOURTH = """
revision, down_revision, branch_labels, depends_on = "four", "three", None, None
PHASE = "expand"


def upgrade():
    op.add_column("book", sa.Column("name", sa.Text))
"""
FAILING = """
revision, down_revision, branch_labels, depends_on = "bad", "one", None, None
PHASE = "expand"


def upgrade():
    op.create_table("page", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("insert into nowhere values (1)")
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that does not exist yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'fresh.sqlite'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    with postgres.fresh() as base:
        yield f"{base}_fresh"


@pytest.fixture
def history(tmp_path: Path) -> Callable[..., list[Path]]:
    """A folder with these revisions."""

    def write(*revisions: str) -> list[Path]:
        folder = tmp_path / f"history-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for number, revision in enumerate(revisions):
            text = f"import sqlalchemy as sa\nfrom alembic import op\n{revision}"
            (folder / f"r{number}.py").write_text(text, encoding="utf-8")
        return [folder]

    return write


def tables(url: str) -> dict[str, list[str]]:
    """The tables and their columns."""
    made = sa.create_engine(
        sa.make_url(url) if "sqlite" in url else sa.make_url(url).set(drivername="postgresql+psycopg")
    )
    try:
        inspector = sa.inspect(made)
        return {name: [c["name"] for c in inspector.get_columns(name)] for name in inspector.get_table_names()}
    finally:
        made.dispose()


@contextlib.contextmanager
def changed(url: str) -> Iterator[sa.Connection]:
    """The database, to be changed behind the migrator's back."""
    made = engine.Database(url, service="support", pool_size=1)
    try:
        with made.connect() as connection, connection.begin():
            yield connection
    finally:
        made.close()


def expand(name: str, *, after: str) -> str:
    """One more expand step, which adds a column of its name."""
    return f'''
revision, down_revision, branch_labels, depends_on = "{name}", "{after}", None, None
PHASE = "expand"


def upgrade():
    op.add_column("book", sa.Column("{name}", sa.Text))
'''


def pending(url: str, folders: list[Path]) -> list[str]:
    made = engine.Database(url, service="support", pool_size=1)
    try:
        return migrate.pending(made, folders)
    finally:
        made.close()


def test_a_missing_database_is_made_and_every_revision_runs_once(url: str, history: Callable[..., Any]) -> None:
    folders = history(FIRST, SECOND)
    assert migrate.upgrade(url, "support", folders=folders) == ["one", "two"]
    assert migrate.upgrade(url, "support", folders=folders) == []
    assert tables(url)["book"] == ["id", "title"]


def test_a_contract_step_waits_until_it_is_asked_for(url: str, history: Callable[..., Any]) -> None:
    folders = history(FIRST, SECOND, THIRD)
    assert migrate.upgrade(url, "support", folders=folders) == ["one", "two"]
    assert pending(url, folders) == []
    assert migrate.upgrade(url, "support", folders=folders, contract=True) == ["three"]
    assert tables(url)["book"] == ["id"]


def test_an_expand_step_behind_a_contract_step_says_what_to_do_first(url: str, history: Callable[..., Any]) -> None:
    migrate.upgrade(url, "support", folders=history(FIRST, SECOND))
    folders = history(FIRST, SECOND, THIRD, FOURTH)
    assert pending(url, folders) == ["four"]
    with pytest.raises(migrate.ContractFirst, match=r"four .* three"):
        migrate.upgrade(url, "support", folders=folders)
    assert migrate.upgrade(url, "support", folders=folders, contract=True) == ["four", "three"]
    assert pending(url, folders) == []


def test_what_fails_half_way_leaves_the_database_as_it_was(url: str, history: Callable[..., Any]) -> None:
    migrate.upgrade(url, "support", folders=history(FIRST))
    with pytest.raises(sa.exc.DBAPIError):  # pyright: ignore[reportAttributeAccessIssue]
        migrate.upgrade(url, "support", folders=history(FIRST, FAILING))
    assert "page" not in tables(url)
    assert migrate.upgrade(url, "support", folders=history(FIRST, SECOND)) == ["two"]


def test_of_two_migrators_at_once_one_waits_and_finds_it_done(url: str, history: Callable[..., Any]) -> None:
    slow = FIRST + "\n    import time\n    time.sleep(0.3)\n"
    folders = history(slow, SECOND)
    begin, ran, failed = threading.Barrier(2), [], []

    def upgrade() -> None:
        begin.wait()
        try:
            ran.append(migrate.upgrade(url, "support", folders=folders))
        except BaseException as error:  # noqa: BLE001 - for the test's own thread to see
            failed.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(ran) == [[], ["one", "two"]]


def test_code_that_needs_a_newer_database_says_so(tmp_path: Path) -> None:
    made = engine.Database(f"sqlite:///{tmp_path / 'empty.sqlite'}", service="support", pool_size=1)
    with pytest.raises(migrate.NotMigrated, match="support"):
        migrate.check(made)
    migrate.upgrade(str(made.engine.url), "support")
    migrate.check(made)
    made.close()


def test_old_code_goes_on_working_after_an_expand_step(url: str, history: Callable[..., Any]) -> None:
    """Between `steward migrate` and the last process of the old version, any of them may be started again."""
    older = history(FIRST)
    migrate.upgrade(url, "support", folders=older)
    migrate.upgrade(url, "support", folders=history(FIRST, SECOND, expand("next", after="two")))
    assert pending(url, older) == []
    assert migrate.upgrade(url, "support", folders=older) == []
    assert migrate.upgrade(url, "support", folders=older, contract=True) == []
    assert tables(url)["book"] == ["id", "title", "next"]


def test_old_code_does_not_start_on_what_a_contract_step_has_changed(url: str, history: Callable[..., Any]) -> None:
    older = history(FIRST, SECOND)
    migrate.upgrade(url, "support", folders=history(FIRST, SECOND, THIRD, FOURTH), contract=True)
    for look in (lambda: migrate.upgrade(url, "support", folders=older), lambda: pending(url, older)):
        with pytest.raises(migrate.NewerDatabase, match=r"support .*newer version.* four"):
            look()
    assert tables(url)["book"] == ["id", "name"]


def test_a_contract_step_that_has_not_run_yet_is_run_by_the_version_that_brought_it(
    url: str, history: Callable[..., Any]
) -> None:
    older, newer = history(FIRST), history(FIRST, SECOND, THIRD)
    migrate.upgrade(url, "support", folders=newer)
    assert pending(url, older) == []
    assert migrate.upgrade(url, "support", folders=newer, contract=True) == ["three"]
    with pytest.raises(migrate.NewerDatabase):
        pending(url, older)


def test_a_revision_of_which_the_database_does_not_say_what_it_is_is_not_trusted(
    url: str, history: Callable[..., Any]
) -> None:
    older = history(FIRST)
    migrate.upgrade(url, "support", folders=history(FIRST, SECOND))
    with changed(url) as connection:
        connection.execute(sa.text("delete from steward_revision where revision = 'two'"))
    for look in (lambda: migrate.upgrade(url, "support", folders=older), lambda: pending(url, older)):
        with pytest.raises(migrate.NewerDatabase, match=r"support .*newer version.* two"):
            look()
    assert tables(url)["book"] == ["id", "title"]


def test_a_database_from_before_they_were_written_down_is_read_as_before(url: str, history: Callable[..., Any]) -> None:
    folders = history(FIRST, SECOND)
    migrate.upgrade(url, "support", folders=folders)
    with changed(url) as connection:
        connection.execute(sa.text("drop table steward_revision"))
    assert pending(url, folders) == []
    with pytest.raises(migrate.NewerDatabase):
        pending(url, history(FIRST))
    assert migrate.upgrade(url, "support", folders=folders) == []
    assert pending(url, history(FIRST)) == []


@pytest.mark.parametrize("service", manifest.existing())
def test_the_migrated_schema_is_the_models_schema(service: str, url: str, request: pytest.FixtureRequest) -> None:
    """Column by column, constraint by constraint, index by index with its condition; not what autogenerate looks at."""
    migrate.upgrade(url, service, contract=True)
    declared = url.replace("fresh", "declared")
    if url.startswith("postgresql"):
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.create(declared.rpartition("/")[2])
    made = engine.Database(declared, service=service, pool_size=1)
    for metadata in manifest.metadata(manifest.load(service)):
        metadata.create_all(made.engine)
    made.close()
    migrated, wanted = schema(url), schema(declared)
    for of_the_migrator in ("alembic_version", revisions.REVISION.name):
        migrated.pop(of_the_migrator, None)
    assert sorted(migrated) == sorted(wanted)
    for table, facts in wanted.items():
        assert migrated[table] == facts


def schema(url: str) -> dict[str, list[Any]]:
    """Everything that the database itself says of each table."""
    made = engine.Database(url, service="support", pool_size=1)
    try:
        with made.reading() as connection:
            return _sqlite(connection) if made.dialect == "sqlite" else _postgresql(connection)
    finally:
        made.close()


def _sqlite(connection: sa.Connection) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    names = connection.exec_driver_sql(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
    )
    for (name,) in names.all():
        columns = [tuple(row)[1:] for row in connection.exec_driver_sql(f'pragma table_info("{name}")')]
        indexes = []
        for row in connection.exec_driver_sql(f'pragma index_list("{name}")').all():
            of = [each[2] for each in connection.exec_driver_sql(f'pragma index_info("{row[1]}")')]
            text = connection.exec_driver_sql("select sql from sqlite_master where name = ?", (row[1],)).scalar()
            own = None if row[3] != "c" else row[1]
            indexes.append((own, row[2], tuple(of), " ".join((text or "").replace('"', "").lower().split())))
        foreign = [tuple(row)[2:] for row in connection.exec_driver_sql(f'pragma foreign_key_list("{name}")')]
        found[name] = [sorted(columns), sorted(indexes, key=repr), sorted(foreign, key=repr)]
    return found


_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
       pg_get_expr(d.adbin, d.adrelid)
from pg_attribute a join pg_class c on c.oid = a.attrelid
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relnamespace = 'public'::regnamespace
"""
_CONSTRAINTS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace
"""
_INDEXES = "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"


def _postgresql(connection: sa.Connection) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for query in (_COLUMNS, _CONSTRAINTS, _INDEXES):
        for row in connection.exec_driver_sql(query):
            found.setdefault(row[0].strip('"'), []).append(tuple(row)[1:])
    return {table: sorted(facts, key=repr) for table, facts in found.items()}


@pytest.mark.server
def test_a_database_that_would_lose_letters_is_refused(postgres: Postgres) -> None:
    with postgres.fresh() as base:
        name = f"{base.rpartition('/')[2]}_latin"
        with postgres.connect() as connection:
            latin = sql.SQL("create database {} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
            connection.execute(latin.format(sql.Identifier(name)))
        with pytest.raises(migrate.WrongCharacters, match=r"LC_CTYPE C"):
            migrate.upgrade(f"{base}_latin", "support")
