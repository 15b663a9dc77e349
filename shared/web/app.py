"""The app factory: one service's API as a WSGI app."""

from __future__ import annotations

import re
import time

import flask
import prometheus_client as prometheus
import structlog

from shared.envelope import cloudevent
from shared.kernel import errors, ids
from shared.runtime import manifest
from shared.store import work
from shared.web import (
    desk,
    documentation,
    failures,
    health,
    inbound,
    kpis,
    operations,
    page,
    playbooks,
    problem,
    promises,
    request,
    strict,
    views,
)
from shared.web.site import Site

MAX_BODY_BYTES = 2 * 1024 * 1024  # of a JSON request; an event may have 1 MiB, files go another way
OPEN_PATHS = ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs")
PUBLIC = "/v1/public/"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_SECONDS = prometheus.Histogram(
    "steward_http_request_seconds",
    "Time to answer",
    ("service", "route", "method", "code"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

log = structlog.get_logger(__name__)


def create(site: Site) -> flask.Flask:
    """The WSGI app of a service. Opens no connection."""
    app = flask.Flask(f"steward.{site.service.name}", static_folder=None)
    app.json = strict.Json(app)
    app.config.update(
        API_TITLE=f"Steward {site.service.title}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False  # both would answer with a redirect, in HTML
    app.url_map.strict_slashes = False
    app.extensions["steward"] = site
    api = documentation.Api(app, spec_kwargs=documentation.about(site.service))
    for blueprint in manifest.blueprints(site.service):
        api.register_blueprint(blueprint)
    if any(reaction.inbound for reaction in manifest.reactions(site.service)):
        api.register_blueprint(inbound.BLUEPRINT)
    if manifest.flows(site.service):
        for blueprint in (*promises.BLUEPRINTS, *desk.BLUEPRINTS, *kpis.BLUEPRINTS, *playbooks.BLUEPRINTS):
            api.register_blueprint(blueprint)
    for blueprint in (*operations.BLUEPRINTS, *failures.BLUEPRINTS):
        api.register_blueprint(blueprint)
    app.extensions["steward.openapi"] = api.spec
    app.register_blueprint(health.BLUEPRINT)
    app.register_blueprint(page.BLUEPRINT)
    app.register_error_handler(errors.StewardError, problem.respond)
    app.register_error_handler(Exception, problem.respond)
    app.before_request(_arrive)
    app.after_request(_leave)
    return app


def _arrive() -> None:
    """Who calls, about what, in which shape. Refuses before any view runs."""
    here = flask.request
    flask.g.started = time.perf_counter()
    trace = here.headers.get("traceparent", "")
    flask.g.trace = trace if TRACE.fullmatch(trace) else work.new_trace()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=ids.new(), trace=flask.g.trace)
    if "\x00" in here.path or b"%00" in here.query_string or b"\x00" in here.query_string:
        raise errors.Malformed(why="it contains the NUL character")  # which no database can be asked about
    if here.path in OPEN_PATHS or here.routing_exception is not None:
        return
    if not here.path.startswith(PUBLIC):
        scheme, _, token = here.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise errors.Unauthenticated
        site: Site = flask.current_app.extensions["steward"]
        flask.g.caller = site.keys.verify(token.strip())
    view = flask.current_app.view_functions.get(here.endpoint or "")
    if here.method in ("POST", "PUT", "PATCH") and not views.streamed(view):
        expected = cloudevent.CONTENT_TYPE if here.blueprint == inbound.BLUEPRINT.name else views.taken(view)
        if (request.body() or here.content_type) and here.mimetype != expected:
            raise errors.WrongContentType(expected=expected)


def _leave(response: flask.Response) -> flask.Response:
    site: Site = flask.current_app.extensions["steward"]
    route = flask.request.url_rule.rule if flask.request.url_rule else "-"
    method = flask.request.method if flask.request.method in METHODS else "other"  # a label must not grow
    seconds = time.perf_counter() - flask.g.get("started", time.perf_counter())
    _SECONDS.labels(site.service.name, route, method, response.status_code).observe(seconds)
    if route not in OPEN_PATHS:
        log.info(
            "request",
            route=route,
            method=method,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            actor=request.caller().actor,
        )
    response.headers.setdefault("Content-Language", request.locale())
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
