"""From one ticket of a list to the next, and back to the list.

The address of a ticket's page says which list one came from and where in it the ticket stood. That is all there is of
it: no list is kept anywhere, and what has left the list meanwhile still has its neighbours. Every link and form of the
page about the same ticket takes both along (`keep`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, signed, words
from services.gateway.pages import listed
from services.gateway.transport import Away

LIST, AT = "list", "at"
TICKETS, DESK, SEARCH = "tickets", "desk", "search"
MOST = 2_000  # characters of an address that are read
KIND = "support.ticket"
AHEAD = 10  # promises of the desk that are looked through for one of another ticket
_OF_A_TICKET = ("ticket", "conversation", "ticket_files", "duplicates")
"""The blueprints whose addresses begin with the id of a ticket."""

Side = tuple[str, str] | None
"""On one side of a ticket: the address of the next, and what it is called."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a ticket's page offers of the list that one came from."""

    back: str
    previous: Side
    next: Side


def name(kind: str, **query: Any) -> str:
    """The value of `list` for a list that is shown by such a query."""
    given = [(key, value) for key, value in query.items() if value]
    return f"{kind}?{urlencode(given, doseq=True)}"


def of_tickets(asked: listed.Asked, cursor: str | None) -> str:
    """The same for the list of tickets."""
    return f"{TICKETS}?{asked.query(**({'cursor': cursor} if cursor else {}))}"


def place_of_duty(clock: Mapping[str, Any]) -> str:
    """Where a promise stands on the desk."""
    return f"{clock['due_at']} {clock['id']}"


def keep(endpoint: str, values: dict[str, Any]) -> None:
    """Whatever leads from a ticket's page to the same ticket keeps the list that one came from."""
    if not flask.has_request_context() or endpoint.partition(".")[0] not in _OF_A_TICKET:
        return
    if LIST in values or (flask.request.view_args or {}).get("id") != values.get("id"):
        return
    if flask.request.blueprint in _OF_A_TICKET:
        values.update({each: flask.request.args[each] for each in (LIST, AT) if flask.request.args.get(each)})


def part(id: str) -> dict[str, Any]:
    """What the template needs: nothing where one came from no list."""
    kind, _, query = flask.request.args.get(LIST, "")[:MOST].partition("?")
    given, at = dict(parse_qsl(query)), flask.request.args.get(AT, "")
    asked = listed.of_query(query)
    try:
        if kind == DESK:
            found = _on_the_desk(id, given, at)
        elif kind == SEARCH:
            back = flask.url_for("search.shown", **_only(given, "q", "cursor"))
            found = _among_words(id, back, given.get("cursor"), {"q": given.get("q")}, lambda at: name(SEARCH, **at))
        elif kind == TICKETS and "q" in asked.one:
            api = asked.api(directory.country(signed.person().unit))
            back = _list(asked, given)
            found = _among_words(id, back, given.get("cursor"), api, lambda at: of_tickets(asked, at.get("cursor")))
        elif kind == TICKETS:
            found = _in_order(id, asked, given, at)
        else:
            found = None
    except (Away, Problem):  # an address that somebody changed, or a service that is away: the page is worth showing
        found = None
    return {"neighbours": found}


def _only(given: Mapping[str, str], *names: str) -> dict[str, Any]:
    return {each: given[each] for each in names if given.get(each)}


def _list(asked: listed.Asked, given: Mapping[str, str]) -> str:
    query = asked.query(**_only(given, "cursor"))
    return flask.url_for("tickets.listed") + (f"?{query}" if query else "")


def _side(ticket: Mapping[str, Any] | None, list_: str, at: str = "") -> Side:
    if ticket is None:
        return None
    title = f"{ticket['number']} · {ticket['name']}" if ticket["name"] else ticket["number"]
    place: dict[str, Any] = {LIST: list_, **({AT: at} if at else {})}
    return flask.url_for("ticket.shown", id=ticket["id"], **place), title


def _in_order(id: str, asked: listed.Asked, given: Mapping[str, str], at: str) -> Neighbours:
    """In a list that has an order one goes on from the place."""
    api = asked.api(directory.country(signed.person().unit))
    found = calls.service("support").get("tickets", id, "beside", at=at or None, **api).data
    list_ = of_tickets(asked, given.get("cursor"))
    previous, following = (
        _side(each, list_, each["place"] if each else "") for each in (found["previous"], found["next"])
    )
    return Neighbours(_list(asked, given), previous, following)


def _among_words(id: str, back: str, cursor: str | None, api: Mapping[str, Any], list_: Any) -> Neighbours:
    """Hits are ordered by how good they are, which only a page of them knows; the last leads to the next page."""
    support = calls.service("support")
    page = support.get("tickets", cursor=cursor, **api).data
    items = [{**each, "name": each["requester"]["name"]} for each in page["items"]]
    here = next((at for at, each in enumerate(items) if each["id"] == id), None)
    if here is None:
        return Neighbours(back, None, None)
    same = list_({"q": api.get("q"), "cursor": cursor})
    following = _side(items[here + 1], same) if here + 1 < len(items) else None
    if following is None and page["next"]:
        first = support.get("tickets", limit=1, cursor=page["next"], **api).data["items"]
        further = list_({"q": api.get("q"), "cursor": page["next"]})
        following = next((_side({**each, "name": each["requester"]["name"]}, further) for each in first), None)
    return Neighbours(back, _side(items[here - 1], same) if here else None, following)


def _on_the_desk(id: str, given: Mapping[str, str], at: str) -> Neighbours:
    show = given["show"] if given.get("show") in words.DESK else "mine"
    list_ = name(DESK, show=show, cursor=given.get("cursor"))
    previous, following = (_duty(id, show, at, back=back, list_=list_) if at else None for back in (True, False))
    return Neighbours(flask.url_for("desk.show", show=show, **_only(given, "cursor")), previous, following)


def _duty(id: str, show: str, at: str, *, back: bool, list_: str) -> Side:
    """The nearest promise about another ticket, over all services."""
    found: list[Mapping[str, Any]] = []
    for service in calls.promising():
        asked = {"show": show, "cursor": at, "limit": AHEAD, "back": "true" if back else None}
        found += calls.service(service).get("desk", **asked).data["items"]
    found.sort(key=lambda each: (each["due_at"], each["id"]), reverse=back)
    for each in found:
        if each["of"]["kind"] == KIND and each["of"]["id"] != id:
            ticket = {"id": each["of"]["id"], "number": each["of"]["number"], "name": each["client"]}
            return _side(ticket, list_, place_of_duty(each))
    return None
