"""Keeping the contact book."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.notify.contact import model, tables
from shared.kernel import ids
from shared.store import types
from shared.store.work import Work, insert

_c, _a = tables.contact.c, tables.address.c


def remember(work: Work, mention: model.Mention) -> str:
    """Write down what was said of a client; the same mention twice changes nothing. Returns the contact's id."""
    known = _find(work, mention)
    if known is None:
        contact_id = ids.new()
        row = {"id": contact_id, "version": 1, "party": mention.party, "created_at": work.now}
        insert(work, tables.contact, {**row, **_says(mention)})
    else:
        contact_id = known.id
        changes = _says(mention) if mention.at >= known.told_at else {}
        if mention.party and known.party is None:
            changes = {**changes, "party": mention.party}
        if any(getattr(known, name) != value for name, value in changes.items()):
            statement = tables.contact.update().where(_c.id == contact_id)
            work.execute(statement.values(**changes, version=_c.version + 1))
    _add_addresses(work, contact_id, mention)
    return contact_id


def _says(mention: model.Mention) -> dict[str, object]:
    return {"name": mention.name, "locale": mention.locale, "told_at": mention.at}


def _find(work: Work, mention: model.Mention) -> sa.Row | None:
    """By party; else the oldest contact with one of the addresses that does not belong to another party."""
    columns = sa.select(_c.id, _c.party, _c.name, _c.locale, _c.told_at, _c.created_at)
    if mention.party:
        found = work.execute(columns.where(_c.party == mention.party)).one_or_none()
        if found is not None:
            return found
    for kind in ("mail", "phone"):
        keys = [key for of, key in mention.addresses if of == kind]
        if not keys:
            continue
        statement = columns.join(tables.address, _a.contact_id == _c.id).where(
            _a.kind == kind, types.among(_a.key, keys, work.dialect)
        )
        if mention.party:
            statement = statement.where(_c.party.is_(None))
        found = work.execute(statement.order_by(_c.created_at, _c.id).limit(1)).one_or_none()
        if found is not None:
            return found
    return None


def _add_addresses(work: Work, contact_id: str, mention: model.Mention) -> None:
    add = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
    rows = [{"contact_id": contact_id, "kind": "mail", "key": model.key(m), "value": m} for m in mention.mails]
    rows += [{"contact_id": contact_id, "kind": "phone", "key": p, "value": p} for p in mention.phones]
    if rows:
        work.execute(add(tables.address).on_conflict_do_nothing(), rows)
