"""Views are saved, renamed, removed and brought back."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import sqlalchemy as sa

from services.gateway.directory import callers
from services.gateway.directory.view import model, queries, tables
from shared.kernel import ids
from shared.store.work import Work
from shared.web.tokens import Caller

_v = tables.view.c


def save(work: Work, who: Caller, *, list: str, name: str, query: str, shared: bool = False) -> model.View:
    """Save a view, or replace one's own of the same name. Raises `model.TooManyViews`."""
    owner = queries.owner(who)
    callers.reads(work.connection, who)
    work.execute(tables.view.delete().where(_v.removed_at < work.now - timedelta(days=tables.KEPT_DAYS)))
    _free(work, owner, list, name)
    mine = sa.select(sa.func.count()).where(_v.owner == owner, _v.removed_at.is_(None))
    if work.execute(mine).scalar_one() >= tables.MOST:
        raise model.TooManyViews(most=tables.MOST)
    made = model.View(ids.new(), owner, list, name, query, work.now, unit=who.unit if shared else None)
    work.execute(tables.view.insert(), dataclasses.asdict(made))
    return made


def rename(work: Work, who: Caller, id: str, *, name: str) -> model.View:
    """Call it something else. Raises `model.NameTaken`, `model.NotYours`, `model.NoSuchView`."""
    view = _changed(work, who, id)
    same = (_v.owner == view.owner, _v.list == view.list, _v.name == name, _v.id != id)
    if work.execute(sa.select(_v.id).where(*same, _v.removed_at.is_(None))).first() is not None:
        raise model.NameTaken(fields={"name": ["There is a view of this name already."]})
    work.execute(tables.view.delete().where(*same))
    work.execute(tables.view.update().where(_v.id == id).values(name=name))
    return dataclasses.replace(view, name=name)


def remove(work: Work, who: Caller, id: str) -> model.View:
    """Show it no more. Raises `model.NotYours`, `model.NoSuchView`."""
    view = _changed(work, who, id)
    work.execute(tables.view.update().where(_v.id == id).values(removed_at=work.now))
    return dataclasses.replace(view, removed_at=work.now)


def restore(work: Work, who: Caller, id: str) -> model.View:
    """Show it again. Raises `model.NotYours`, `model.NoSuchView`."""
    view = _changed(work, who, id, removed=True)
    work.execute(tables.view.update().where(_v.id == id).values(removed_at=None))
    return dataclasses.replace(view, removed_at=None)


def _changed(work: Work, who: Caller, id: str, *, removed: bool = False) -> model.View:
    view = queries.one(work.connection, who, id)
    if (view.removed_at is not None) != removed:
        raise model.NoSuchView
    if not queries.changes(who, view):
        raise model.NotYours
    return view


def _free(work: Work, owner: str, list: str, name: str) -> None:
    """Make way for a view of this name."""
    work.execute(tables.view.delete().where(_v.owner == owner, _v.list == list, _v.name == name))
