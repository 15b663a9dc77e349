"""Search: requests by what one remembers of them, with what of each was looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, language, signed
from services.gateway.pages import neighbours
from shared.text import marks

EXCERPT = 180  # characters of a text that are shown
MOST = 200  # characters of a query, as support takes them

BLUEPRINT = flask.Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket of the answer: its facts in pieces, hits apart, and where else it was found, each with a title."""

    ticket: dict[str, Any]
    unit: str
    number: list[marks.Piece]
    name: list[marks.Piece]
    where: list[tuple[str, list[marks.Piece]]]


@BLUEPRINT.get("/search")
def shown() -> Any:
    """What was found, the best first; without a query, what one can type."""
    asked = flask.request.args
    query = asked.get("q", "").strip()
    page: dict[str, Any] = {"items": [], "next": None}
    refused = None
    if query:
        try:
            page = calls.service("support").get("tickets", q=query[: MOST + 1], cursor=asked.get("cursor")).data
        except Problem as problem:
            if problem.status != 422:
                raise
            refused = problem.detail
    country = directory.country(signed.person().unit)
    titles = _titles(page["items"])
    return flask.render_template(
        "support/search.html",
        area="tickets",
        query=query,
        refused=refused,
        found=[_found(ticket, query, titles) for ticket in page["items"]],
        following=page["next"],
        here=neighbours.name(neighbours.SEARCH, q=query[:MOST], cursor=asked.get("cursor")),
        country=country,
    ), 422 if refused else 200


def _titles(tickets: list[dict[str, Any]]) -> dict[str, str]:
    units = {code: directory.unit(code) for code in {ticket["unit"] for ticket in tickets}}
    return {code: unit.title if unit else code for code, unit in units.items()}


def _found(ticket: dict[str, Any], query: str, titles: dict[str, str]) -> Found:
    who = ticket["requester"]
    name = marks.pieces(who["name"], query)
    number: list[marks.Piece] = [(ticket["number"], query.isdecimal() and ticket["number"].endswith(query))]
    places: list[tuple[str, list[marks.Piece]]] = [
        (language.say("Request"), marks.excerpt(ticket["content"], query, most=EXCERPT)),
        (language.say("Result for the client"), marks.excerpt(ticket["result"] or "", query, most=EXCERPT)),
        (language.say("Reference in another system"), marks.pieces(ticket["reference"] or "", query)),
        *((language.say("Mail address"), marks.pieces(mail, query)) for mail in who["mails"]),
        *((language.say("Phone number"), [(phone, marks.phone(phone, query))]) for phone in who["phones"]),
    ]
    where = [(title, pieces) for title, pieces in places if any(hit for _, hit in pieces)]
    return Found(ticket, titles[ticket["unit"]], number, name, where or [("", places[0][1])])
