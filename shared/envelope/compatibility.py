"""Whether a published schema may become another one under the same name, or would break somebody.

What we publish is read by others: it may promise more than before, never less. What we take is sent by others: it may
ask for less than before, never more. So the same change (an enum that loses a value) is harmless in one direction and
breaks in the other. Where it breaks, the new form is published as a type of its own, ending in `.v2`, beside the old.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_NUMBERS = {"integer", "number"}
_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")


@dataclass(frozen=True, slots=True)
class Break:
    """One change that breaks somebody: which field, and why. An empty `field` is the data itself."""

    field: str
    why: str

    def __str__(self) -> str:
        """`contact.mails: is no longer there, and readers rely on it`."""
        return f"{self.field or 'the data'}: {self.why}"


def breaks(published: Json, now: Json, *, inbound: bool) -> list[Break]:
    """What of the change from `published` to `now` breaks a reader (of what we publish) or a sender (`inbound`)."""
    found = _object if published.get("properties") is not None else _value
    return list(found(published, now, "", inbound))


def _value(old: Json, new: Json, at: str, inbound: bool) -> Iterator[Break]:
    yield from _types(old, new, at, inbound)
    if not old or not new:
        return  # from or to "anything": what lies below was said with it
    yield from _limits(old, new, at, inbound)
    yield from _choices(old, new, at, inbound)
    if inbound and "default" in old and old["default"] != new.get("default", old["default"]):
        yield Break(at, f"left out, it now means {new['default']!r} instead of {old['default']!r}")
    if "properties" in old or "properties" in new:
        yield from _object(old, new, at, inbound)
    for part, name in (("items", "[]"), ("additionalProperties", "{}"), ("propertyNames", " (its keys)")):
        before, after = old.get(part) or {}, new.get(part) or {}
        if before or after:
            yield from _value(before, after, at + name, inbound)


def _object(old: Json, new: Json, at: str, inbound: bool) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name, field in before.items():
        here = f"{at}.{name}" if at else name
        if name not in after:
            yield Break(here, "is no longer read, and senders rely on it" if inbound else "is no longer there")
            continue
        if inbound and name in needs - needed:
            yield Break(here, "was optional and is now required")
        if not inbound and name in needed - needs:
            yield Break(here, "was always there and is now optional")
        yield from _value(field, after[name], here, inbound)
    if inbound:
        for name in [name for name in after if name not in before and name in needs]:
            yield Break(f"{at}.{name}" if at else name, "is new and required; senders do not know it")


def _types(old: Json, new: Json, at: str, inbound: bool) -> Iterator[Break]:
    before, after = _kinds(old), _kinds(new)
    if not before or not after:
        if before != after and (after if inbound else before):
            yield Break(at, f"was {_said(before)} and is now {_said(after)}")
        return
    narrow, wide = (before, after) if inbound else (after, before)
    if "null" in narrow - wide:
        yield Break(at, "may no longer be null" if inbound else "was never null and may now be null")
    if not all(kind in wide or (kind == "integer" and "number" in wide) for kind in narrow - {"null"}):
        yield Break(at, f"was {_said(before - {'null'})} and is now {_said(after - {'null'})}")


def _kinds(schema: Json) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _said(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"


def _limits(old: Json, new: Json, at: str, inbound: bool) -> Iterator[Break]:
    for name in (*_LOWER, *_UPPER):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        tighter = before is None or (after is not None and (after > before if name in _LOWER else after < before))
        if tighter == inbound:
            yield Break(at, f"{name} was {_none(before)} and is now {_none(after)}")
    for name in ("format", "pattern"):
        before, after = old.get(name), new.get(name)
        if before != after and (after if inbound else before) is not None:
            yield Break(at, f"{name} was {_none(before)} and is now {_none(after)}")


def _none(value: Any) -> str:
    return "not limited" if value is None else repr(value)


def _choices(old: Json, new: Json, at: str, inbound: bool) -> Iterator[Break]:
    """Values of an enum. A set that was published as open (`x-known-values`) may grow and shrink."""
    before, after = old.get("enum"), new.get("enum")
    if before is None and after is None:
        return
    if not inbound and before is not None:
        if after is None:
            yield Break(at, "had a closed set of values and may now have any")
        elif more := _without_null(after, before):
            yield Break(at, f"may now be {_list(more)}, which readers do not know")
    if inbound and after is not None:
        if before is None:
            yield Break(at, f"took any value and now only takes {_list(_without_null(after, []))}")
        elif gone := _without_null(before, after):
            yield Break(at, f"no longer takes {_list(gone)}")


def _without_null(values: list[Any], others: list[Any]) -> list[Any]:
    """The values that the others lack; null is judged with the types."""
    return [value for value in values if value is not None and value not in others]


def _list(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)
