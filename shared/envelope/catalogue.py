"""The catalogue: which events exist, who publishes them, what each carries.

A publishing slice declares its events in `events.py` as `EventType`s; a reacting slice declares what it reads as
`reaction.Reaction`s with a tolerant schema of its own. No service imports another to understand its events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from shared.kernel import errors

NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+?(?:\.v([2-9]|[1-9][0-9]))?")


OPEN = {"open": True}
"""`metadata` of a field whose values are those known so far: readers must expect others, so a new one breaks nobody."""


class InvalidData(errors.Refused):
    """The data of {type} does not fit its schema: {why}."""

    code = "schema-violation"
    status = 422


class Reader(ma.Schema):
    """The base of every schema that reads somebody else's data: unknown fields are ignored."""

    class Meta:
        unknown = ma.EXCLUDE


class Writer(ma.Schema):
    """The base of every schema that we publish: an unknown field is our own mistake."""

    class Meta:
        unknown = ma.RAISE


@dataclass(frozen=True, slots=True)
class EventType:
    """One event that a slice publishes (or, with `inbound`, that outside systems publish to it).

    `example` is the data of one such event, checked against the schema in the tests and shown in the documents.
    `version` counts incompatible forms, and the name says which one it is: only `x.y.done.v2` has version 2. A broker
    routes by name, so that old readers never get what they cannot read.
    """

    name: str
    schema: type[ma.Schema]
    summary: str
    example: dict[str, Any]
    version: int = 1
    inbound: bool = False

    def __post_init__(self) -> None:
        found = NAME.fullmatch(self.name)
        if found is None or int(found[1] or 1) != self.version:
            raise ValueError(
                f"{self.name} is not a name of version {self.version}; version 2 of x.y.done is x.y.done.v2"
            )

    @property
    def urn(self) -> str:
        """The URN of the schema."""
        return f"urn:steward:{self.name}:{self.version}"


def dump(kind: EventType, data: dict[str, Any]) -> dict[str, Any]:
    """The data as it goes out. Raises `InvalidData`, naming the fields, when it would break a reader."""
    dumped = _instance(kind.schema).dump(data)
    assert isinstance(dumped, dict)  # one object in, one object out
    check(kind, dumped)
    return dumped


def check(kind: EventType, data: dict[str, Any]) -> None:
    """Raises `InvalidData`, naming the fields, when data that is to go out as it is would break a reader."""
    if wrong := _instance(kind.schema).validate(data):
        raise InvalidData(type=kind.name, why=sentence(wrong))


def load(type_: str, schema: type[ma.Schema], data: dict[str, Any]) -> dict[str, Any]:
    """The data as a reader wants it. Raises `InvalidData`."""
    try:
        loaded = _instance(schema).load(data)
    except ma.ValidationError as error:
        raise InvalidData(type=type_, why=sentence(error.messages_dict)) from error
    assert isinstance(loaded, dict)  # one object in, one object out
    return loaded


_instances: dict[type[ma.Schema], ma.Schema] = {}


def _instance(schema: type[ma.Schema]) -> ma.Schema:
    if (made := _instances.get(schema)) is None:
        made = _instances[schema] = schema()  # building one costs 100 times a validation
    return made


def sentence(messages: Any, path: str = "") -> str:
    """marshmallow's nested messages as one line: `contact.mail: Not a valid email address`."""
    if isinstance(messages, dict):
        return "; ".join(sentence(value, f"{path}.{key}".strip(".")) for key, value in messages.items())
    if isinstance(messages, list):
        return "; ".join(sentence(value, path) for value in messages)
    return f"{path}: {str(messages).removesuffix('.')}"
