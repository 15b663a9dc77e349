"""Saying which server does not answer, and why, where somebody waits for it: at start and at the command line."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import exc

from shared.kernel import errors
from shared.runtime import redaction, settings
from shared.store import engine


class DatabaseUnreachable(errors.DatabaseAway):
    """The database at {where} does not answer ({why}). Nothing was changed; try again when it is back."""

    code = "database-unreachable"


class BrokerUnreachable(errors.BrokerAway):
    """The message broker at {where} does not answer ({why}). Nothing is lost; try again when it is back."""

    code = "broker-unreachable"


class BrokerMissing(errors.Refused):
    """The role {role} needs a broker: set STEWARD_AMQP_URL. Without one, use "steward all"."""

    code = "broker-missing"


class DatabaseMissing(errors.Refused):
    """The role {role} needs a database server: set STEWARD_DATABASE_URL. Without one, use "steward all"."""

    code = "database-missing"


class DatabaseDamaged(errors.Refused):
    """A database in {where} is damaged ({why}). Keep the folder as it is, and restore a backup into another home."""

    code = "database-damaged"


@contextlib.contextmanager
def database(given: settings.Settings) -> Iterator[None]:
    """Name the database server when the block finds it away. Raises `DatabaseUnreachable`, `DatabaseDamaged`."""
    try:
        yield
    except exc.DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        raise DatabaseDamaged(where=given.home / "data", why=why(error)) from error
    except errors.DatabaseAway as error:
        where = place(given.database_url) if given.database_url else str(given.home / "data")
        raise DatabaseUnreachable(where=where, why=why(error)) from error


def migrated(given: settings.Settings, of: engine.Database) -> None:
    """Raises `migrate.NotMigrated` when the code needs a newer database (or any), `DatabaseUnreachable`."""
    from shared.store import migrate

    try:
        with database(given):
            migrate.check(of)
    except DatabaseUnreachable as error:
        if not_there(error, of):
            raise migrate.NotMigrated(service=of.service) from error
        raise


def not_there(error: DatabaseUnreachable, of: engine.Database) -> bool:
    """Whether the server answers and only this database is missing."""
    return f'database "{of.engine.url.database}" does not exist' in str(error)


@contextlib.contextmanager
def broker(given: settings.Settings) -> Iterator[None]:
    """Name the broker when the block finds it away. Raises `BrokerUnreachable`."""
    try:
        yield
    except errors.BrokerAway as error:
        raise BrokerUnreachable(where=place(given.amqp_url or ""), why=why(error)) from error


def place(url: str) -> str:
    """Host and port of a URL, without its user."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path


def why(error: BaseException) -> str:
    """The innermost cause in one line, without secrets."""
    while error.__cause__ is not None:
        error = error.__cause__
    said = str(error).strip() or type(error).__name__
    return redaction.text(said.splitlines()[0].removesuffix("."))
