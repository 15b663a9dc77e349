"""Migrations: Alembic, one history for the shared tables and one per service, each revision marked expand or contract.

Expand revisions fit the code before and after and run before the new code starts, so code may be older than its
database by expand revisions. Contract revisions run when no old code is left (`contract=True`). Two migrators at once
wait for each other. A failed migration leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.kernel import errors
from shared.runtime import manifest
from shared.store import engine, locks, revisions

LOCK_TIMEOUT = "5s"  # a migration that cannot have its lock fails, instead of queueing every request behind it
CREATED_MEANWHILE = ("42P04", "23505")  # by another migrator: there already, or committed while we created ours


class NotMigrated(errors.Transient):
    """The database of {service} is not migrated: run "steward migrate" first."""

    code = "not-migrated"


class NewerDatabase(errors.Refused):
    """The database of {service} was made by a newer version of this program (it has {revision}).
    Start that version, or restore a backup from before it into another home."""

    code = "newer-database"


class WrongCharacters(errors.Refused):
    """The database of {service} has LC_CTYPE {ctype}: Vietnamese and Chinese letters would be lost.
    Create it with C.UTF-8."""

    code = "wrong-characters"


class ContractFirst(errors.Refused):
    """Migration {revision} of {service} comes after {contract}, which old code cannot live with.
    When none of it is left, run "steward migrate --contract"."""

    code = "contract-first"


def config(service: str, folders: Sequence[Path] | None = None) -> Config:
    """Alembic's configuration for one service; `folders` hold the revisions, the service's own unless given."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    places = manifest.migrations(manifest.load(service)) if folders is None else folders
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", "\n".join(str(folder).replace("%", "%%") for folder in places))
    made.attributes["service"] = service
    return made


def upgrade(url: str, service: str, *, contract: bool = False, folders: Sequence[Path] | None = None) -> list[str]:
    """Bring a service's database up to date, creating it when it is missing. Returns the revisions that ran.

    Raises `errors.DatabaseAway`, `WrongCharacters`, `ContractFirst`, `NewerDatabase`.
    """
    _ensure_database(url)
    made = config(service, folders)
    script = ScriptDirectory.from_config(made)
    database = engine.Database(url, service=service, pool_size=2)
    try:
        with database.connect() as connection, engine.facts_of_drivers(), _one_at_a_time(connection, service):
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
                before, newer = _applied(connection, script, service)
                targets = _targets(script, service, before, contract=contract)
                if newer:  # by expand steps: there is nothing of ours to run in it
                    _ensure_whole(script, service, before, targets, newer)
                    return []
                made.attributes["connection"] = connection
                for target in targets:
                    command.upgrade(made, target)
                after, _ = _applied(connection, script, service)
                revisions.remember(connection, script, after)
            return sorted(after - before)
    finally:
        database.close()


def pending(database: engine.Database, folders: Sequence[Path] | None = None) -> list[str]:
    """Expand revisions that this code needs and the database lacks. Raises `NewerDatabase`."""
    script = ScriptDirectory.from_config(config(database.service, folders))
    with database.reading() as connection:
        have, _ = _applied(connection, script, database.service)
    wanted = {r.revision for r in script.walk_revisions() if revisions.phase(r) == revisions.EXPAND}
    return sorted(wanted - have)


def check(database: engine.Database) -> None:
    """Raises `NotMigrated` when the code needs a newer database, `NewerDatabase` when it cannot live with this one."""
    if pending(database):
        raise NotMigrated(service=database.service)


def _targets(script: ScriptDirectory, service: str, have: set[str], *, contract: bool) -> list[str]:
    """The heads, or the last revisions before the first contract step of each history that has not run yet."""
    targets = []
    for head in script.get_heads():
        target = contracting = None
        for revision in list(script.iterate_revisions(head, "base"))[::-1]:
            due = revision.revision not in have
            if due and revisions.phase(revision) != revisions.EXPAND and not contract:
                contracting = contracting or revision.revision
            elif due and contracting:
                raise ContractFirst(service=service, revision=revision.revision, contract=contracting)
            elif not contracting:
                target = revision.revision
        if target:
            targets.append(target)
    return sorted(targets, key=lambda name: not name.startswith("shared"))


def _applied(connection: sa.Connection, script: ScriptDirectory, service: str) -> tuple[set[str], set[str]]:
    """Which of our revisions ran, and the heads that we do not know and can live with. Raises `NewerDatabase`."""
    heads = set(MigrationContext.configure(connection).get_current_heads())
    known = {revision.revision for revision in script.walk_revisions()}
    strangers = heads - known
    start = revisions.before(connection, strangers, known) if strangers else set()
    if start is None:
        raise NewerDatabase(service=service, revision=", ".join(sorted(strangers)))
    ours = (heads & known) | start
    return {r.revision for head in ours for r in script.iterate_revisions(head, "base")}, strangers


def _ensure_whole(script: ScriptDirectory, service: str, have: set[str], targets: list[str], newer: set[str]) -> None:
    """A history of which we would have to run something has been left behind by the newer version: not ours to mend."""
    if any(r.revision not in have for target in targets for r in script.iterate_revisions(target, "base")):
        raise NewerDatabase(service=service, revision=", ".join(sorted(newer)))


@contextmanager
def _one_at_a_time(connection: sa.Connection, service: str) -> Iterator[None]:
    """On PostgreSQL, wait for another migrator, however long it takes; on SQLite BEGIN IMMEDIATE waits."""
    if connection.dialect.name != "postgresql":
        yield
        return
    _check_characters(connection, service)
    key = locks.key("steward migrate")
    connection.execute(sa.text("set lock_timeout = 0"))  # which counts for this kind of lock, too
    connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
    connection.commit()
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
            connection.execute(sa.text("reset lock_timeout"))
            connection.commit()


def _check_characters(connection: sa.Connection, service: str) -> None:
    ctype = connection.execute(
        sa.text("select datctype from pg_database where datname = current_database()")
    ).scalar_one()
    connection.rollback()
    if ctype in ("C", "POSIX"):
        raise WrongCharacters(service=service, ctype=ctype)


def _ensure_database(url: str) -> None:
    """Create the service's database on the server when it is missing and we may; a file of SQLite makes itself."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        return
    if _answers(url):
        return
    there = parsed.set(database="postgres").render_as_string(hide_password=False)
    probe = engine.Database(there, service="migrate", pool_size=1)
    try:
        with probe.connect() as connection, engine.facts_of_drivers():
            _create(connection.execution_options(isolation_level="AUTOCOMMIT"), str(parsed.database))
    finally:
        probe.close()


def _answers(url: str) -> bool:
    """Whether the database is there; a user who may use it need not be let into any other."""
    database = engine.Database(url, service="migrate", pool_size=1)
    try:
        database.ping()
    except errors.DatabaseAway:
        return False
    finally:
        database.close()
    return True


def _create(connection: sa.Connection, name: str) -> None:
    known = connection.execute(sa.text("select 1 from pg_database where datname = :name"), {"name": name}).scalar()
    if known:
        return
    quoted = name.replace('"', '""')
    try:
        options = "encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8' template template0"
        connection.execute(sa.text(f'create database "{quoted}" {options}'))
    except sa.exc.DBAPIError as error:  # pyright: ignore[reportAttributeAccessIssue]
        if getattr(error.orig, "sqlstate", None) not in CREATED_MEANWHILE:
            raise
