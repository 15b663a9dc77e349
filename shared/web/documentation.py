"""The OpenAPI description of a service's API: what smorest knows of the schemas, and what every route of ours has in
common: who may call, `Idempotency-Key`, `If-Match`, and errors as problem+json.
"""

from __future__ import annotations

import http
from typing import Any

import apispec
import flask_smorest
from werkzeug import exceptions

from shared import locale as languages
from shared.envelope import fields as edges
from shared.runtime import manifest
from shared.web import problem

PUBLIC = "/v1/public/"

_ABOUT = """\
Errors are `application/problem+json` (RFC 9457) in the language of `Accept-Language` (vi, zh, en).

Every `POST` takes an `Idempotency-Key`: the same key and body give the first answer again for 48 hours; the same key
with another body is 409. Objects carry a `version`, also as `ETag`; changes accept it as `If-Match` and answer 412 when
somebody else was faster. Lists that may grow answer `{items, next}`; give `next` as `cursor` for the following page.
Short ones are plain arrays. Times are UTC, RFC 3339."""

_KEY = {
    "description": "A text of your own, new for each new request; required to be random without an account.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_VERSION = {
    "description": 'The version that you saw, in quotes: `"3"`. 412 when it is no longer the present one.',
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
}
_HEADERS = {
    "ETag": {"description": "The version, in quotes; for `If-Match`.", "schema": {"type": "string"}},
    "Location": {"description": "Where what was made is found.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` when this is the first answer again.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Through the gateway: a system's token. Behind it: the gateway's short-lived signed token.",
}

ALWAYS = (500, 503)
LATER = (429, 503)
SIGNED = (401, 403)
BODY = (400, 413, 415, 422)


def about(service: manifest.Service) -> dict[str, Any]:
    """What the description says of the whole service; for `Api`."""
    return {
        "info": {"description": f"{service.title}: the API of {service.name}.\n\n{_ABOUT}"},
        "extra_plugins": [_Answers(service.name)],
    }


class Api(flask_smorest.Api):
    """flask-smorest with our shape of errors."""

    ERROR_SCHEMA = problem.Problem

    def handle_http_exception(self, error: exceptions.HTTPException) -> Any:
        """Every HTTP error of the app as problem+json."""
        return problem.respond(error)

    def _register_responses(self) -> None:
        """Every error that a route may refer to, under the names that smorest uses."""
        components: Any = self.spec.components  # type: ignore[reportAttributeAccessIssue] - smorest has made it by now
        content = {problem.CONTENT_TYPE: {"schema": self.ERROR_SCHEMA}}
        for status in http.HTTPStatus:
            if status >= 400:
                said = {"description": problem.TITLES.get(status, status.phrase), "content": content}
                headers = {"headers": {"Retry-After": _HEADERS["Retry-After"]}} if status in LATER else {}
                components.response(status.name, said | headers, lazy=True)
        components.response(self.DEFAULT_ERROR_RESPONSE_NAME, {"description": "Any other error", "content": content})
        components.parameter("IdempotencyKey", "header", {"name": "Idempotency-Key", **_KEY}, lazy=True)
        components.parameter("IfMatch", "header", {"name": "If-Match", **_VERSION}, lazy=True)
        components.security_scheme("token", _TOKEN)
        converter: Any = self.ma_plugin.converter
        converter.add_attribute_function(_kind)


def _kind(_converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """What a field of ours takes, beyond being text; called by apispec for each field."""
    if isinstance(field, edges.Mail):
        return {"format": "email"}
    if isinstance(field, edges.Phone):
        return {"description": "With a country code, or as it is dialled in Vietnam or China.", **field.metadata}
    if isinstance(field, edges.Locale):
        return {"enum": list(languages.LOCALES)}
    return {}


class _Answers(apispec.BasePlugin):
    """Adds to each operation what all operations of its kind have, and the name by which programs know it."""

    def __init__(self, service: str) -> None:
        self._service = service

    def init_spec(self, spec: apispec.APISpec) -> None:
        """Called once by apispec."""
        self._spec = spec

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, *, rule: Any = None, **_: Any
    ) -> None:
        """Called by apispec for each path; `rule` is smorest's route."""
        for method, operation in (operations or {}).items():
            if rule is not None:  # `support.classify_tickets`: stays when the path or the words about it change
                things, _, verb = rule.endpoint.partition(".")
                operation["operationId"] = f"{self._service}.{verb}_{things.replace('-', '_')}"
            self._complete(path or "", method, operation)

    def _complete(self, path: str, method: str, operation: dict[str, Any]) -> None:
        public, names_one = path.startswith(PUBLIC), "{" in path
        changes = method in ("post", "put", "patch", "delete")
        parameters = operation.setdefault("parameters", [])
        statuses: list[int] = list(ALWAYS)
        if public:
            operation["security"] = []
        else:
            operation["security"] = [{"token": []}]
            statuses += SIGNED
        if names_one:
            statuses += [404]
        if public and names_one:
            statuses += [410]
        if changes:
            parameters.append("IdempotencyKey")
            statuses += [*BODY, 409]
        elif parameters:
            statuses += [400, 422]
        if changes and names_one and not public and self._versioned(operation):
            parameters.append("IfMatch")
            statuses += [412]
        self._head(operation, changes=changes, versioned=self._versioned(operation))
        for status in statuses:
            operation["responses"].setdefault(str(status), http.HTTPStatus(status).name)

    @staticmethod
    def _head(operation: dict[str, Any], *, changes: bool, versioned: bool) -> None:
        """The headers of a success."""
        for status, answer in operation["responses"].items():
            if str(status).startswith("2") and isinstance(answer, dict):
                wanted = {"ETag": versioned, "Location": versioned and str(status) == "201"}
                wanted["Idempotency-Replayed"] = changes
                if named := [name for name, there in wanted.items() if there]:
                    answer["headers"] = {name: _HEADERS[name] for name in named}

    def _versioned(self, operation: dict[str, Any]) -> bool:
        """Whether what it answers with has a version."""
        for status, answer in operation["responses"].items():
            if str(status).startswith("2") and isinstance(answer, dict):
                for kind in answer.get("content", {}).values():
                    name = kind.get("schema", {}).get("$ref", "").rpartition("/")[2]
                    if "version" in self._spec.components.schemas.get(name, {}).get("properties", {}):
                        return True
        return False
