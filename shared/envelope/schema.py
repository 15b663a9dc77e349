"""A marshmallow schema as JSON Schema 2020-12: what an event's data looks like, for programs that are not ours.

The result says what a reader can rely on (of what we publish), or what a sender must keep (of what we take). Nothing in
it depends on the run: the same class always gives the same document. A field or validator that could not be said in
JSON Schema is refused, so that the published contract never promises less than the code demands.

Understood in a field's `metadata`: `description`; `secret` (masked wherever an event is shown); `open` (the values are
those known so far: a reader must expect others, so adding one breaks nobody).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.envelope import fields as ours
from shared.envelope.catalogue import EventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]


class Unspeakable(TypeError):
    """A field that has no counterpart in JSON Schema here: a mistake of whoever declared the event."""


def of(kind: EventType) -> Json:
    """The JSON Schema of an event's data."""
    data = of_schema(kind.schema)
    about = " ".join(part for part in (kind.summary, data.pop("description", "")) if part)
    head = {"$schema": DIALECT, "$id": kind.urn, "title": kind.name, "description": about}
    return {**head, **data, "examples": [kind.example]}


def of_schema(schema: type[ma.Schema] | ma.Schema) -> Json:
    """An object with its fields. Unknown fields are always allowed: within a version fields are added."""
    made = schema() if isinstance(schema, type) else schema
    properties = {field.data_key or name: of_field(field) for name, field in made.fields.items()}
    required = [field.data_key or name for name, field in made.fields.items() if field.required]
    found: Json = {"type": "object"}
    if about := _first_line(type(made).__doc__):
        found["description"] = about
    found["properties"] = properties
    if required:
        found["required"] = required
    return found


def of_field(field: fields.Field[Any]) -> Json:
    """One field, with its limits. Raises `Unspeakable`."""
    found = _kind(field)
    for validator in field.validators:
        _limit(found, validator)
    if field.metadata.get("open") and "enum" in found:
        found["x-known-values"] = found.pop("enum")
    if field.allow_none:
        found = _nullable(found)
    if field.metadata.get("secret"):
        found["x-secret"] = True
    default = field.load_default
    if default is not ma.missing and not (default is None and not field.allow_none):
        found["default"] = default() if callable(default) else default
    if about := field.metadata.get("description"):
        found["description"] = about
    return found


def _kind(field: fields.Field[Any]) -> Json:
    for class_ in type(field).__mro__:
        if (made := _KINDS.get(class_)) is not None:
            return made(field)
    raise Unspeakable(
        f"{type(field).__name__} ({field.name or '?'}) has no counterpart in JSON Schema; add it to _KINDS"
    )


def _dict(field: Any) -> Json:
    found: Json = {"type": "object"}
    if field.key_field is not None and (names := {k: v for k, v in of_field(field.key_field).items() if k != "type"}):
        found["propertyNames"] = names
    if field.value_field is not None:
        found["additionalProperties"] = of_field(field.value_field)
    return found


def _nested(field: Any) -> Json:
    found = of_schema(field.schema)
    return {"type": "array", "items": found} if field.many else found


_KINDS: dict[type, Callable[[Any], Json]] = {
    ours.Mail: lambda _: {"type": "string", "format": "email", "maxLength": ours.MAX_MAIL},
    ours.Phone: lambda _: {"type": "string", "description": "E.164, or as it is dialled in Vietnam or China."},
    ours.Locale: lambda _: {"type": "string", "description": "vi, zh or en; regions such as zh-CN are understood."},
    fields.AwareDateTime: lambda _: {"type": "string", "format": "date-time"},
    fields.Date: lambda _: {"type": "string", "format": "date"},
    fields.UUID: lambda _: {"type": "string", "format": "uuid"},
    fields.String: lambda _: {"type": "string"},
    fields.Integer: lambda _: {"type": "integer"},
    fields.Float: lambda _: {"type": "number"},
    fields.Boolean: lambda _: {"type": "boolean"},
    fields.List: lambda field: {"type": "array", "items": of_field(field.inner)},
    fields.Nested: _nested,
    fields.Dict: _dict,
}
"""How each kind of field looks. A subclass is found by what it comes from."""


def _limit(found: Json, validator: Any) -> None:
    if isinstance(validator, validate.And):
        for each in validator.validators:
            _limit(found, each)
    elif isinstance(validator, validate.Length):
        _length(found, validator)
    elif isinstance(validator, validate.Range):
        if validator.min is not None:
            found["minimum" if validator.min_inclusive else "exclusiveMinimum"] = validator.min
        if validator.max is not None:
            found["maximum" if validator.max_inclusive else "exclusiveMaximum"] = validator.max
    elif isinstance(validator, validate.OneOf):
        choices = validator.choices
        found["enum"] = sorted(choices) if isinstance(choices, set | frozenset) else list(choices)
    elif isinstance(validator, validate.Equal):
        found["enum"] = [validator.comparable]
    elif isinstance(validator, validate.Regexp):
        found["pattern"] = validator.regex.pattern
    else:
        raise Unspeakable(f"{validator!r} has no counterpart in JSON Schema; use Length, Range, OneOf, Equal or Regexp")


def _length(found: Json, validator: validate.Length) -> None:
    least, most = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}.get(
        found["type"], ("minProperties", "maxProperties")
    )
    low, high = (validator.min, validator.max) if validator.equal is None else (validator.equal, validator.equal)
    if low:
        found[least] = low
    if high is not None:
        found[most] = high


def _nullable(found: Json) -> Json:
    found["type"] = [found["type"], "null"]
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def _first_line(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())
