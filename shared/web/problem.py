"""Errors as people and programs get them: application/problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

import json
from typing import Any

import flask
import marshmallow as ma
import structlog
from werkzeug import exceptions

from shared import locale as languages
from shared.kernel import errors
from shared.web import request

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: "The request could not be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not take this method",
    409: "Not possible as things stand",
    410: "No longer available",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Wrong content type",
    422: "Not valid",
    428: "Say which version you saw",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not available at the moment",
}

DETAILS = {
    400: "The request could not be read.",
    404: "There is nothing here, or nothing that you may know of.",
    405: "This address does not take this method.",
    413: "This is too large.",
    415: "Send this as application/json.",
    422: "Some of what was sent is not valid.",
    500: "It was noted and will be looked at. Nothing was changed.",
}

CODES = {
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "wrong-content-type",
    422: "invalid",
}

LOCATIONS = {"json", "query", "querystring", "form", "files", "headers", "path", "json_or_form"}

log = structlog.get_logger(__name__)


class Problem(ma.Schema):
    """RFC 9457, in the language of `Content-Language`."""

    type = ma.fields.String(metadata={"description": "A stable code: `urn:steward:problem:<code>`."})
    title = ma.fields.String(metadata={"description": "What kind of problem it is."})
    status = ma.fields.Integer()
    detail = ma.fields.String(metadata={"description": "What is the matter, in a sentence for a person."})
    errors = ma.fields.Dict(
        keys=ma.fields.String(),
        metadata={"description": "Per field what is not valid: a list of sentences, nested as the fields are."},
    )
    state = ma.fields.String(metadata={"description": "With `wrong-state`: the state that things are in."})
    possible = ma.fields.List(
        ma.fields.String(), metadata={"description": "With `wrong-state`: what is possible instead."}
    )


def respond(error: Exception) -> flask.Response:
    """The response for an error. Anything that is not a fact we know becomes a 500 that tells nothing."""
    language = request.locale()
    if isinstance(error, errors.StewardError):
        status, code, detail, extra = _fact(error, language)
    elif isinstance(error, exceptions.HTTPException) and (error.code or 500) < 500:
        status, code, detail, extra = _refusal(error, language)
    else:
        status, code, detail, extra = 500, "internal", languages.translate(DETAILS[500], language), {}
    if status == 500:
        log.error("request_failed", route=_route(), method=flask.request.method, exc_info=error)
    body = {
        "type": f"urn:steward:problem:{code}",
        "title": languages.translate(TITLES.get(status, TITLES[500 if status >= 500 else 400]), language),
        "status": status,
        "detail": detail,
        **extra,
    }
    response = flask.Response(
        json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE, headers=_headers(error)
    )
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    return response


def _fact(error: errors.StewardError, language: str) -> tuple[int, str, str, dict[str, Any]]:
    """A fact of ours."""
    extra: dict[str, Any] = {}
    if fields := getattr(error, "fields", None):
        extra["errors"] = languages.messages(dict(fields), language)
    if isinstance(error, errors.WrongState):
        extra |= {"state": error.facts.get("state"), "possible": _verbs(error.facts.get("possible"))}
    return error.status, error.code, languages.translate(error.template, language, **error.facts), extra


def _refusal(error: exceptions.HTTPException, language: str) -> tuple[int, str, str, dict[str, Any]]:
    """What Werkzeug or webargs refuse."""
    status = error.code or 400
    messages = (getattr(error, "data", None) or {}).get("messages")
    extra = {"errors": languages.messages(_flat(messages), language)} if messages else {}
    detail = languages.translate(DETAILS.get(status, DETAILS[400]), language)
    return status, CODES.get(status, "malformed"), detail, extra


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, errors.Transient):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, errors.TooMany) and "seconds" in error.facts:
        return {"Retry-After": str(error.facts["seconds"])}
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, exceptions.MethodNotAllowed) and error.valid_methods:
        return {"Allow": ", ".join(sorted(error.valid_methods))}
    return {}


def _flat(messages: Any) -> Any:
    """webargs groups by where a field came from; the caller wants the fields."""
    if isinstance(messages, dict) and set(messages) <= LOCATIONS:
        flat: dict[str, Any] = {}
        for part in messages.values():
            flat |= part if isinstance(part, dict) else {"": part}
        return flat
    return messages


def _verbs(possible: Any) -> list[str]:
    return [] if not possible or possible == "-" else str(possible).split(", ")


def _route() -> str:
    """The rule, not the path: a path may hold the secret of a link."""
    return flask.request.url_rule.rule if flask.request.url_rule else "-"
