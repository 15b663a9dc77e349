"""The table of links between tickets."""

from __future__ import annotations

import sqlalchemy as sa

from services.support.duplicates import model
from shared.store import types, work

METADATA = types.metadata("support")

link = sa.Table(
    "ticket_link",
    METADATA,
    sa.Column("id", types.Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("ticket", types.Id, nullable=False),
    sa.Column("other", types.Id, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("linked_by", sa.String(200), nullable=False),
    sa.Column("linked_at", types.Moment, nullable=False),
    sa.Column("unlinked_by", sa.String(200)),
    sa.Column("unlinked_at", types.Moment),
)
sa.Index("ix_ticket_link_ticket", link.c.ticket)
sa.Index("ix_ticket_link_other", link.c.other)

_l = link.c


def add(unit: work.Work, new: model.Link) -> None:
    """Insert a link."""
    work.insert(unit, link, _row(new))


def save(unit: work.Work, changed: model.Link) -> None:
    """Write a link that was loaded at its version. Raises `errors.Stale`."""
    work.update(unit, link, _row(changed), id=changed.id, version=changed.version)


def of(connection: sa.Connection, ticket: str) -> list[model.Link]:
    """The links of a ticket that hold, from either end, oldest first."""
    holds = sa.select(link).where(sa.or_(_l.ticket == ticket, _l.other == ticket), _l.unlinked_at.is_(None))
    return [model.Link(**row._mapping) for row in connection.execute(holds.order_by(_l.linked_at, _l.id))]


def between(connection: sa.Connection, one: str, another: str) -> model.Link | None:
    """The link of two tickets that holds."""
    return next((each for each in of(connection, one) if another in (each.ticket, each.other)), None)


def _row(of: model.Link) -> dict[str, object]:
    return {name: getattr(of, name) for name in model.Link.__slots__}
