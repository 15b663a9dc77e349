"""Each kind of change to a published schema: what breaks a reader of ours, what breaks a sender to us."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.envelope import compatibility

BASE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "maxLength": 20, "minLength": 2},
        "size": {"type": "integer", "minimum": 1, "maximum": 6},
        "share": {"type": "number"},
        "state": {"type": "string", "enum": ["new", "done"]},
        "topic": {"type": "string", "x-known-values": ["price"]},
        "due": {"type": ["string", "null"], "format": "date-time"},
        "mails": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "people": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "contact": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        "note": {"type": "string", "default": "none"},
    },
    "required": ["number", "size", "state", "contact"],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The base with one place changed; `...` takes it out."""
    made = copy.deepcopy(BASE)
    *way, last = path.split("/")
    place: Any = made
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return made


# what is changed · does it break a reader of what we publish · does it break a sender of what we take · the field named
CHANGES: list[tuple[str, Any, bool, bool, str]] = [
    ("properties/number", ..., True, True, "number"),
    ("properties/contact/properties/name", ..., True, True, "contact.name"),
    ("properties/extra", {"type": "string"}, False, False, ""),
    ("required", ["size", "state", "contact"], True, False, "number"),
    ("required", ["number", "size", "state", "contact", "share"], False, True, "share"),
    ("properties/contact/required", [], True, False, "contact.name"),
    ("properties/number/type", "integer", True, True, "number"),
    ("properties/number/type", ["string", "null"], True, False, "number"),
    ("properties/due/type", "string", False, True, "due"),
    ("properties/size/type", "number", True, False, "size"),
    ("properties/share/type", "integer", False, True, "share"),
    ("properties/number/type", ..., True, False, "number"),
    ("properties/state/enum", ["new", "done", "lost"], True, False, "state"),
    ("properties/state/enum", ["new"], False, True, "state"),
    ("properties/state/enum", ..., True, False, "state"),
    ("properties/topic/x-known-values", ["price", "policy"], False, False, ""),
    ("properties/topic/enum", ["price"], False, True, "topic"),
    ("properties/number/maxLength", 30, True, False, "number"),
    ("properties/number/maxLength", 10, False, True, "number"),
    ("properties/number/maxLength", ..., True, False, "number"),
    ("properties/number/minLength", 1, True, False, "number"),
    ("properties/number/minLength", 3, False, True, "number"),
    ("properties/number/pattern", "^TCK", False, True, "number"),
    ("properties/size/maximum", 7, True, False, "size"),
    ("properties/size/minimum", 2, False, True, "size"),
    ("properties/due/format", ..., True, False, "due"),
    ("properties/due/format", "date", True, True, "due"),
    ("properties/mails/items/type", "integer", True, True, "mails[]"),
    ("properties/mails/maxItems", 9, True, False, "mails"),
    ("properties/people/additionalProperties/items", {}, True, False, "people{}[]"),
    ("properties/people/additionalProperties", ..., True, False, "people{}"),
    ("properties/note/default", "some", False, True, "note"),
    ("properties/number/description", "what people call it", False, False, ""),
]


@pytest.mark.parametrize(("path", "value", "reader", "sender", "named"), CHANGES)
def test_a_change_breaks_exactly_whom_it_hurts(path: str, value: Any, reader: bool, sender: bool, named: str) -> None:
    now = changed(path, value)
    for inbound, expected in ((False, reader), (True, sender)):
        found = compatibility.breaks(BASE, now, inbound=inbound)
        assert bool(found) is expected, found
        assert {each.field for each in found} <= {named}, found


def test_a_new_required_field_breaks_the_senders_who_do_not_know_it() -> None:
    now = changed("properties/unit", {"type": "string"})
    now["required"] = [*now["required"], "unit"]
    assert [each.field for each in compatibility.breaks(BASE, now, inbound=True)] == ["unit"]
    assert compatibility.breaks(BASE, now, inbound=False) == []


@pytest.mark.parametrize("inbound", [True, False])
def test_nothing_changed_breaks_nobody(inbound: bool) -> None:
    assert compatibility.breaks(BASE, copy.deepcopy(BASE), inbound=inbound) == []


def test_the_sentence_names_the_field_and_the_reason() -> None:
    now = changed("properties/state/enum", ["new", "done", "lost"])
    (found,) = compatibility.breaks(BASE, now, inbound=False)
    assert str(found) == "state: may now be 'lost', which readers do not know"
