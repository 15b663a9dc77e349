"""Errors as pages: what happened, in a sentence of the reader's language, and what to do next. Problems under /api."""

from __future__ import annotations

import flask
import structlog
from werkzeug import exceptions

from services.gateway.clients import Problem
from services.gateway.front import gate, language, signed
from shared import locale as languages
from shared.kernel import errors
from shared.web import problem

log = structlog.get_logger(__name__)


NOT_THERE = "We cannot find this page. Please check the address, or choose the office that you would like to write to."


def respond(error: Exception) -> flask.Response:
    """The answer to an error, whatever it is."""
    if to_a_program():
        return problem.respond(error)
    status, detail = _read(error)
    who = _who()
    if status == 404 and who is None:  # a client knows nothing of units and permissions
        detail = language.say(NOT_THERE)
    page = flask.render_template(
        "fault.html",
        status=status,
        title=language.say(problem.TITLES.get(status, problem.TITLES[500])),
        detail=detail,
        here=flask.request.full_path.rstrip("?") if flask.request.method in gate.SAFE else None,
        who=who,
    )
    response = flask.make_response(page, status)
    if isinstance(error, errors.TooMany) and "seconds" in error.facts:
        response.headers["Retry-After"] = str(error.facts["seconds"])
    if isinstance(error, exceptions.MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def to_a_program() -> bool:
    """Whether a program asks, which wants a problem and no page."""
    return flask.request.path == "/api" or flask.request.path.startswith("/api/")


def sentence(error: errors.StewardError) -> str:
    """What the error says, in the reader's language."""
    return languages.translate(error.template, language.current(), **error.facts)


def _read(error: Exception) -> tuple[int, str]:
    """Status and sentence. Anything that is not a fact we know tells nothing, and is written down."""
    if isinstance(error, Problem) and error.status < 500:
        return error.status, error.detail
    if isinstance(error, errors.StewardError) and error.status != 500:
        return error.status, sentence(error)
    if isinstance(error, exceptions.HTTPException) and (error.code or 500) < 500:
        status = error.code or 400
        return status, language.say(problem.DETAILS.get(status, problem.DETAILS[400]))
    # the route and never the path: addresses of public links are secrets
    log.error("page_failed", route=str(flask.request.url_rule), method=flask.request.method, exc_info=error)
    return 500, language.say(problem.DETAILS[500])


def _who() -> object:
    """The signed-in person, for the navigation; nobody when that cannot be found out, which may be the fault itself."""
    try:
        return signed.current()
    except errors.StewardError:
        flask.g.signed = None
        return None
