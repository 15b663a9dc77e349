"""Uploads over HTTP, by staff and systems, and by clients with the public form."""

from __future__ import annotations

from typing import Any

from services.support.attachment import commands, model, receiving, schemas
from shared import web
from shared.files import place
from shared.kernel import errors
from shared.web import sent_file
from shared.web.site import current

SCOPE = "tickets"
"""What a system's token must name."""
BODY = {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}

blp = web.Blueprint("uploads", __name__, url_prefix="/v1/uploads", description="Files, before they are attached")
public = web.Blueprint("public_uploads", __name__, url_prefix="/v1/public/uploads", description="Files of clients")


def _of_staff() -> receiving.Received:
    if web.scoped(SCOPE).unit is None:
        raise errors.Forbidden(missing="a unit: your account belongs to no company or branch")
    return _of_anybody()


def _of_anybody() -> receiving.Received:
    """Takes the body in. Raises what `sent_file.one` and `receiving.take` raise."""
    site = current()
    limit = receiving.limits(site.settings).file
    sent = sent_file.one(limit)
    store = place.of(site.settings, site.service.name, time=site.database.time)
    return receiving.take(store, sent.stream, name=sent.name, declared=sent.declared, limit=limit)


@blp.post("")
@web.streams(_of_staff)
@blp.doc(requestBody=BODY)
@blp.response(201, schemas.UploadOut)
def upload(received: receiving.Received) -> dict[str, Any]:
    """Send one file: as the body, named by `Content-Disposition`, or as the part `file` of a form."""
    return _kept(received)


@public.post("")
@web.streams(_of_anybody)
@public.doc(requestBody=BODY)
@public.response(201, schemas.UploadOut)
def upload_without_account(received: receiving.Received) -> dict[str, Any]:
    """Send one file for a request that you are about to make."""
    return _kept(received)


def _kept(received: receiving.Received) -> dict[str, Any]:
    kept, token = commands.keep(web.work(), received)
    facts = {name: getattr(kept, name) for name in ("name", "type", "size", "hash")}
    return {**facts, "token": token, "expires_at": kept.at + model.WAITS}


BLUEPRINTS = (blp, public)
