"""Duplicates over HTTP: parse, call, present."""

from __future__ import annotations

from typing import Any

from services.support.duplicates import closing, commands, model, queries, schemas, tables, words
from services.support.ticket import gate
from services.support.ticket import model as tickets
from services.support.ticket import tables as ticket_tables
from services.support.ticket.callers import SCOPE
from shared import locale as languages
from shared import web
from shared.kernel import errors
from shared.people import sight
from shared.web import tokens
from shared.web.site import current

blp = web.Blueprint("duplicates", __name__, url_prefix="/v1/tickets", description="Tickets that may be one request")


def _who() -> tokens.Caller:
    """The caller. Raises `errors.Forbidden`, which says what is missing."""
    who = web.caller()
    if who.kind == "system" and SCOPE not in who.scopes:
        raise errors.Forbidden(missing=f"a system token with the scope {SCOPE}")
    if who.unit is None:
        raise errors.Forbidden(missing="a unit: your account belongs to no company or branch")
    return who


@blp.get("/<string:id>/duplicates")
@web.reads
@blp.response(200, schemas.DuplicatesOut)
def duplicates(id: str) -> dict[str, Any]:
    """Tickets of the last and next 14 days that may be the same request, each with its reasons; and what is linked."""
    return _shown(web.reader(), id, _who())


@blp.post("/<string:id>/link")
@web.writes
@blp.arguments(schemas.LinkTicketsIn, example=schemas.LINK)
@blp.response(200, schemas.DuplicatesOut)
def link(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Say that it is a duplicate of another ticket, or has to do with it. Nothing is merged."""
    commands.link(web.work(), id, _who(), version=web.expected_version(), **facts)
    return _shown(web.work().connection, id, _who())


@blp.post("/<string:id>/unlink")
@web.writes
@blp.arguments(schemas.UnlinkIn)
@blp.response(200, schemas.DuplicatesOut)
def unlink(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Take a link back; both trails keep that there was one."""
    commands.unlink(web.work(), id, _who(), version=web.expected_version(), **facts)
    return _shown(web.work().connection, id, _who())


@blp.post("/<string:id>/close_duplicate")
@web.writes
@blp.arguments(schemas.UnlinkIn)
@blp.response(200, schemas.DuplicatesOut)
def close_duplicate(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Close it as a duplicate of another, which is open; the client is told under which number it continues."""
    closing.close(web.work(), id, _who(), version=web.expected_version(), **facts)
    return _shown(web.work().connection, id, _who())


@blp.post("/<string:id>/reopen_duplicate")
@web.writes
@blp.arguments(schemas.WhyNotIn)
@blp.response(200, schemas.DuplicatesOut)
def reopen_duplicate(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Take it up again: it is a request of its own after all. The client is told."""
    closing.reopen(web.work(), id, _who(), version=web.expected_version(), **facts)
    return _shown(web.work().connection, id, _who())


def _shown(connection: Any, id: str, who: tokens.Caller) -> dict[str, Any]:
    now = current().database.time.now()
    ticket = gate.seen(connection, ticket_tables.load(connection, id), who, now)
    units = sight.units(connection, who, now)
    links = [_link(connection, each, id, units) for each in tables.of(connection, id)]
    web.tag(ticket.version)
    return {
        "version": ticket.version,
        "items": [_candidate(each) for each in queries.candidates(connection, ticket, units)],
        "links": [each for each in links if each is not None],
    }


def _other(ticket: tickets.Ticket) -> dict[str, Any]:
    shown = {name: getattr(ticket, name) for name in ("number", "unit", "state", "content", "received_at")}
    return {"ticket_id": ticket.id, "name": ticket.requester.name, **shown}


def _candidate(of: queries.Candidate) -> dict[str, Any]:
    reasons = [
        {"code": code, "text": languages.translate(words.REASONS[code], web.locale(), alike=of.alike)}
        for code in of.reasons
    ]
    return {**_other(of.ticket), "reasons": reasons, "alike": of.alike}


def _link(connection: Any, of: model.Link, id: str, units: set[str]) -> dict[str, Any] | None:
    """The other end; None for a ticket of a unit that the caller may know nothing of."""
    there, as_ = of.across(id)
    ticket = ticket_tables.load(connection, there)
    if ticket.unit not in units:
        return None
    return {**_other(ticket), "kind": as_, "reason": of.reason, "linked_by": of.linked_by, "linked_at": of.linked_at}


BLUEPRINTS = (blp,)
