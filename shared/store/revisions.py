"""What ran in a database, as the database itself remembers it: each revision, what it follows, and its phase.

Code that is older than its database knows the newer revisions from here alone. It can live with them while all of them
are expand steps, which fit the code before and after; so it may be started again, and a new version be taken back,
until the first contract step ran. Beside Alembic's own table, and like it made by the migrator and no revision.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic.script import Script, ScriptDirectory

REVISION = sa.Table(
    "steward_revision",
    sa.MetaData(),
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("follows", sa.Text, nullable=False),  # the one before; empty at the beginning of a history
    sa.Column("phase", sa.Text, nullable=False),
)
EXPAND = "expand"


def phase(revision: Script) -> str:
    """`expand`, or `contract`: what old code cannot live with."""
    return getattr(revision.module, "PHASE", EXPAND)


def remember(connection: sa.Connection, script: ScriptDirectory, applied: Iterable[str]) -> None:
    """Write down what ran and is not written down yet; in the transaction in which it ran."""
    REVISION.create(connection, checkfirst=True)
    known = set(connection.execute(sa.select(REVISION.c.revision)).scalars())
    rows = [
        {"revision": each.revision, "follows": str(each.down_revision or ""), "phase": phase(each)}
        for each in (script.get_revision(name) for name in sorted(set(applied) - known))
        if each is not None
    ]
    if rows:
        connection.execute(sa.insert(REVISION), rows)


def before(connection: sa.Connection, strangers: Iterable[str], known: set[str]) -> set[str] | None:
    """Where in the `known` revisions the histories of the strangers begin. None where a stranger is one that this code
    cannot live with, or of which the database does not say what it is.
    """
    if not sa.inspect(connection).has_table(REVISION.name):
        return None
    told = {row.revision: row for row in connection.execute(sa.select(REVISION))}
    found: set[str] = set()
    for stranger in strangers:
        at = stranger
        while at and at not in known:
            row = told.get(at)
            if row is None or row.phase != EXPAND:
                return None
            at = row.follows
        found |= {at} - {""}
    return found
