"""Absences over HTTP: parse, call, present."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from services.gateway.directory import callers, dated
from services.gateway.directory.absence import commands, model, queries, schemas, tables
from services.gateway.directory.schemas import Nothing
from shared import web

blp = web.Blueprint("absences", __name__, url_prefix="/v1/absences", description="Who is away")


@blp.post("")
@web.writes
@blp.arguments(schemas.AbsenceIn)
@blp.response(201, schemas.AbsenceOut)
def enter(facts: dict[str, Any]) -> model.Absence:
    """Enter an absence: one's own, or as admin anybody's of the company."""
    company = callers.looks_after(web.work().connection, web.caller(), facts["person"])
    return web.made(blp, commands.enter(web.work(), company=company, **facts))


@blp.get("")
@web.reads
@blp.arguments(schemas.AbsencePageIn, location="query")
@blp.response(200, schemas.AbsencePageOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The absences of the caller's company, by their last day."""
    company = callers.reads(web.reader(), web.caller())
    person = query.pop("person", None)
    where = (tables.absence.c.person == person,) if person else ()
    items, following = dated.page(web.reader(), tables.absence, company, where=where, **query)
    return {"items": _shown([tables.read(row) for row in items]), "next": following}


@blp.get("/<string:id>")
@web.reads
@blp.response(200, schemas.AbsenceOut)
def shown(id: str) -> model.Absence:
    """One absence."""
    found = tables.load(web.reader(), id, company=callers.reads(web.reader(), web.caller()))
    return web.tagged(_shown([found])[0])


@blp.post("/<string:id>/take_back")
@web.writes
@blp.arguments(Nothing)
@blp.response(200, schemas.AbsenceOut)
def take_back(_facts: dict[str, Any], id: str) -> model.Absence:
    """It is not so after all."""
    connection, who = web.work().connection, web.caller()
    company = callers.reads(connection, who)
    found = tables.load(connection, id, company=company)
    callers.looks_after(connection, who, found.person)
    return web.tagged(commands.take_back(web.work(), id, company=company, version=web.expected_version()))


def _shown(found: Sequence[model.Absence]) -> list[model.Absence]:
    """Why somebody is away is read by themselves, the leads of their unit and administrators; nobody else."""
    known = queries.confided(web.reader(), web.caller(), {each.person for each in found})
    return [each if each.person in known else dataclasses.replace(each, reason=None) for each in found]


BLUEPRINTS = (blp,)
