"""A marshmallow schema and its JSON Schema must take and refuse the same data."""

from __future__ import annotations

from typing import Any

import jsonschema
import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate

from shared.envelope import catalogue, schema
from shared.envelope.fields import Locale, Mail, Phone, Text, When
from shared.kernel import moment

FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(moment.parse(value))


class Guest(catalogue.Reader):
    """One guest."""

    name = Text(most=5, required=True)
    seats = fields.Integer(strict=True, validate=validate.Range(1, 4))


class Party(catalogue.Reader):
    """Everything that a schema of ours can say."""

    title = Text(most=10, required=True)
    note = Text(most=10, least=0, load_default=None, allow_none=True)
    kind = fields.String(load_default="lunch", validate=validate.OneOf(("lunch", "dinner")))
    mood = fields.String(allow_none=True, validate=validate.OneOf(("good", "bad")))
    code = fields.String(validate=validate.Regexp("^[a-z]+$"))
    starts_at = When(required=True)
    day = fields.Date()
    mails = fields.List(Mail(), validate=validate.Length(max=2))
    tables = fields.List(fields.Integer(strict=True), validate=validate.Length(min=1))
    share = fields.Float(validate=validate.Range(min=0, max=1, max_inclusive=False))
    vegan = fields.Boolean()
    host = fields.Nested(Guest, required=True)
    guests = fields.List(fields.Nested(Guest))
    wishes = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


GOOD: dict[str, Any] = {"title": "Tết", "starts_at": "2026-11-24T02:00:00Z", "host": {"name": "Lan"}}

TAKEN = [
    {},
    {"note": None},
    {"note": ""},
    {"kind": "dinner", "mood": None, "code": "abc", "day": "2026-11-24"},
    {"mood": "good"},
    {"mails": ["a@example.com", "b@example.com"], "tables": [1]},
    {"share": 0, "vegan": True},
    {"host": {"name": "Lan", "seats": 4}, "guests": [], "wishes": {"tea": ["green"]}},
    {"unknown": 1, "host": {"name": "Lan", "unknown": 1}},
]
REFUSED = [
    {"title": ""},
    {"title": "x" * 11},
    {"title": None},
    {"title": 1},
    {"note": "x" * 11},
    {"kind": "tea"},
    {"kind": None},
    {"mood": "so so"},
    {"code": "ABC"},
    {"starts_at": "2026-11-24T02:00:00"},
    {"starts_at": "soon"},
    {"day": "24.11.2026"},
    {"mails": ["a@example.com"] * 3},
    {"mails": ["nobody"]},
    {"mails": "a@example.com"},
    {"tables": []},
    {"tables": ["one"]},
    {"share": 1},
    {"share": -0.1},
    {"vegan": "perhaps"},
    {"host": {}},
    {"host": {"name": "Lan", "seats": 5}},
    {"host": {"name": "Lan", "seats": 1.5}},
    {"guests": [{"name": "much too long"}]},
    {"wishes": {"tea": "green"}},
]


def verdicts(data: dict[str, Any]) -> tuple[bool, bool]:
    """What marshmallow and what JSON Schema say of the data."""
    document = schema.of_schema(Party)
    jsonschema.Draft202012Validator.check_schema(document)
    by_schema = jsonschema.Draft202012Validator(document, format_checker=FORMATS).is_valid(data)
    return not Party().validate(data), by_schema


@pytest.mark.parametrize("change", TAKEN)
def test_what_marshmallow_takes_the_schema_takes(change: dict[str, Any]) -> None:
    assert verdicts(GOOD | change) == (True, True)


@pytest.mark.parametrize("change", REFUSED)
def test_what_marshmallow_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    assert verdicts(GOOD | change) == (False, False)


@pytest.mark.parametrize("missing", ["title", "starts_at", "host"])
def test_a_required_field_is_required_in_both(missing: str) -> None:
    assert verdicts({name: value for name, value in GOOD.items() if name != missing}) == (False, False)


@given(length=st.integers(0, 8), seats=st.integers(-1, 7), share=st.floats(-1, 2))
def test_limits_lie_at_the_same_place_in_both(length: int, seats: int, share: float) -> None:
    taken, fits = verdicts(GOOD | {"host": {"name": "x" * length, "seats": seats}, "share": share})
    assert taken is fits


def test_a_field_says_what_is_left_to_its_default_and_what_is_secret() -> None:
    class Link(catalogue.Writer):
        """A link."""

        token = fields.String(required=True, metadata={"secret": True, "description": "The token."})
        kind = fields.String(load_default="short")
        tags = fields.List(fields.String(), load_default=list)

    found = schema.of_schema(Link)["properties"]
    assert found["token"] == {"type": "string", "x-secret": True, "description": "The token."}
    assert found["kind"]["default"] == "short"
    assert found["tags"]["default"] == []


def test_an_open_set_lists_what_is_known_and_takes_more() -> None:
    class Thing(catalogue.Writer):
        """A thing."""

        state = fields.String(required=True, validate=validate.OneOf(("open", "closed")), metadata=catalogue.OPEN)

    document = schema.of_schema(Thing)
    assert document["properties"]["state"] == {"type": "string", "x-known-values": ["open", "closed"]}
    assert jsonschema.Draft202012Validator(document).is_valid({"state": "archived"})


def test_the_fields_of_our_own_say_what_they_take() -> None:
    assert schema.of_field(Mail())["format"] == "email"
    assert schema.of_field(Phone())["type"] == "string"
    assert "zh-CN" in schema.of_field(Locale())["description"]


@pytest.mark.parametrize("field", [fields.Raw(), fields.Decimal(), fields.String(validate=validate.NoneOf(("x",)))])
def test_what_cannot_be_said_in_json_schema_is_refused(field: fields.Field[Any]) -> None:
    class Odd(ma.Schema):
        """Odd."""

        odd = field

    with pytest.raises(schema.Unspeakable):
        schema.of_schema(Odd)
