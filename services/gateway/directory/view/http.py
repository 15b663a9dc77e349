"""Saved views over HTTP. A person sees their own, and those that colleagues share in the unit."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.gateway.directory.view import commands, model, queries, tables
from shared import web
from shared.envelope.fields import Text, When
from shared.web.tokens import Caller

blp = web.Blueprint("views", __name__, url_prefix="/v1/views", description="Saved views of lists")

LISTS = ("support.tickets", "notify.messages", "directory.staff")


class ViewIn(ma.Schema):
    """A name for the filters of a list; saving under the same name replaces."""

    list = fields.String(required=True, validate=validate.OneOf(LISTS))
    name = Text(most=tables.MAX_NAME, required=True)
    query = Text(most=tables.MAX_QUERY, least=0, required=True)
    shared = fields.Boolean(
        load_default=False, metadata={"description": "Everybody whose account is of the caller's unit sees it, too."}
    )


class RenameIn(ma.Schema):
    """What it is to be called."""

    name = Text(most=tables.MAX_NAME, required=True)


class NothingIn(ma.Schema):
    """An empty object, or no body at all."""


class ViewOut(ma.Schema):
    """A saved view."""

    id = fields.String()
    list = fields.String()
    name = fields.String()
    query = fields.String()
    shared = fields.Boolean()
    owner = fields.String(metadata={"description": "The staff id of whoever saved it."})
    changeable = fields.Boolean(metadata={"description": "The caller may rename and remove it."})
    saved_at = When()


def shown(view: model.View, who: Caller) -> dict[str, Any]:
    """A view as the caller sees it."""
    names = ("id", "list", "name", "query", "shared", "owner", "saved_at")
    return {name: getattr(view, name) for name in names} | {"changeable": queries.changes(who, view)}


@blp.get("")
@web.reads
@blp.response(200, ViewOut(many=True))
def listed() -> list[dict[str, Any]]:
    """The caller's views and those that are shared with them, by list and name."""
    who = web.caller()
    return [shown(each, who) for each in queries.of(web.reader(), who)]


@blp.post("")
@web.writes
@blp.arguments(ViewIn)
@blp.response(201, ViewOut)
def save(facts: dict[str, Any]) -> dict[str, Any]:
    """Save a view, or replace one's own of the same name."""
    who = web.caller()
    return shown(commands.save(web.work(), who, **facts), who)


@blp.post("/<string:id>/rename")
@web.writes
@blp.arguments(RenameIn)
@blp.response(200, ViewOut)
def rename(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Call it something else. A shared one may be changed by its owner and by the leads of the unit."""
    who = web.caller()
    return shown(commands.rename(web.work(), who, id, **facts), who)


@blp.delete("/<string:id>")
@web.writes
@blp.response(204)
def delete(id: str) -> None:
    """Show it no more; for 30 days it can be brought back."""
    commands.remove(web.work(), web.caller(), id)


@blp.post("/<string:id>/restore")
@web.writes
@blp.arguments(NothingIn)
@blp.response(200, ViewOut)
def restore(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Bring back what was deleted."""
    who = web.caller()
    return shown(commands.restore(web.work(), who, id), who)


BLUEPRINTS = (blp,)
