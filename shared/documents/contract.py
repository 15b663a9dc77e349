"""The published schemas: one file per event type, which is the contract with every reader and sender.

A file stays as long as its type is published. What would break somebody is refused, and published as a type ending in
`.v2` beside the old one. To withdraw a type once nobody uses it any more, delete its file in the change that removes it
from the code: an act that a reviewer sees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shared.documents.house import Told
from shared.envelope import cloudevent, compatibility, schema

FOLDER = "schemas"
ENVELOPE = f"{FOLDER}/envelope.json"
DIRECTION = "x-direction"
PUBLISHED, TAKEN = "published", "taken"


def schemas(events: Iterable[Told]) -> dict[str, str]:
    """The files of the contract, by path: each event's data, and the envelope around it."""
    found = {path(told.name): text(of(told)) for told in events}
    return {ENVELOPE: text(envelope()), **found}


def path(name: str) -> str:
    """Where the schema of a type lies, below the documents' folder."""
    return f"{FOLDER}/{name}.json"


def of(told: Told) -> dict[str, Any]:
    """The schema of one event, with who stands behind it."""
    made = schema.of(told.kind)
    head = {name: made.pop(name) for name in ("$schema", "$id", "title", "description")}
    return {**head, DIRECTION: TAKEN if told.kind.inbound else PUBLISHED, "x-service": told.service, **made}


def text(document: dict[str, Any]) -> str:
    """A document as it is written: readable, letters as letters, one end of line."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def broken(events: Iterable[Told], folder: Path) -> list[str]:
    """A sentence for each change against the published schemas in `folder` that would break somebody."""
    now = {told.name: told for told in events}
    found: list[str] = []
    for file in sorted((folder / FOLDER).glob("*.json")):
        if file.name == Path(ENVELOPE).name:
            continue
        try:
            published = json.loads(file.read_text(encoding="utf-8"))
            name, inbound = str(published["title"]), published[DIRECTION] == TAKEN
        except (ValueError, KeyError, TypeError) as error:
            found.append(f"{file.name} is not a schema that was written here ({type(error).__name__}: {error}).")
            continue
        found += _against(name, published, now.get(name), inbound=inbound)
    return found


def _against(name: str, published: dict[str, Any], told: Told | None, *, inbound: bool) -> list[str]:
    if told is None:
        gone = f"{name} is no longer in the code, and others rely on it: keep it; publish {successor(name)} beside it."
        return [f"{gone} When nobody uses it any more, delete docs/{path(name)} in the same change."]
    if told.kind.inbound != inbound:
        before, after = (TAKEN, PUBLISHED) if inbound else (PUBLISHED, TAKEN)
        return [f"{name} was {before} and is now {after}; give it another name."]
    return [
        f"{name}, {change}. Leave it as it was, and publish {successor(name)} beside it."
        for change in compatibility.breaks(published, schema.of(told.kind), inbound=inbound)
    ]


def successor(name: str) -> str:
    """The name of the next incompatible form: `x.y.done` is followed by `x.y.done.v2`."""
    stem, _, last = name.rpartition(".v")
    return f"{stem}.v{int(last) + 1}" if stem and last.isdecimal() else f"{name}.v2"


def envelope() -> dict[str, Any]:
    """The envelope of every event: CloudEvents 1.0 as we write and read it."""
    short = {"type": "string", "minLength": 1, "maxLength": cloudevent.MAX_NAME}
    return {
        "$schema": schema.DIALECT,
        "$id": "urn:steward:envelope",
        "title": "envelope",
        "description": (
            "CloudEvents 1.0, structured JSON in UTF-8, content type application/cloudevents+json, at most "
            f"{cloudevent.MAX_BYTES} bytes, nested at most {cloudevent.MAX_DEPTH} levels. What is unknown is ignored."
        ),
        "type": "object",
        "properties": {
            "specversion": {"const": cloudevent.SPECVERSION},
            "id": {
                **short,
                "description": "Once per source. The same source and id is the same event, and takes effect once.",
            },
            "source": {
                **short,
                "description": "/steward/<service>, or /<system> of an outside one: the first word of its routing key.",
            },
            "type": {
                **short,
                "description": "What happened; also the routing key (behind the system's name for inbound).",
            },
            "subject": {
                **short,
                "description": "The object's id; the id when it is left out. Order holds per subject.",
            },
            "time": {
                "type": "string",
                "format": "date-time",
                "description": "With an offset; ours are UTC, microseconds.",
            },
            "datacontenttype": {"const": "application/json"},
            "dataschema": {
                "type": "string",
                "pattern": "^urn:steward:.+:[0-9]{1,6}$",
                "description": "urn:steward:<type>:<version>; version 1 when it is left out.",
            },
            "sequence": {
                "type": "string",
                "pattern": "^[0-9]{1,18}$",
                "description": "Counts the events of one subject from 1, without gaps; optional for outside systems.",
            },
            "traceparent": {"type": "string", "maxLength": cloudevent.MAX_NAME, "description": "W3C trace context."},
            "actor": {
                "type": "string",
                "maxLength": cloudevent.MAX_NAME,
                "description": "Who did it: staff:<id>, client:<id> or system:<name>.",
            },
            "onbehalfof": {
                "type": "string",
                "maxLength": cloudevent.MAX_NAME,
                "description": "For whom a substitute did it.",
            },
            "data": {"type": "object", "description": "What the schema of the type says."},
        },
        "required": ["specversion", "id", "source", "type", "time", "data"],
    }
