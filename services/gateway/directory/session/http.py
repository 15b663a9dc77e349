"""Where one is signed in, over HTTP. Signing in is the pages' business: a session is a browser's."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.gateway.directory.schemas import Nothing
from services.gateway.directory.session import commands, model, queries
from shared import web
from shared.envelope.fields import When
from shared.kernel import errors
from shared.web.site import current

blp = web.Blueprint("sessions", __name__, url_prefix="/v1/sessions", description="Where one is signed in")


class SessionOut(ma.Schema):
    """One browser that the caller is signed in with."""

    id = fields.String()
    opened_at = When()
    seen_at = When(metadata={"description": "To the minute."})
    address = fields.String(allow_none=True)
    agent = fields.String(allow_none=True, metadata={"description": "What the browser calls itself."})


class SessionsOut(ma.Schema):
    """All of them: nobody has more than a page."""

    items = fields.List(fields.Nested(SessionOut))
    next = fields.String(allow_none=True)


def _me() -> str:
    who = web.caller()
    if who.kind != "staff":
        raise errors.Forbidden(missing="a staff account")
    return who.id


@blp.get("")
@web.reads
@blp.response(200, SessionsOut)
def listed() -> dict[str, Any]:
    """Where the caller is signed in now, newest first."""
    items: list[model.Session] = queries.of_staff(web.reader(), _me(), now=current().database.time.now())
    return {"items": items, "next": None}


@blp.post("/<string:id>/end")
@web.writes
@blp.arguments(Nothing)
@blp.response(204)
def end(_facts: dict[str, Any], id: str) -> None:
    """End one of the caller's own sessions: a browser that was left somewhere."""
    commands.end(web.work(), id, staff_id=_me())


BLUEPRINTS = (blp,)
