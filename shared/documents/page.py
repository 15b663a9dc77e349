"""The catalogue of events for people: what there is, who says it, who listens, what it looks like."""

from __future__ import annotations

from typing import Any

from shared.documents import contract
from shared.documents.house import Told

PATH = "events.md"

_HEAD = """\
# Events

What happens in Steward is told on RabbitMQ: exchange `steward.events`, routing key = the type. Outside systems tell
Steward on `steward.inbound`, routing key `<system>.<type>`, or by HTTP. How to do both, and what is guaranteed, stands
in [integrators.md](integrators.md); the envelope in [schemas/envelope.json](schemas/envelope.json); all of it for
programs in [asyncapi.yaml](asyncapi.yaml).

Within a version events only gain optional fields, and sets marked *open* new values: ignore what you do not know. What
would break a reader becomes a type of its own, ending in `.v2`, published beside the old one.

Written by `steward docs`; do not edit.
"""


def text(events: list[Told]) -> str:
    """The page."""
    published = [told for told in events if not told.kind.inbound]
    taken = [told for told in events if told.kind.inbound]
    lines = [
        _HEAD,
        "## Published",
        "",
        *_overview(published),
        "",
        "## Taken from outside systems",
        "",
        *_overview(taken),
    ]
    for told in (*published, *taken):
        lines += ["", *_section(told)]
    return "\n".join(lines) + "\n"


def _overview(events: list[Told]) -> list[str]:
    lines = ["| type | service | what happened | heard by |", "|---|---|---|---|"]
    for told in events:
        heard = ", ".join(sorted({each.service for each in told.heard})) or "-"
        anchor = told.name.replace(".", "").lower()
        lines.append(f"| [`{told.name}`](#{anchor}) | {told.service} | {told.kind.summary} | {heard} |")
    return lines


def _section(told: Told) -> list[str]:
    schema = contract.of(told)
    lines = [f"### {told.name}", "", told.kind.summary, ""]
    if told.kind.inbound:
        lines.append(f"Taken by **{told.service}** under `<system>.{told.name}`.")
    else:
        lines.append(f"Published by **{told.service}**.")
    lines[-1] += f" Schema: [{told.kind.urn}]({contract.path(told.name)})"
    if told.heard:
        lines += ["", *(f"- **{each.service}**: {each.does}" for each in told.heard)]
    lines += ["", *_fields(schema), ""]
    lines += ["<details><summary>Example</summary>", "", "```json", contract.text(told.envelope()).rstrip(), "```", ""]
    return [*lines, "</details>"]


def _fields(schema: dict[str, Any]) -> list[str]:
    return ["| field | type | |", "|---|---|---|", *_rows(schema, "")]


def _rows(schema: dict[str, Any], prefix: str) -> list[str]:
    lines: list[str] = []
    for name, field in schema.get("properties", {}).items():
        needed = "" if name in schema.get("required", ()) else "optional"
        notes = "; ".join(note for note in (needed, *_notes(field)) if note)
        lines.append(f"| `{prefix}{name}` | {_type(field)} | {_cell(notes)} |")
        items = field.get("items", {})
        if "properties" in field:
            lines += _rows(field, f"{prefix}{name}.")
        elif "properties" in items:
            lines += _rows(items, f"{prefix}{name}[].")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _type(field: dict[str, Any]) -> str:
    kinds = field.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    said = [_TYPES.get((kind, field.get("format")), kind) for kind in kinds]
    if "array" in said:
        said[said.index("array")] = f"list of {_type(field.get('items', {}))}"
    if "object" in said and "additionalProperties" in field:
        said[said.index("object")] = f"map to {_type(field['additionalProperties'])}"
    return " or ".join(said)


_TYPES = {
    ("string", "date-time"): "moment",
    ("string", "date"): "date",
    ("string", "email"): "mail address",
    ("string", "uuid"): "UUID",
    ("string", None): "text",
    ("boolean", None): "yes or no",
    ("integer", None): "whole number",
}
_LIMITS = (("minLength", "at least {} characters"), ("maxLength", "at most {} characters"), ("maxItems", "at most {}"),
           ("minimum", "from {}"), ("maximum", "to {}"))  # fmt: skip


def _notes(field: dict[str, Any]) -> list[str]:
    notes = [field.get("description", "").rstrip(".")]
    if values := [value for value in field.get("enum", field.get("items", {}).get("enum", [])) if value is not None]:
        notes.append(", ".join(f"`{value}`" for value in values))
    if known := field.get("x-known-values", field.get("items", {}).get("x-known-values")):
        notes.append("*open*, so far " + ", ".join(f"`{value}`" for value in known))
    notes += [
        words.format(field[name])
        for name, words in _LIMITS
        if name in field and (name, field[name]) != ("minLength", 1)
    ]
    if field.get("x-secret"):
        notes.append("secret")
    if "default" in field and field["default"] not in (None, [], {}):
        notes.append(f"`{field['default']}` when left out")
    return notes
