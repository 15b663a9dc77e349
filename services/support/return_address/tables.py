"""Inbound addresses by unit, and the token of each ticket that was written about by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.support.return_address import model
from shared.store import types
from shared.store.work import Work

METADATA = types.metadata("support")

inbound = sa.Table(  # as the settings say; a unit without a line has no way back by mail
    "inbound_address",
    METADATA,
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("address", sa.String(254), nullable=False),
)
token = sa.Table(
    "return_token",
    METADATA,
    sa.Column("ticket", types.Id, primary_key=True),
    sa.Column("token", sa.String(26), nullable=False, unique=True),
    sa.Column("message_id", sa.String(300)),  # of the client's newest mail about it, which our next one answers
    sa.Column("subject", sa.String(300)),
)

_i, _t = inbound.c, token.c


@dataclass(frozen=True, slots=True)
class Thread:
    """How a mail about a ticket is answered, and what it answers itself."""

    reply_to: str | None = None
    in_reply_to: str | None = None
    subject: str | None = None


def of(work: Work, ticket: str, unit: str) -> Thread:
    """The thread of a ticket; a ticket of a unit with an inbound address has a token from then on."""
    both = inbound.outerjoin(token, _t.ticket == ticket)
    wanted = sa.select(_i.address, _t.token, _t.message_id, _t.subject).select_from(both).where(_i.unit == unit)
    row = work.execute(wanted).one_or_none()
    if row is None:
        return Thread()
    known = row.token or _issue(work, ticket)
    return Thread(model.with_token(row.address, known), row.message_id, row.subject)


def _issue(work: Work, ticket: str) -> str:
    insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    work.execute(insert(token).values(ticket=ticket, token=model.new_token()).on_conflict_do_nothing())
    return work.execute(sa.select(_t.token).where(_t.ticket == ticket)).scalar_one()


def answered(work: Work, ticket: str, *, message_id: str | None, subject: str | None) -> None:
    """The client has written: our next mail answers theirs."""
    insert = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    said = {"message_id": message_id, "subject": subject}
    statement = insert(token).values(ticket=ticket, token=model.new_token(), **said)
    work.execute(statement.on_conflict_do_update(index_elements=["ticket"], set_=said))


def ticket_of(connection: sa.Connection, tokens: list[str]) -> str | None:
    """The ticket of the first token that is one."""
    for each in tokens:
        found = connection.execute(sa.select(_t.ticket).where(_t.token == each)).scalar_one_or_none()
        if found is not None:
            return found
    return None


def is_ours(connection: sa.Connection, address: str) -> bool:
    """Whether an address is one at which we take mail, with or without a token."""
    local, _, domain = address.casefold().rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return connection.execute(sa.select(_i.unit).where(sa.func.lower(_i.address) == plain).limit(1)).first() is not None


def known(connection: sa.Connection) -> dict[str, str]:
    """The inbound address of each unit that has one."""
    return {row.unit: row.address for row in connection.execute(sa.select(inbound))}


def keep(work: Work, addresses: Mapping[str, str]) -> None:
    """Write down the inbound address of each unit, and forget those that are gone."""
    work.execute(inbound.delete())
    if addresses:
        work.execute(inbound.insert(), [{"unit": unit, "address": each} for unit, each in sorted(addresses.items())])
