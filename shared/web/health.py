"""Health: `/livez` (the process answers), `/readyz` (with reasons), `/metrics`. Not routed from outside."""

from __future__ import annotations

import contextlib

import flask
import prometheus_client as prometheus

from shared.kernel import errors
from shared.runtime import backlog
from shared.web import site

BLUEPRINT = flask.Blueprint("health", __name__)


@BLUEPRINT.get("/livez")
def livez() -> flask.Response:
    """The process answers requests."""
    return flask.jsonify(status="ok")


@BLUEPRINT.get("/readyz")
def readyz() -> flask.Response:
    """Whether it can serve, check by check; 503 with the reasons when it cannot."""
    here = site.current()
    checks: dict[str, str] = {}
    for name, check in {"database": here.database.ping, **here.checks}.items():
        try:
            check()
            checks[name] = "ok"
        except errors.StewardError as error:
            checks[name] = str(error)
    ready = all(result == "ok" for result in checks.values())
    response = flask.jsonify(status="ok" if ready else "not ready", checks=checks)
    response.status_code = 200 if ready else 503
    return response


@BLUEPRINT.get("/metrics")
def metrics() -> flask.Response:
    """Prometheus text. What waits in the service is counted now: in a divided system its loops run elsewhere."""
    with contextlib.suppress(errors.DatabaseAway):
        backlog.measure(site.current().database)
    return flask.Response(prometheus.generate_latest(), content_type=prometheus.CONTENT_TYPE_LATEST)
