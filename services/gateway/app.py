"""The gateway's front: one Flask app with the pages of staff, the pages of clients and the way in for API calls.

It is not the app of the directory's API, whose error handlers would turn pages into JSON.
"""

from __future__ import annotations

import time
from typing import Any

import flask
import jinja2
import prometheus_client as prometheus
import structlog
from werkzeug.middleware.proxy_fix import ProxyFix

from services.gateway import way_in, way_in_docs
from services.gateway.front import (
    assets,
    csrf,
    directory,
    enclosed,
    faults,
    figures,
    gate,
    headers,
    language,
    moments,
    signed,
    words,
)
from services.gateway.pages import (
    absences,
    account,
    again,
    authority,
    bulk,
    calendar,
    clocks,
    closures,
    conversation,
    desk,
    duplicates,
    kpis,
    list_views,
    macros,
    mailbox,
    messages,
    neighbours,
    people,
    playbooks,
    received,
    record,
    record_checks,
    record_import,
    roles,
    search,
    settings,
    setup,
    substitutes,
    ticket,
    ticket_files,
    tickets,
    triage,
    units,
    years,
)
from services.gateway.pages.operations import failed, overview
from services.gateway.public import link, request, start
from shared.kernel import errors, ids
from shared.store import work
from shared.web.app import MAX_BODY_BYTES
from shared.web.site import Site

MAX_FORM_BYTES = 1024 * 1024  # of a page's form: 20,000 Chinese characters are 180 kB when a browser sends them
MAX_FIELDS = 200

_SECONDS = prometheus.Histogram(
    "steward_page_seconds",
    "Time to make a page or to pass a call on",
    ("route", "method", "code"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

log = structlog.get_logger(__name__)

BLUEPRINTS = (
    assets.BLUEPRINT,
    start.BLUEPRINT,
    request.BLUEPRINT,
    link.BLUEPRINT,
    account.BLUEPRINT,
    setup.BLUEPRINT,
    desk.BLUEPRINT,
    tickets.BLUEPRINT,
    list_views.BLUEPRINT,
    bulk.BLUEPRINT,
    triage.BLUEPRINT,
    search.BLUEPRINT,
    ticket.BLUEPRINT,
    conversation.BLUEPRINT,
    ticket_files.BLUEPRINT,
    duplicates.BLUEPRINT,
    macros.BLUEPRINT,
    clocks.BLUEPRINT,
    playbooks.BLUEPRINT,
    kpis.BLUEPRINT,
    settings.BLUEPRINT,
    absences.BLUEPRINT,
    substitutes.BLUEPRINT,
    roles.BLUEPRINT,
    authority.BLUEPRINT,
    calendar.BLUEPRINT,
    closures.BLUEPRINT,
    years.BLUEPRINT,
    record.BLUEPRINT,
    record_checks.BLUEPRINT,
    record_import.BLUEPRINT,
    received.BLUEPRINT,
    messages.BLUEPRINT,
    mailbox.BLUEPRINT,
    overview.BLUEPRINT,
    failed.BLUEPRINT,
    units.BLUEPRINT,
    people.BLUEPRINT,
    way_in_docs.BLUEPRINT,
    way_in.BLUEPRINT,
)


def create(site: Site) -> flask.Flask:
    """The WSGI app in front of everything. Opens no connection."""
    app = flask.Flask(__name__, static_folder=None, template_folder="templates")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.request_class = enclosed.Request
    app.extensions["steward"] = site
    app.url_map.strict_slashes = False
    _prepare_templates(app)
    app.url_defaults(neighbours.keep)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, faults.respond)
    app.register_error_handler(errors.Unauthenticated, _or_problem(account.signed_out))
    app.register_error_handler(csrf.NotOurForm, _or_problem(again.not_ours))
    app.before_request(_arrive)
    app.before_request(enclosed.widen)
    app.before_request(gate.guard)
    for leave in (_leave, headers.leave, way_in.challenge, language.leave, csrf.leave, signed.touch):
        app.after_request(leave)
    hops = site.settings.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def _prepare_templates(app: flask.Flask) -> None:
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        _=language.say,
        asset=assets.url,
        csrf_token=csrf.token,
        aside=language.aside,
        colon=language.colon,
        comma=language.comma,
        languages=language.switch,
        listed=language.listed,
        words=words,
        when=lambda at, country, **how: moments.shown(at, language.current(), country, **how),
        day=lambda on: moments.day(on, language.current()),
        distance=lambda to, now: moments.distance(to, now, language.current()),
        zone_name=lambda country: language.say(moments.ZONE_NAMES.get(country, moments.ZONE_NAMES["VN"])),
        reached=directory.reached,
        in_hours=lambda count: moments.length(count * 3600, language.current()),
        percent=lambda of_100: figures.percent(None if of_100 is None else of_100 / 100, language.current()),
        TONES=words.TONES,
        ACCEPTED_FILES=enclosed.ACCEPT,
        file_size=enclosed.size,
        file_limit=enclosed.limit,
    )
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    """What every template may ask for; a view's own facts win."""
    return {
        "lang": language.current(),
        "lang_code": language.CODES[language.current()],
        "who": signed.current(),
        "area": "",
        "done": None,
        "unit": None,
    }


def _or_problem(page: Any) -> Any:
    """Under /api an error is a problem, elsewhere this page."""

    def answer(error: Exception) -> Any:
        return faults.respond(error) if faults.to_a_program() else page(error)

    return answer


def _arrive() -> None:
    flask.g.started = time.perf_counter()
    given = flask.request.headers.get("traceparent", "")
    flask.g.trace = given if len(given) == 55 else work.new_trace()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=ids.new(), trace=flask.g.trace)


def _leave(response: flask.Response) -> flask.Response:
    """One line and one measurement per request; by the route, because addresses of public links are secrets."""
    route = flask.request.url_rule.rule if flask.request.url_rule else "-"
    seconds = time.perf_counter() - flask.g.get("started", time.perf_counter())
    _SECONDS.labels(route, flask.request.method, response.status_code).observe(seconds)
    if flask.request.blueprint != "assets":
        who = flask.g.get("signed")
        log.info(
            "page",
            route=route,
            method=flask.request.method,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            actor=who.caller.actor if who else None,
        )
    return response
