"""The verbs of files: written down when they were taken, and attached to an object once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import sqlalchemy as sa

from services.support.attachment import model, tables
from services.support.attachment.receiving import Received
from shared.kernel import ids
from shared.store import work as store
from shared.store.work import Work
from shared.web import links

_a = tables.attachment.c


def keep(work: Work, received: Received, *, by: str | None = None) -> tuple[model.Upload, str]:
    """Write down a file that was taken, sent by this actor (whoever acts); the token attaches it."""
    token = ids.secret()
    upload = model.Upload(
        id=ids.new(),
        name=received.name,
        declared=received.declared,
        type=received.type,
        size=received.stored.size,
        hash=received.stored.hash,
        by=by or work.actor,
        at=work.now,
    )
    store.insert(work, tables.attachment, {**dataclasses.asdict(upload), "token": links.digest(token)})
    return upload, token


def attach(work: Work, tokens: Sequence[str], *, kind: str, id: str, limits: model.Limits) -> tuple[model.Upload, ...]:
    """Attach what the caller uploaded within the hour to an object of theirs, in the order given.

    Raises `model.NotWaiting` with the place of each token that does not fit, `model.TooManyAtOnce`,
    `model.TooLargeTogether`; then nothing is attached.
    """
    digests = [links.digest(token) for token in tokens]
    waiting = sa.select(tables.attachment.c.token, *tables.COLUMNS).where(
        _a.token.in_(digests), _a.object_id.is_(None), _a.by == work.actor, _a.at > work.now - model.WAITS
    )
    rows = work.execute(waiting.order_by(_a.seq).with_for_update()).mappings().all() if digests else []
    found = {row["token"]: tables.read({name: row[name] for name in row if name != "token"}) for row in rows}
    missing = [str(n) for n, each in enumerate(digests) if each not in found or each in digests[:n]]
    if missing:
        raise model.NotWaiting(fields={"attachments": {n: ["Please choose this file again."] for n in missing}})
    uploads = [found[each] for each in digests]
    model.check_together(uploads, limits)
    return tuple(_bind(work, each, kind, id) for each in uploads)


def attach_again(work: Work, ids: Sequence[str], *, kind: str, id: str) -> tuple[model.Upload, ...]:
    """Attach what the caller had attached and was released within the hour. Raises `model.NotWaiting`."""
    free = sa.select(*tables.COLUMNS).where(
        _a.id.in_(list(ids)), _a.object_id.is_(None), _a.token.is_(None), _a.by == work.actor
    )
    rows = work.execute(free.where(_a.at > work.now - model.WAITS).order_by(_a.seq).with_for_update()).mappings()
    found = [tables.read(row) for row in rows] if ids else []
    if {each.id for each in found} != set(ids):
        raise model.NotWaiting(fields={"attachments": ["Please choose this file again."]})
    return tuple(_bind(work, each, kind, id) for each in found)


def release(work: Work, *, kind: str, id: str) -> None:
    """Let go of what is attached to an object that is no more: for an hour it may be attached again, by its id."""
    nothing = {"object_kind": None, "object_id": None, "attached_by": None, "attached_at": None}
    mine = (_a.object_kind == kind, _a.object_id == id)
    work.execute(tables.attachment.update().where(*mine).values(**nothing, at=work.now))


def bind(work: Work, uploads: Sequence[model.Upload], *, kind: str, id: str) -> tuple[model.Upload, ...]:
    """Attach uploads that this transaction wrote down itself: what came with a mail."""
    return tuple(_bind(work, each, kind, id) for each in uploads)


def _bind(work: Work, upload: model.Upload, kind: str, id: str) -> model.Upload:
    facts = {"object_kind": kind, "object_id": id, "attached_by": work.actor, "attached_at": work.now}
    work.execute(tables.attachment.update().where(_a.id == upload.id).values(**facts, token=None))
    return dataclasses.replace(upload, **facts)
