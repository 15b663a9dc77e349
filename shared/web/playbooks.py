"""The procedures of a service over HTTP: what each says, and the table of the flow that it configures.

A caller sees the playbooks that serve a unit which they may look at; the operator's roles see all.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields

from shared import web
from shared.kernel import errors
from shared.people import sight
from shared.playbook import model, shelf, tables
from shared.runtime import manifest
from shared.web import promises
from shared.web.site import current

_a = tables.active.c

playbooks = web.Blueprint("playbooks", __name__, url_prefix="/v1/playbooks", description="Procedures of companies")


class NoSuchPlaybook(errors.NotFound):
    """There is no such playbook, or none that you may know of."""

    code = "no-such-playbook"


class LineOut(ma.Schema):
    """A playbook that new objects are opened under."""

    id = fields.String()
    version = fields.String()
    title = fields.Dict(keys=fields.String(), values=fields.String())
    flow = fields.String()
    units = fields.List(fields.String(), metadata={"description": 'The units it serves; "*" is every other one.'})


class VersionIn(ma.Schema):
    """Which version; without one, the version that new objects are opened under."""

    version = fields.String()


class MoveOut(ma.Schema):
    """One verb of the flow's lifecycle."""

    verb = fields.String()
    sources = fields.List(fields.String())
    target = fields.String()


class LifecycleOut(ma.Schema):
    """The states of an object and the verbs between them."""

    initial = fields.String()
    moves = fields.List(fields.Nested(MoveOut))


class PlaybookOut(LineOut):
    """One version of a playbook, as its file says it, with the flow's own tables."""

    body = fields.Dict(keys=fields.String(), values=fields.Raw())
    lifecycle = fields.Nested(LifecycleOut)
    steps = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "The steps that RACI speaks of, each with its verbs."},
    )


@playbooks.get("")
@web.reads
@playbooks.response(200, LineOut(many=True))
def listed() -> list[model.Playbook]:
    """The active playbooks of the caller's units, by id."""
    connection = web.reader()
    rows = connection.execute(sa.select(_a.id, _a.version).distinct().order_by(_a.id, _a.version)).all()
    units = _units()
    return [each for row in rows if _for_one_of(each := shelf.kept(connection, row.id, row.version), units)]


@playbooks.get("/<string:id>")
@web.reads
@playbooks.arguments(VersionIn, location="query")
@playbooks.response(200, PlaybookOut)
def shown(query: dict[str, Any], id: str) -> dict[str, Any]:
    """One playbook: roles, RACI, clocks, request types, authority, reasons for a pause."""
    units = _units()  # first: whoever may read none is told so, whether there is one or not
    playbook = _found(id, query.get("version"))
    flow = manifest.flows(current().service).get(playbook.flow)
    if flow is None or not _for_one_of(playbook, units):
        raise NoSuchPlaybook
    return {
        "id": playbook.id,
        "version": playbook.version,
        "title": playbook.title,
        "flow": playbook.flow,
        "units": playbook.units,
        "body": playbook.body,
        "lifecycle": flow.lifecycle,
        "steps": flow.steps,
    }


def _found(id: str, version: str | None) -> model.Playbook:
    connection = web.reader()
    if version is None:
        version = connection.execute(sa.select(_a.version).where(_a.id == id).limit(1)).scalar_one_or_none()
    try:
        return shelf.kept(connection, id, version or "")
    except shelf.NotInstalled:
        raise NoSuchPlaybook from None


def _units() -> set[str]:
    who = web.caller()
    if who.kind == "system" and promises.SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {promises.SCOPE}")
    return set(sight.units(web.reader(), who, current().database.time.now()))


def _for_one_of(playbook: model.Playbook, units: set[str]) -> bool:
    return any(playbook.serves(unit) for unit in units)


BLUEPRINTS = (playbooks,)
