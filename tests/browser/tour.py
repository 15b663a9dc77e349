"""Every page of the gateway, found in its routes. A page without arguments is visited by itself; one with arguments has
a line in `STOPS` that says how it is reached, and so have pages worth seeing in more than one state.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import flask

from services.gateway.app import BLUEPRINTS
from tests.browser.world import LEAD, ON_CALL, World

WHO = {"admin": "mai.do", "lead": LEAD, "staff": LEAD, "on-call": ON_CALL, "executive": "hung.pham"}
"""Who of the demo has the role that a page asks for."""

TICKET = r"/tickets/[0-9a-f]{8}-[0-9a-f-]{27}"
CLOCK = r"/clocks/support/[0-9a-f-]{36}"

NO_PAGES = {
    "assets.serve": "styles, scripts, pictures",
    "ticket.what_happened": "a part of the ticket's page",
    "ticket_files.content": "a file to save",
    "triage.badge": "a part of the head",
    "way_in.nothing": "the API",
    "way_in.pass_on": "the API",
    "way_in_docs.openapi": "a document for programs",
}
"""What answers a GET and is no page. Tables to save (`csv, xlsx`) are none either."""


@dataclass(frozen=True)
class Stop:
    """One page in one state: where it is, who looks at it (nobody: somebody without an account), what it answers."""

    name: str
    where: str | Callable[[World], str]
    as_: str | None = None
    status: int = 200

    def __str__(self) -> str:
        return self.name

    def path(self, world: World) -> str:
        """Its address in this world."""
        return self.where if isinstance(self.where, str) else self.where(world)


def _ticket(state: str, box: str = LEAD) -> Stop:
    return Stop(f"ticket.shown-{state}", lambda world: f"/tickets/{world.ticket(state, box)['id']}", box)


STOPS: dict[str, tuple[Stop, ...]] = {
    "account.sign_in": (Stop("account.sign_in-pending", "/sign-in?next=/tickets"),),
    "desk.show": (Stop("desk.show-team", "/desk?show=team", LEAD),),
    "tickets.listed": (Stop("tickets.listed-open", "/tickets?state=received", "wang.xiaoming"),),
    "search.shown": (
        Stop("search.shown-found", "/search?q=van+don", LEAD),
        Stop("search.shown-nothing", "/search?q=xyzzy", LEAD),
    ),
    "ticket.shown": (
        *(_ticket(state) for state in ("received", "assigned", "completed", "handed_over", "logged", "reopened")),
        _ticket("waiting", "wang.xiaoming"),
        Stop("ticket.shown-talk", World.talk, "nam.le"),
    ),
    "kpis.behind": (Stop("kpis.behind", "/kpis/clocks?show=on_time", LEAD),),
    "clocks.explained": (
        Stop("clocks.explained", lambda world: world.first(LEAD, _of(world, "assigned"), CLOCK), LEAD),
        Stop(
            "clocks.explained-paused",
            lambda world: world.first("wang.xiaoming", _of(world, "waiting", "wang.xiaoming"), CLOCK),
            "wang.xiaoming",
        ),
    ),
    "macros.shown": (Stop("macros.shown", World.macro, LEAD),),
    "mailbox.shown": (Stop("mailbox.shown", World.mail, LEAD),),
    "messages.shown": (
        Stop("messages.shown", lambda world: world.first(LEAD, "/messages", r"/messages/[0-9a-f-]{36}"), LEAD),
    ),
    "people.shown": (
        Stop(
            "people.shown",
            lambda world: world.first("mai.do", "/people", r"/people/[0-9a-f]{8}-[0-9a-f-]{27}"),
            "mai.do",
        ),
    ),
    "playbooks.shown": (
        Stop(
            "playbooks.shown",
            lambda world: world.first(LEAD, "/settings/playbooks", r"/settings/playbooks/[a-z]+/[a-z-]+"),
            LEAD,
        ),
    ),
    "record_checks.shown": (
        Stop(
            "record_checks.shown",
            lambda world: world.first(LEAD, "/support/record-checks", r"/support/record-checks/[0-9a-f-]{36}"),
            LEAD,
        ),
    ),
    "record_imports.shown": (Stop("record_imports.shown", World.record_import, LEAD),),
    "request.show": (
        Stop("request.show", "/r/hai-phong"),
        Stop("request.show-unknown", "/r/no-such-office", status=404),
    ),
    "link.show": (
        Stop("link.show-follow", lambda world: world.follow("DEMO-03")),
        Stop("link.show-follow-new", lambda world: world.follow("DEMO-01") + "?new=1"),
        Stop("link.show-follow-reopened", lambda world: world.follow("DEMO-07")),
        Stop("link.show-follow-logged", lambda world: world.follow("DEMO-14")),
        Stop("link.show-answer", lambda world: world.answer("DEMO-05")),
        Stop("link.show-used", lambda world: world.answer("DEMO-14"), status=410),
        Stop("link.show-confirmed", lambda world: world.answer("DEMO-14") + "?answered=confirmed"),
        Stop("link.show-refused", lambda world: world.answer("DEMO-07") + "?answered=refused"),
        Stop("link.show-expired", World.expired, status=410),
        Stop("link.show-unknown", "/p/sAAAAAAAAAAAAAAAAAAAAAA", status=404),
        Stop("link.show-password", World.password),
    ),
    "operations.one": (Stop("operations.one", "/operations/support", ON_CALL),),
    "failed.cause": (Stop("failed.cause", World.cause, ON_CALL),),
    "failed.shown": (Stop("failed.a-shown", World.failure, ON_CALL),),
    "failed.batch": (Stop("failed.z-batch", World.batch, ON_CALL),),  # last: it decides about the others
    "years.shown": (Stop("years.shown", "/settings/years/VN/2027", "mai.do"),),
    "way_in_docs.docs": (Stop("way_in_docs.docs", "/api/notify/docs", LEAD),),
}
"""By endpoint. The states of the demo are its requests' (`services/gateway/demo/requests.py`)."""


def _of(world: World, state: str, box: str = LEAD) -> str:
    return f"/tickets/{world.ticket(state, box)['id']}"


@functools.cache
def _front() -> flask.Flask:
    app = flask.Flask(__name__, static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _pages() -> Iterator[tuple[str, str, bool]]:
    """(endpoint, rule, whether it has arguments) of everything that answers a GET with a page."""
    for rule in _front().url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES and "any(csv" not in rule.rule:
            yield rule.endpoint, rule.rule, bool(rule.arguments)


def unreached() -> set[str]:
    """Pages with arguments of which no line says how they are reached."""
    return {endpoint for endpoint, _, arguments in _pages() if arguments} - set(STOPS)


def gone() -> set[str]:
    """Endpoints that are named here and exist no more."""
    known = {rule.endpoint for rule in _front().url_map.iter_rules()}
    return (set(STOPS) | set(NO_PAGES)) - known


def stops() -> list[Stop]:
    """All of them, in the order of their names."""
    named = {stop.name: stop for each in STOPS.values() for stop in each}
    plain = {endpoint: Stop(endpoint, rule, _visitor(endpoint)) for endpoint, rule, more in _pages() if not more}
    return sorted(({**plain, **named}).values(), key=lambda stop: stop.name)


def _visitor(endpoint: str) -> str | None:
    view = _front().view_functions[endpoint]
    if getattr(view, "open_to_everybody", False):
        return None
    roles = getattr(view, "roles", ())
    return next((WHO[role] for role in WHO if role in roles), LEAD)
