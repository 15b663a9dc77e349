"""What can be wrong with a body, worked out from a route's own description: each field missing, of another kind, too
long, not storable, not one of those allowed; and what only a person would see is wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.web.routes import Route, World

Path = tuple[str, ...]
HUGE = "ệ" * 50_000


@dataclass(frozen=True)
class Bad:
    """One body with one thing wrong, and the field that the answer must name."""

    name: str
    body: Any
    at: Path
    status: int = 422

    def __str__(self) -> str:
        return self.name


OF_ANOTHER_KIND: dict[str, list[Any]] = {
    "string": [7, True, [], {}, ["a"]],
    "integer": ["many", 1.5, True, [], {}, ""],
    "number": ["many", True, [], {}, ""],
    "boolean": ["perhaps", [], {}],
    "array": ["x", 7, {}, True],
    "object": ["x", 7, [], True],
}

MEANINGLESS: dict[str, list[Any]] = {
    "mail": ["", "nam", "nam@", "@example.com", "nam@example", "a b@example.com", "nam@exam\nple.com", "a@b@c.com",
             "nguyễn@example.com", "<nam@example.com>", "nam@[127.0.0.1]", "x" * 250 + "@a.example", "nam@a..com"],
    "phone": ["", "abc", "12", "+", "0912", "+84 000", "9" * 41, "+999123456789", "0912345678;ext=1;DROP"],
    "locale": ["", "fr", "zhongwen", "v i"],
    "promised_at": ["", "soon", "2026-11-24", "2026-11-25T02:00:00", "2026-13-01T00:00:00Z", "2026-11-24T02:00:00Z",
                    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-24T01:59:59Z"],
    "request_type": [0, 7, -1, 2**31, 2**62],
    "rating": [0, 6, -1, 2**40],
    "unit": ["atlantis", "HAI-PHONG", "hai-phong'--"],
    "parent": ["atlantis"],
    "code": ["A", "1a", "a_b", "đà-nẵng", "a--b", "hai-phong"],
    "system": ["A", "steward", "a b", "阳"],
    "reason": ["   ", "\n"],
    "to": ["nobody", "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"],
    "since": ["", "soon", "2027-02-30", "2027-03-01T00:00:00Z", "01/03/2027"],
}  # fmt: skip
MEANINGLESS["recipient"] = MEANINGLESS["mails"] = MEANINGLESS["mail"]
MEANINGLESS["person"] = MEANINGLESS["absent"] = MEANINGLESS["substitute"] = MEANINGLESS["to"]
MEANINGLESS["until"] = MEANINGLESS["since"]
MEANINGLESS["phones"] = MEANINGLESS["phone"]


def bodies(world: World, route: Route, good: Any) -> Iterator[Bad]:
    """Everything that can be wrong with this route's body."""
    spec = world.spec(route.service)
    schema = world.description(route)["requestBody"]["content"]["application/json"]["schema"]
    for value in ([], ["a"], "x", 7, None, True):
        yield Bad(f"{value!r} instead of an object", value, ("_schema",))
    yield from _object(spec, schema, good, good, ())


def _object(spec: dict[str, Any], schema: dict[str, Any], good: Any, whole: Any, at: Path) -> Iterator[Bad]:
    schema = resolved(spec, schema)
    yield Bad(f"an unknown field in {'.'.join(at) or 'the body'}", put(whole, (*at, "colour"), 1), (*at, "colour"))
    for name in schema.get("required", ()):
        yield Bad(f"no {name}", drop(whole, (*at, name)), (*at, name))
    for name, part in schema.get("properties", {}).items():
        yield from _field(spec, resolved(spec, part), whole, (*at, name))
        if resolved(spec, part).get("properties"):
            yield from _object(spec, part, good.get(name), whole, (*at, name))


def _field(spec: dict[str, Any], part: dict[str, Any], whole: Any, at: Path) -> Iterator[Bad]:
    name, kinds = ".".join(at), part.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    for value in OF_ANOTHER_KIND[next(kind for kind in kinds if kind != "null")]:
        yield Bad(f"{name} is {value!r}", put(whole, at, value), at)
    if "null" not in kinds:
        yield Bad(f"{name} is null", put(whole, at, None), at)
    if "string" in kinds:
        yield from _text(part, whole, at, at)
    if "array" in kinds:
        items = resolved(spec, part["items"])
        yield from _text(items, whole, at, (*at, "0"))
        yield Bad(f"{name} has a hundred", put(whole, at, [_any(items)] * 100), at)
    for value in MEANINGLESS.get(at[-1], ()):
        if isinstance(value, int) and part.get("minimum", value + 1) <= value <= part.get("maximum", value - 1):
            continue  # this route says that it takes more than others do
        many = [value] if "array" in kinds else value
        yield Bad(f"{name} is {value!r}"[:60], put(whole, at, many), (*at, "0") if "array" in kinds else at)


def _text(part: dict[str, Any], whole: Any, at: Path, place: Path) -> Iterator[Bad]:
    def of(value: str) -> Any:
        return put(whole, at, value if place == at else [value])

    name = ".".join(place)
    if "maxLength" in part:
        yield Bad(f"{name} is one too long", of("x" * (part["maxLength"] + 1)), place)
    if part.get("minLength"):
        yield Bad(f"{name} is empty", of(""), place)
    if "enum" in part:
        yield Bad(f"{name} is none of those allowed", of("nonsense"), place)
    yield Bad(f"{name} has 50,000 letters", of(HUGE), place)
    yield Bad(f"{name} has a NUL", of("a\x00b"), place, status=400)
    yield Bad(f"{name} has half a letter", of("a\ud800b"), place, status=400)


def _any(items: dict[str, Any]) -> Any:
    return items["enum"][0] if "enum" in items else "x"


def resolved(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference points at."""
    for choice in part.get("allOf", part.get("anyOf", ())):
        if "$ref" in choice:
            part = choice
    if "$ref" not in part:
        return part
    return spec["components"]["schemas"][part["$ref"].rpartition("/")[2]]


def put(whole: Any, at: Path, value: Any) -> Any:
    """A copy with this value there."""
    changed = copy.deepcopy(whole)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def drop(whole: Any, at: Path) -> Any:
    """A copy without the field."""
    changed = copy.deepcopy(whole)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner.pop(at[-1], None)
    return changed


def names(errors: Any, at: Path) -> bool:
    """Whether an answer's `errors` say something about the field, or about what holds it."""
    for step in at:
        if not isinstance(errors, dict) or step not in errors:
            return isinstance(errors, list) and bool(errors)
        errors = errors[step]
    return bool(errors)
