"""Messages over HTTP, for staff: what clients were told, and what became of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from services.notify.channel import segments
from services.notify.message import commands, model, preview, queries, schemas
from services.notify.rule import model as rules
from shared import web
from shared.envelope import cloudevent
from shared.kernel import errors, ids
from shared.people import standing, units
from shared.web.site import current

WHOLE_COMPANY = ("admin", "on-call")
"""Roles that look after the messages of every unit of their company; everybody else sees those of their own."""

blp = web.Blueprint("messages", __name__, url_prefix="/v1/messages", description="Messages to clients")


def _units(connection: sa.Connection) -> set[str]:
    """The units whose messages the caller may see. Raises `errors.Forbidden`: personal data is for staff only."""
    who = web.caller()
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    if who.unit and set(who.roles) & set(WHOLE_COMPANY):
        return standing.company(connection, who.unit)
    return {who.unit} if who.unit else set()


def _shown(message: model.Message, connection: Any) -> dict[str, Any]:
    """The message with its attempts, and its version for the next change."""
    readable = _kept_here(message) and not rules.private(message.rule)
    fields = {name: getattr(message, name) for name in model.Message.__slots__}
    web.tag(message.version)
    return {
        **fields,
        "possible": message.possible,
        "files": message.files or [],
        "text": message.text if readable else queries.without_secret(message.text),
        "html": message.html if readable else queries.without_secret(message.html),
        "attempts_made": queries.attempts(connection, message.id),
        "segments": segments.count(message.text).parts if message.text and message.channel == model.SMS else None,
        "resent_as": queries.resent_as(connection, message.id),
    }


def _kept_here(message: model.Message) -> bool:
    """Whether this answer is the only mailbox that there is."""
    settings = current().settings
    return settings.smtp_url is None and (message.channel == model.MAIL or settings.sms_url is None)


@blp.get("")
@web.reads
@blp.arguments(schemas.PageIn, location="query")
@blp.response(200, schemas.PageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Messages, newest first; never their texts."""
    items, following = queries.page(web.reader(), units=_units(web.reader()), **query)
    return {"items": items, "next": following}


@blp.post("/sms-preview")
@web.reads
@blp.arguments(schemas.PreviewIn, example=schemas.PREVIEW)
@blp.response(200, schemas.PreviewOut)
def previewed(asked: dict[str, Any]) -> dict[str, Any]:
    """What a client would be sent by SMS if something happened now, and in how many parts. Sends and keeps nothing."""
    who = web.caller()
    if who.kind != "staff" or not who.unit:
        raise errors.Forbidden(missing="a staff account")
    units.known(web.reader(), asked["unit"])
    contact = {name: asked.pop(name) for name in ("name", "locale", "mails", "phones")}
    cases, items = asked.pop("cases"), []
    for case in cases:
        found = preview.of(web.reader(), _case(case, {**asked, "contact": contact}), case["gaps"], current().settings)
        items += [{"type": case["type"], **dataclasses.asdict(each)} for each in found]
    return {"items": items}


def _case(case: dict[str, Any], asked: dict[str, Any]) -> cloudevent.Event:
    """As support would tell of it."""
    data = {**asked, "progress": asked["text"], "result": asked["text"], "link": preview.LINK}
    heard: Any = schemas.TicketHeard().load({name: value for name, value in data.items() if value is not None})
    now = current().database.time.now()
    return cloudevent.Event(ids.new(), "/steward/support", case["type"], ids.new(), now, heard)


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.MessageOut)
def shown(id: str) -> dict[str, Any]:
    """One message as the client reads it, and every attempt to deliver it."""
    return _shown(queries.one(web.reader(), id, units=_units(web.reader())), web.reader())


@blp.post("/<string:id>/resend")
@web.writes
@blp.arguments(schemas.ResendIn)
@blp.response(201, schemas.MessageOut)
def resend(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Send the same text once more, as a new message that names this one and the reason."""
    old = _mine(id)
    new = commands.resend(web.work(), old, **facts)
    web.locate(f"{blp.url_prefix}/{new.id}")
    return _shown(new, web.work().connection)


@blp.post("/<string:id>/cancel")
@web.writes
@blp.arguments(schemas.CancelIn)
@blp.response(200, schemas.MessageOut)
def cancel(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Keep a waiting message from being sent."""
    return _shown(commands.cancel(web.work(), _mine(id), **facts), web.work().connection)


def _mine(id: str) -> model.Message:
    message = queries.one(web.work().connection, id, units=_units(web.work().connection), lock=True)
    seen = web.expected_version()
    if seen is not None and seen != message.version:
        raise errors.Stale
    return message


BLUEPRINTS = (blp,)
