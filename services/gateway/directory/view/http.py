"""Saved views over HTTP. A person sees and changes their own only."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields, validate

from services.gateway.directory import callers
from services.gateway.directory.view import tables
from shared import web
from shared.envelope.fields import Text, When
from shared.kernel import errors, ids

blp = web.Blueprint("views", __name__, url_prefix="/v1/views", description="A person's saved views")

LISTS = ("support.tickets", "notify.messages", "directory.staff")
_v = tables.view.c


class TooManyViews(errors.Conflict):
    """There are {most} saved views already; delete one first."""

    code = "too-many-views"


class NoSuchView(errors.NotFound):
    """There is no such saved view."""

    code = "no-such-view"


class ViewIn(ma.Schema):
    """A name for the filters of a list; saving under the same name replaces."""

    list = fields.String(required=True, validate=validate.OneOf(LISTS))
    name = Text(most=tables.MAX_NAME, required=True)
    query = Text(most=tables.MAX_QUERY, least=0, required=True)


class ViewOut(ViewIn):
    """A saved view."""

    id = fields.String()
    saved_at = When()


def _owner() -> str:
    who = web.caller()
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    return who.id


@blp.get("")
@web.reads
@blp.response(200, ViewOut(many=True))
def listed() -> list[dict[str, Any]]:
    """The caller's views, by list and name."""
    mine = sa.select(tables.view).where(_v.owner == _owner()).order_by(_v.list, _v.name)
    return [dict(row._mapping) for row in web.reader().execute(mine)]


@blp.post("")
@web.writes
@blp.arguments(ViewIn)
@blp.response(201, ViewOut)
def save(facts: dict[str, Any]) -> dict[str, Any]:
    """Save a view, or replace the one of the same name."""
    work, owner = web.work(), _owner()
    callers.reads(work.connection, web.caller())
    mine = _v.owner == owner
    work.execute(tables.view.delete().where(mine, _v.list == facts["list"], _v.name == facts["name"]))
    if work.execute(sa.select(sa.func.count()).where(mine)).scalar_one() >= tables.MOST:
        raise TooManyViews(most=tables.MOST)
    row = {"id": ids.new(), "owner": owner, "saved_at": work.now, **facts}
    work.execute(tables.view.insert(), row)
    return row


@blp.delete("/<string:id>")
@web.writes
@blp.response(204)
def delete(id: str) -> None:
    """Forget a view."""
    if not web.work().execute(tables.view.delete().where(_v.id == id, _v.owner == _owner())).rowcount:
        raise NoSuchView


BLUEPRINTS = (blp,)
