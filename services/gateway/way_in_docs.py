"""What the APIs offer: each service's OpenAPI document as it is reached from outside, and a page to read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import flask
from markupsafe import Markup

from services.gateway import way_in
from services.gateway.front import gate
from services.gateway.transport import Away

VERBS = ("get", "post", "put", "patch", "delete")
DEEPEST = 6  # levels of a schema that are shown; deeper ones are named

BLUEPRINT = flask.Blueprint("way_in_docs", __name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call, ready to be shown."""

    verb: str
    path: str
    anchor: str
    summary: str
    parameters: list[dict[str, Any]]
    fields: list[tuple[str, str, bool, str]]
    answers: list[tuple[str, str]]
    example: str


@BLUEPRINT.get("/api/docs")
@gate.checks_itself
def index() -> Any:
    """Every service."""
    names = way_in.site.current().extras["clients"].services
    return flask.render_template("docs/index.html", services=names)


@BLUEPRINT.get("/api/<service>/openapi.json")
@gate.checks_itself
def openapi(service: str) -> Any:
    """The document, with the address by which we are reached."""
    body = json.dumps(_document(service), ensure_ascii=False, separators=(",", ":"))
    return flask.Response(body, content_type="application/json", headers={"Cache-Control": "no-cache"})


@BLUEPRINT.get("/api/<service>/docs")
@gate.checks_itself
def docs(service: str) -> Any:
    """The document as a page."""
    document = _document(service)
    groups: dict[str, list[Operation]] = {}
    for path, methods in document.get("paths", {}).items():
        for verb in VERBS:
            if verb in methods:
                tag = (methods[verb].get("tags") or ["other"])[0]
                shared = methods.get("parameters", [])
                groups.setdefault(tag, []).append(_operation(document, verb, path, methods[verb], shared))
    about = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    return flask.render_template(
        "docs/service.html", service=service, document=document, groups=groups, about=about, coded=coded
    )


def coded(text: str) -> Markup:
    """Text in which `words like these` are code, as our documents are written."""
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if at % 2 else part for at, part in enumerate(text.split("`")))


def _document(service: str) -> dict[str, Any]:
    clients = way_in.known(service)
    reply = clients.way(service).send("GET", "/openapi.json", headers={"Accept": "application/json"})
    try:
        document = json.loads(reply.read())
    except ValueError as error:
        raise Away(service=service) from error
    document["servers"] = [{"url": f"{way_in.site.current().settings.public_url}/api/{service}"}]
    return document


def _operation(
    document: dict[str, Any], verb: str, path: str, given: dict[str, Any], shared: list[dict[str, Any]]
) -> Operation:
    body = _resolved(document, given.get("requestBody", {}))
    media = body.get("content", {}).get("application/json", {})
    answers = [
        (status, _resolved(document, answer).get("description", ""))
        for status, answer in given.get("responses", {}).items()
        if status != "default"
    ]
    return Operation(
        verb=verb.upper(),
        path=path,
        anchor=f"{verb}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        summary=given.get("summary", "") or given.get("description", ""),
        parameters=[_resolved(document, each) for each in (*shared, *given.get("parameters", []))],
        fields=list(_fields(document, media.get("schema", {}))),
        answers=answers,
        example=_example(media),
    )


def _example(media: dict[str, Any]) -> str:
    """A body to start from, where the document gives one."""
    given = (
        [media["example"]] if "example" in media else [each.get("value") for each in media.get("examples", {}).values()]
    )
    return json.dumps(given[0], ensure_ascii=False, indent=2) if given else ""


def _fields(document: dict[str, Any], schema: dict[str, Any], before: str = "", depth: int = 0) -> Any:
    """(name, type, required, what it means) of each field, nested ones with their path."""
    schema = _resolved(document, schema)
    if depth > DEEPEST:
        return
    for name, field in schema.get("properties", {}).items():
        field = _resolved(document, field)
        needed = name in schema.get("required", [])
        yield before + name, _type(field), needed, field.get("description", "")
        inner = field.get("items", {}) if field.get("type") == "array" else field
        yield from _fields(document, inner, f"{before}{name}.", depth + 1)


def _type(field: dict[str, Any]) -> str:
    kind = field.get("type", "object")
    text = " / ".join(kind) if isinstance(kind, list) else str(kind)
    if field.get("enum"):
        text += ": " + ", ".join(str(value) for value in field["enum"] if value is not None)
    if field.get("format"):
        text += f" ({field['format']})"
    limits = [f"{sign} {field[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in field]
    if "maxLength" in field:
        limits.append(f"≤ {field['maxLength']} characters")
    return ", ".join([text, *limits])


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node that a `$ref` stands for."""
    reference = node.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return node
    found: Any = document
    for part in reference[2:].split("/"):
        found = found.get(part, {})
    return found
