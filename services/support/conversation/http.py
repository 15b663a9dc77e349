"""Conversations over HTTP: parse, call, present."""

from __future__ import annotations

import dataclasses
from typing import Any

from services.support.attachment import receiving
from services.support.conversation import commands, model, queries, schemas
from services.support.ticket import gate, tables
from services.support.ticket.schemas import Nothing
from shared import locale as languages
from shared import web
from shared.kernel import errors
from shared.web import links, tokens
from shared.web.site import current

SCOPE = "tickets"
"""What a system's token must name to read."""

blp = web.Blueprint("conversation", __name__, url_prefix="/v1/tickets", description="What is said about a ticket")
public = web.Blueprint(
    "public_conversation", __name__, url_prefix="/v1/public", description="What a client and the house wrote"
)
replies = web.Blueprint("replies", __name__, url_prefix="/v1/replies", description="Replies to clients")


def _who() -> tokens.Caller:
    """The caller. Raises `errors.Forbidden`, which says what is missing."""
    who = web.caller()
    if who.kind == "system" and SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    return who


def _shown(entry: model.Entry) -> dict[str, Any]:
    return {**dataclasses.asdict(entry), "possible": entry.possible(current().database.time.now())}


@blp.get("/<string:id>/conversation")
@web.reads
@blp.arguments(schemas.ConversationIn, location="query")
@blp.response(200, schemas.ConversationOut)
def listed(query: dict[str, Any], id: str) -> dict[str, Any]:
    """Replies, answers, notes, questions and advice, in the order in which they were said."""
    connection, who, now = web.reader(), _who(), current().database.time.now()
    ticket = gate.seen(connection, tables.load(connection, id), who, now)
    items, following = queries.page(connection, ticket.id, **query)
    refusals = commands.refusals(connection, ticket, who, now)
    return {
        "items": [_shown(entry) for entry in items],
        "next": following,
        "possible": [verb for verb, refusal in refusals.items() if refusal is None],
        "not_possible": {
            verb: languages.translate(refusal.template, web.locale(), **refusal.facts)
            for verb, refusal in refusals.items()
            if refusal is not None
        },
    }


@blp.post("/<string:id>/reply")
@web.writes
@blp.arguments(schemas.ReplyIn, example={"text": "Lô hàng của Quý khách dự kiến đến ngày 26/11/2026."})
@blp.response(201, schemas.SaidOut)
def reply(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Write to the client, with files. It leaves in ten seconds; until then it can be taken back, its files with it."""
    limits = receiving.limits(current().settings)
    return _shown(commands.reply(web.work(), id, _who(), limits=limits, **facts))


@blp.post("/<string:id>/note")
@web.writes
@blp.arguments(schemas.NoteIn)
@blp.response(201, schemas.SaidOut)
def note(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Keep something for colleagues; the client never reads it."""
    return _shown(commands.note(web.work(), id, _who(), **facts))


@blp.post("/<string:id>/consult")
@web.writes
@blp.arguments(schemas.ConsultIn)
@blp.response(201, schemas.SaidOut)
def consult(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Ask a colleague, or a role with the letter C in the step; they may see the ticket and advise, no more."""
    return _shown(commands.consult(web.work(), id, _who(), **facts))


@blp.post("/<string:id>/advise")
@web.writes
@blp.arguments(schemas.NoteIn)
@blp.response(201, schemas.SaidOut)
def advise(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Whoever was asked says what they think."""
    return _shown(commands.advise(web.work(), id, _who(), **facts))


@replies.post("/<string:id>/undo")
@web.writes
@replies.arguments(Nothing)
@replies.response(200, schemas.SaidOut)
def undo(_facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Take a reply back before its ten seconds are over."""
    return _shown(commands.undo(web.work(), id, _who()))


@public.get("/links/<string:token>/conversation")
@web.reads
@public.arguments(schemas.PassedIn, location="query")
@public.response(200, schemas.PassedPageOut)
def passed(query: dict[str, Any], token: str) -> dict[str, Any]:
    """Replies that have left and what the client wrote since, behind a link that still shows the request."""
    connection, now = web.reader(), current().database.time.now()
    purpose = links.purpose(connection, token)
    link = links.look(connection, token, purpose=purpose, now=now)
    items, following = queries.passed(connection, tables.load(connection, link.subject).id, **query)
    return {"items": items, "next": following}


BLUEPRINTS = (blp, replies, public)
