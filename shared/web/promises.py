"""What a service answers about its promises: clocks, why one is late, the desk, and trails.

Registered for every service that has a flow. A caller sees the units in which they hold a role, and those below; the
operator's roles see every unit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import flask
import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields, validate

from shared import web
from shared.clocks import commands, queries
from shared.clocks import tables as clock_tables
from shared.envelope.fields import When
from shared.kernel import errors
from shared.people import sight
from shared.playbook import book, shelf
from shared.playbook.model import Flow
from shared.runtime import manifest
from shared.trail import export
from shared.trail import queries as trails
from shared.web import tokens
from shared.web.site import current

SCOPE = "tickets"
"""What a system's token must name to read of promises: whoever may only send events learns nothing."""

clocks = web.Blueprint("clocks", __name__, url_prefix="/v1/clocks", description="Running promises")
trail = web.Blueprint("trail", __name__, url_prefix="/v1/trail", description="What happened, in order")


class BadCursor(errors.Malformed):
    """The cursor is not one that this list gave out; start again without it."""

    code = "bad-cursor"


class Words(fields.Dict):
    """One text in each language."""

    def __init__(self, **more: Any) -> None:
        super().__init__(keys=fields.String(), values=fields.String(), **more)


class ClockOut(ma.Schema):
    """A clock; `left_seconds` is negative when it is late, in the clock's own kind of time."""

    id = fields.String()
    name = fields.String()
    round = fields.Integer()
    state = fields.String()
    owed_by = fields.String(allow_none=True)
    owes = fields.String()
    on = fields.String()
    started_at = When()
    due_at = When()
    left_seconds = fields.Integer()
    used_seconds = fields.Integer()
    allowance_seconds = fields.Integer()
    late = fields.Boolean()
    paused_for = fields.String(allow_none=True)
    provisional = fields.Boolean()
    ended_at = When(allow_none=True)


class AboutOut(ma.Schema):
    """What the promise is about."""

    kind = fields.String()
    id = fields.String()
    number = fields.String()
    unit = fields.String()


class ClockItemOut(ClockOut):
    """A clock in a list, with what it is about and the verb that ends it."""

    of = fields.Nested(AboutOut)
    party = fields.String(allow_none=True)
    client = fields.String(allow_none=True, metadata={"description": "The client's name, where the flow knows one."})
    verbs = fields.List(fields.String())
    title = Words(metadata={"description": "What the procedure calls it, by language; empty where it says nothing."})
    owes_title = Words(metadata={"description": "What the procedure calls the role that owes it, by language."})
    paused_why = Words(allow_none=True, metadata={"description": "For whom it waits, by language."})


class ClocksOut(ma.Schema):
    """One page; `next` is the cursor of the following one."""

    items = fields.List(fields.Nested(ClockItemOut))
    next = fields.String(allow_none=True)


class IntervalOut(ma.Schema):
    """A counted interval."""

    start = When(attribute="from", data_key="from")
    until = When()
    seconds = fields.Float()


class ChangeOut(ma.Schema):
    """A pause, a changed policy or calendar, or the end."""

    at = When()
    what = fields.String()
    by = fields.String()
    reason = fields.String(allow_none=True)
    evidence = fields.String(allow_none=True)
    counted_seconds = fields.Float()
    due_before = When()
    due_after = When()


class RungOut(ma.Schema):
    """A rung of the ladder."""

    percent = fields.Float()
    tell = fields.List(fields.String())
    escalate = fields.Boolean()
    fired = fields.Boolean()
    next_at = When(allow_none=True)


class ExplainOut(ClockOut):
    """Why a clock is where it is. The intervals' seconds add up to `counted_seconds`."""

    of = fields.Nested(AboutOut)
    playbook = fields.String()
    first_due_at = When()
    late_at = When(allow_none=True)
    as_of = When()
    intervals = fields.List(fields.Nested(IntervalOut))
    counted_seconds = fields.Float()
    changes = fields.List(fields.Nested(ChangeOut))
    ladder = fields.List(fields.Nested(RungOut))


class ClockPageIn(ma.Schema):
    """Which page."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, queries.MOST))
    cursor = fields.String()


class ClocksIn(ClockPageIn):
    """Which clocks."""

    due_before = When()


class TrailIn(ma.Schema):
    """Whose trail, and which page; `before` is the `seq` of the last entry seen."""

    party = fields.String(required=True, validate=validate.Length(1, 200))
    before = fields.Integer(validate=validate.Range(1, 2**63 - 1))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, trails.MOST))


class EntryOut(ma.Schema):
    """One entry of a trail, chained to the one before it by its hash."""

    kind = fields.String()
    id = fields.String()
    number = fields.Integer()
    at = fields.String()
    what = fields.String()
    actor = fields.String()
    on_behalf_of = fields.String(allow_none=True)
    trace = fields.String(allow_none=True)
    party = fields.String(allow_none=True)
    facts = fields.Dict(keys=fields.String(), values=fields.Raw())
    sealed = fields.String(allow_none=True, metadata={"description": "The digest of the sealed personal text."})
    seq = fields.Integer()
    text = fields.String(allow_none=True, metadata={"description": "The personal text, where there still is one."})
    erased = fields.Boolean()
    hash = fields.String()


class EntriesOut(ma.Schema):
    """One page; `next` goes into `before` of the following one."""

    items = fields.List(fields.Nested(EntryOut))
    next = fields.Integer(allow_none=True)


class FindingOut(ma.Schema):
    """What is wrong with which entry."""

    number = fields.Integer()
    what = fields.String()


class NewestIn(ma.Schema):
    """How much of one object's trail; without `newest` all of it."""

    newest = fields.Integer(validate=validate.Range(1, trails.MOST))
    until = When(metadata={"description": "With `newest`: nothing that happened after this moment."})


