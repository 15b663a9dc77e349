"""Inbound mail over HTTP: handing one in, and the lists of what came."""

from __future__ import annotations

import dataclasses
from typing import Any

from services.support.attachment import receiving
from services.support.mailbox import commands, enclosures, model, schemas, tables
from services.support.ticket import model as tickets
from shared import web
from shared.files import place
from shared.kernel import errors
from shared.people import sight
from shared.store import cursor as cursors
from shared.web import request
from shared.web.site import current
from shared.web.tokens import Caller

SCOPE = "mail"
"""What a system's token must name to hand in mail."""
KIND = "message/rfc822"

inbound = web.Blueprint("inbound_mail", __name__, url_prefix="/v1/inbound/mail", description="Mail that comes in")
blp = web.Blueprint("mail", __name__, url_prefix="/v1/mail", description="Mail that came in")

_BODY = {"required": True, "content": {KIND: {"schema": {"type": "string", "format": "binary"}}}}


@inbound.post("")
@web.writes
@web.takes(KIND)
@inbound.doc(requestBody=_BODY)
@inbound.response(201, schemas.MailOut)
def hand_in() -> Any:
    """Hand in one mail as it came (message/rfc822). The same mail handed in again changes nothing."""
    who = web.caller()
    if who.kind != "system" or SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    if who.unit is None:
        raise errors.Forbidden(missing="a unit: your account belongs to no company or branch")
    raw = request.body()
    if not raw.strip():
        raise errors.Malformed(why="there is no mail in it")
    site = current()
    store = place.of(site.settings, site.service.name, time=site.database.time)
    enclosed = enclosures.take_in(store, raw, receiving.limits(site.settings))
    return commands.take(web.work(), raw, commands.Way(who.id, who.unit), enclosed)


@blp.get("/parked")
@web.reads
@blp.arguments(schemas.MailsIn, location="query")
@blp.response(200, schemas.MailsOut)
def parked(query: dict[str, Any]) -> dict[str, Any]:
    """Mails that wait for a person, with the reason; or those with another outcome. For staff."""
    who, connection = _staff(), web.reader()
    units = sorted(sight.units(connection, who, current().database.time.now()))
    before = cursors.read(query["cursor"]) if "cursor" in query else None
    items = tables.page(connection, units, outcome=query["outcome"], limit=query["limit"] + 1, before=before)
    more = len(items) > query["limit"]
    items = items[: query["limit"]]
    return {"items": items, "next": cursors.write(items[-1].seq) if more else None}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.WholeMailOut)
def whole(id: str) -> dict[str, Any]:
    """A mail with the whole of its text. For staff."""
    who, connection = _staff(), web.reader()
    taken, raw = tables.load(connection, id, sight.units(connection, who, current().database.time.now()))
    return {**dataclasses.asdict(taken), **commands.read(connection, taken, raw)}


@blp.post("/<string:id>/open")
@web.writes
@blp.arguments(schemas.OpenMailIn)
@blp.response(201, schemas.MailOut)
def open_(facts: dict[str, Any], id: str) -> model.Taken:
    """Make a parked mail a ticket: with its text and its files, counted from when it came. For staff."""
    who, work, site = _staff(), web.work(), current()
    _, raw = tables.load(work.connection, id, sight.units(work.connection, who, work.now))
    store = place.of(site.settings, site.service.name, time=site.database.time)
    enclosed = enclosures.take_in(store, raw, receiving.limits(site.settings))
    given = facts["requester"]
    requester = given and tickets.Requester(
        given["name"], given["locale"], tuple(given["mails"]), tuple(given["phones"])
    )
    return commands.open_(work, id, who, requester=requester, enclosed=enclosed)


def _staff() -> Caller:
    """The caller. Raises `errors.Forbidden`."""
    who = web.caller()
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    return who


BLUEPRINTS = (inbound, blp)
