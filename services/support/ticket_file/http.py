"""The files of a ticket over HTTP: listed, added, and given back, never to be opened in the browser."""

from __future__ import annotations

from typing import Any

import flask
import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields

from services.support.attachment import queries, receiving, schemas
from services.support.attachment.model import Upload
from services.support.ticket import gate, model, tables
from services.support.ticket_file import commands
from shared import web
from shared.files import place
from shared.web.site import current

SCOPE = "tickets"
"""What a system's token must name."""
SANDBOX = "default-src 'none'; sandbox"
"""Whatever a browser makes of a file, it may run nothing and reach nothing."""


class AttachIn(ma.Schema):
    """Tokens of what was uploaded within the hour."""

    attachments = schemas.TokensIn(required=True)


class AttachedOut(ma.Schema):
    """The files of a ticket, oldest first."""

    items = fields.List(fields.Nested(schemas.AttachmentOut))


blp = web.Blueprint("ticket_files", __name__, url_prefix="/v1/tickets", description="Files of tickets")
files = web.Blueprint("attachments", __name__, url_prefix="/v1/attachments", description="What is in a file")


def _seen(connection: sa.Connection, id: str) -> model.Ticket:
    who = web.scoped(SCOPE)
    return gate.seen(connection, tables.load(connection, id), who, current().database.time.now())


@blp.get("/<string:id>/attachments")
@web.reads
@blp.response(200, AttachedOut)
def listed(id: str) -> dict[str, list[Upload]]:
    """What is attached to a ticket."""
    return {"items": queries.of_object(web.reader(), _seen(web.reader(), id).id)}


@blp.post("/<string:id>/attach")
@web.writes
@blp.arguments(AttachIn, example={"attachments": ["k3Wq7mZ9cR4tYbN8vHs2Lx"]})
@blp.response(200, AttachedOut)
def attach(facts: dict[str, Any], id: str) -> dict[str, list[Upload]]:
    """Attach what was uploaded to a ticket, each file once."""
    limits = receiving.limits(current().settings)
    commands.add(web.work(), id, web.scoped(SCOPE), facts["attachments"], limits)
    return {"items": queries.of_object(web.work().connection, id)}


@files.get("/<string:id>/content")
@files.response(200, content_type="application/octet-stream")
def content(id: str) -> flask.Response:
    """The file, to be saved; its content is checked against its hash before the first byte leaves."""
    site = current()
    web.scoped(SCOPE)
    with site.database.reading() as connection:
        found = queries.attached(connection, id)
        try:
            _seen(connection, found.object_id or "")
        except tables.NoSuchTicket as error:
            raise queries.NoSuchAttachment from error
    file = place.of(site.settings, site.service.name, time=site.database.time).open(found.hash)
    response = flask.send_file(
        file, mimetype=found.type, as_attachment=True, download_name=found.name, conditional=False, etag=False
    )
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


BLUEPRINTS = (blp, files)