class TrailOut(ma.Schema):
    """What happened to one object, in order, and whether the whole chain is whole."""

    kind = fields.String()
    id = fields.String()
    exported_at = fields.String()
    whole = fields.Boolean()
    findings = fields.List(fields.Nested(FindingOut))
    earlier = fields.Boolean(metadata={"description": "Whether there are entries before these."})
    entries = fields.List(fields.Nested(EntryOut))


@clocks.get("")
@web.reads
@clocks.arguments(ClocksIn, location="query")
@clocks.response(200, ClocksOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Open clocks of the caller's units, the one due first first."""
    connection = web.reader()
    found = queries.due(
        connection,
        sight.units(connection, asking(), _now()),
        before=query.get("due_before"),
        limit=query["limit"],
        after=after(query),
    )
    return page(found, query["limit"])


@clocks.get("/<string:id>/explain")
@web.reads
@clocks.response(200, ExplainOut)
def explained(id: str) -> dict[str, Any]:
    """Every counted interval, every pause and changed due moment, to the second."""
    connection, who = web.reader(), asking()
    kept = queries.one(connection, id)
    mine = who.kind == "staff" and kept.owner == who.id  # also where somebody of another unit was asked to help
    if not mine and kept.of.unit not in sight.units(connection, who, _now()):
        raise commands.NoSuchClock
    return queries.explain(kept, book.of(connection), connection, _now())


@trail.get("")
@web.reads
@trail.arguments(TrailIn, location="query")
@trail.response(200, EntriesOut)
def of_party(query: dict[str, Any]) -> flask.Response:
    """A client's entries in this service, newest first: of the objects in the caller's units."""
    connection = web.reader()
    here = clock_tables.clock.c.unit.in_(sight.units(connection, asking(), _now()))
    entries = trails.of_party(
        connection,
        query["party"],
        among=sa.select(clock_tables.clock.c.object_id).where(here),
        before=query.get("before"),
        limit=query["limit"],
    )
    return _json({"items": entries, "next": entries[-1]["seq"] if len(entries) == query["limit"] else None})


def of_object(
    connection: Any, kind: str, id: str, *, title: str, newest: int | None = None, until: datetime | None = None
) -> flask.Response:
    """The trail of one object that the caller may see, as JSON or, for `Accept: text/html`, ready to be printed.

    `newest` and `until` keep the JSON short; what is printed is whole.
    """
    wanted = flask.request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wanted == "text/html":
        page = export.html(connection, kind, id, title=title, locale=web.locale(), now=_now())
        return flask.Response(page, content_type="text/html; charset=utf-8")
    return _json(export.data(connection, kind, id, now=_now(), newest=newest, until=until))


def page(found: list[Any], limit: int, *, cursor: Callable[[Any], str] = queries.cursor) -> dict[str, Any]:
    """One page of a list of clocks, as the API gives it."""
    connection = web.reader()
    known = book.of(connection)
    names = told(connection, found, lambda flow: flow.client_names)
    items = []
    for kept in found:
        of = {"kind": kept.of.kind, "id": kept.of.id, "number": kept.of.number, "unit": kept.of.unit}
        shown = queries.shown(kept, known, connection, _now())
        own = {"of": of, "party": kept.of.party, "client": names.get(kept.of.id), **_in_words(connection, kept)}
        items.append({**shown, **own})
    return {"items": items, "next": cursor(found[-1]) if len(found) == limit else None}


def _in_words(connection: Any, kept: Any) -> dict[str, Any]:
    """What the clock's procedure calls the promise, who owes it and for whom it waits; and the verbs that end it."""
    playbook = shelf.kept(connection, kept.of.playbook, kept.of.playbook_version)
    flow, spec = manifest.flows(current().service).get(kept.of.kind), playbook.clocks.get(kept.clock.name)
    ends = spec.ends if spec else ()
    return {
        "verbs": list(dict.fromkeys(flow.events[event] for event in ends if event in flow.events)) if flow else [],
        "title": spec.title if spec else {},
        "owes_title": playbook.roles.get(kept.owes, {}),
        "paused_why": playbook.pauses.get(kept.clock.paused_for),
    }


def told(connection: Any, found: list[Any], by: Callable[[Flow], Any]) -> dict[str, str]:
    """What flows say of these objects, by id: one question per flow, however long the page."""
    said: dict[str, str] = {}
    for kind, flow in manifest.flows(current().service).items():
        ids, asked = {kept.of.id for kept in found if kept.of.kind == kind}, by(flow)
        if ids and asked:
            said |= asked(connection, ids)
    return said


def asking() -> tokens.Caller:
    """The caller. Raises `errors.Forbidden`, which says what is missing."""
    who = web.caller()
    if who.kind == "system" and SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    return who


def after(query: dict[str, Any]) -> Any:
    """What the asked page begins after. Raises `BadCursor`."""
    if "cursor" not in query:
        return None
    try:
        return queries.read_cursor(query["cursor"])
    except ValueError as error:
        raise BadCursor from error


def _now() -> Any:
    return current().database.time.now()


def _json(value: Any) -> flask.Response:
    text = json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    return flask.Response(text, content_type="application/json")


BLUEPRINTS = (clocks, trail)
