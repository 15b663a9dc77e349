"""`/docs`: the OpenAPI description as one page that a person can read, without a script and without the network."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flask

BLUEPRINT = flask.Blueprint("docs", __name__, template_folder="templates")

DEEPEST = 4  # levels of nested objects that are shown
METHODS = ("get", "post", "put", "patch", "delete")
LIMITS = {
    "minLength": "at least",
    "maxLength": "at most",
    "minimum": "from",
    "maximum": "to",
    "maxItems": "at most",
    "default": "default",
    "pattern": "like",
}


@BLUEPRINT.get("/docs")
def docs() -> flask.Response:
    """Every route with its parameters, its body and its answers."""
    description = Description(flask.current_app.extensions["steward.openapi"].to_dict())
    nonce = secrets.token_urlsafe(16)
    text = flask.render_template(
        "docs.html", info=description.spec["info"], operations=list(description.operations()), nonce=nonce
    )
    response = flask.Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'"
    response.headers["Content-Language"] = "en"
    return response


@dataclass(frozen=True, slots=True)
class Description:
    """An OpenAPI document, read for the page."""

    spec: dict[str, Any]

    def operations(self) -> Iterator[dict[str, Any]]:
        """Every route, in the document's order."""
        for path, methods in self.spec["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield self._operation(path, method, methods)

    def _operation(self, path: str, method: str, methods: dict[str, Any]) -> dict[str, Any]:
        operation = methods[method]
        parameters = [*methods.get("parameters", []), *operation.get("parameters", [])]
        return {
            "id": f"{method}-{path}",
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "open": operation.get("security") == [],
            "parameters": [self._parameter(self._resolved(each)) for each in parameters],
            "body": list(self._content(operation.get("requestBody", {}))),
            "answers": [self._answer(*each) for each in sorted(operation["responses"].items())],
        }

    def _parameter(self, of: dict[str, Any]) -> dict[str, Any]:
        row = self._row(of["name"], of.get("schema", {}), required=of.get("required", False))
        return {**row, "place": of["in"], "description": of.get("description", "")}

    def _answer(self, status: str, of: dict[str, Any]) -> dict[str, Any]:
        answer = self._resolved(of)
        good = status.startswith("2")
        fields = list(self._content(answer)) if good else []
        return {"status": status, "good": good, "description": answer.get("description", ""), "fields": fields}

    def _content(self, holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The fields of a body; it has one content type."""
        for kind in list(holder.get("content", {}).values())[:1]:
            yield from self._fields(kind.get("schema", {}), "", DEEPEST)

    def _fields(self, schema: dict[str, Any], prefix: str, levels: int) -> Iterator[dict[str, Any]]:
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema.get("items", {}), f"{prefix}[].", levels)
        for name, part in schema.get("properties", {}).items():
            field = self._resolved(part)
            yield self._row(prefix + name, field, required=name in schema.get("required", ()))
            many = field.get("type") == "array"
            below = self._resolved(field.get("items", {})) if many else field
            if levels > 1 and below.get("properties"):
                yield from self._fields(below, f"{prefix}{name}{'[].' if many else '.'}", levels - 1)

    def _row(self, name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
        schema = self._resolved(schema)
        limits = [f"{words} {schema[key]}" for key, words in LIMITS.items() if schema.get(key) is not None]
        if "enum" in schema:
            limits.append("one of " + ", ".join(str(value) for value in schema["enum"] if value is not None))
        return {
            "name": name,
            "required": required,
            "kind": self._kind(schema),
            "limits": "; ".join(limits),
            "description": schema.get("description", ""),
        }

    def _kind(self, schema: dict[str, Any]) -> str:
        given = schema.get("type", "")
        if given == "array":
            return f"array of {self._kind(self._resolved(schema.get('items', {})))}"
        kind = " or ".join(given) if isinstance(given, list) else given
        return " ".join(part for part in (kind, schema.get("format", "")) if part)

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        """What a `$ref` points at, also where a description or null stands beside it."""
        for key in ("anyOf", "allOf"):
            for choice in part.get(key, ()):
                if "$ref" in choice:
                    return {**self._resolved(choice), **{k: v for k, v in part.items() if k != key}}
        if "$ref" not in part:
            return part
        found: Any = self.spec
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return self._resolved(found)
