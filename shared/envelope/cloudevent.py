"""One event, to and from its bytes on the wire (structured JSON mode)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.kernel import errors, moment

CONTENT_TYPE = "application/cloudevents+json"
SPECVERSION = "1.0"
MAX_BYTES = 1024 * 1024  # of one event; the broker refuses more as well (see deploy/rabbitmq)
MAX_DEPTH = 32  # of nested JSON; deeper is an attack or a mistake
MAX_NAME = 200  # characters of id, source, type and subject: they are index keys


_SURROGATE, _NUMBER = "it contains half of a surrogate pair", "it contains a number of more than 64 bits"
_SUSPECT = re.compile(rb"\\u|[:\[,]\s*-?\d[\d.]*(?:[eE]|\d{15})")


class Unreadable(errors.Refused):
    """The message is not an event that can be read: {why}."""

    code = "unreadable-event"
    status = 400


class TooLarge(errors.TooLarge):
    """The event has {size} bytes; at most 1048576 are taken."""

    code = "event-too-large"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `sequence` counts the events of one subject from 1 without gaps; outside systems may omit it."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
    sequence: int | None = None
    version: int = 1
    traceparent: str | None = None
    actor: str | None = None
    onbehalfof: str | None = None

    @property
    def dataschema(self) -> str:
        """The URN of the schema that `data` follows."""
        return f"urn:steward:{self.type}:{self.version}"


def parts(event: Event) -> dict[str, Any]:
    """The event as the JSON object that it is on the wire; attributes that it has not are left out."""
    envelope: dict[str, Any] = {
        "specversion": SPECVERSION,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": moment.text(event.time),
        "datacontenttype": "application/json",
        "dataschema": event.dataschema,
    }
    for name in ("sequence", "traceparent", "actor", "onbehalfof"):
        if (value := getattr(event, name)) is not None:
            envelope[name] = str(value)
    envelope["data"] = event.data
    return envelope


def write(event: Event) -> bytes:
    """The event's bytes, which every reader takes. Raises `TooLarge`, `Unreadable`."""
    envelope = parts(event)
    try:
        body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise Unreadable(why=_SURROGATE) from error
    except ValueError as error:
        raise Unreadable(why=_NUMBER) from error
    if len(body) > MAX_BYTES:
        raise TooLarge(size=len(body))
    if _suspicious(body):
        check_text(envelope)
    return body


def read(body: bytes, *, content_type: str | None = CONTENT_TYPE) -> Event:
    """Read an event. Raises `Unreadable` with a reason a sender can act on, or `TooLarge`; never anything else."""
    if len(body) > MAX_BYTES:
        raise TooLarge(size=len(body))
    if content_type is None or content_type.split(";")[0].strip().lower() != CONTENT_TYPE:
        raise Unreadable(why=f"the content type is {content_type or 'missing'}, not {CONTENT_TYPE}")
    envelope = _object(body)
    if envelope.get("specversion") != SPECVERSION:
        raise Unreadable(why="specversion is not 1.0")
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise Unreadable(why="data is missing or not an object")
    type_ = _name(envelope, "type")
    return Event(
        id=_name(envelope, "id"),
        source=_name(envelope, "source"),
        type=type_,
        subject=_name(envelope, "subject", default=_name(envelope, "id")),
        time=_time(envelope),
        data=data,
        sequence=_sequence(envelope),
        version=_version(envelope, type_),
        traceparent=_optional(envelope, "traceparent"),
        actor=_optional(envelope, "actor"),
        onbehalfof=_optional(envelope, "onbehalfof"),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Unreadable(why="it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(why="it is not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable(why="it is not a JSON object")
    if _suspicious(body):
        check_text(value)
    return value


def _suspicious(body: bytes) -> bool:
    """Whether JSON in UTF-8 could hold what `check_text` refuses: that looks at each part, and costs half of a reading.

    NUL and half surrogates can stand in it as escapes only; numbers beyond 64 bits need an exponent or many digits.
    """
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH or _SUSPECT.search(body) is not None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def check_text(value: Any) -> None:
    """Refuse what no database or mail can hold: nesting over 32, NUL, lone surrogates, numbers over 64 bits."""
    pending: list[tuple[Any, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(why=f"it is nested deeper than {MAX_DEPTH} levels")
        if isinstance(item, dict):
            pending.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            pending.extend((part, depth + 1) for part in item)
        elif isinstance(item, str):
            if "\x00" in item:
                raise Unreadable(why="it contains the NUL character")
            if not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item):
                raise Unreadable(why=_SURROGATE)
        elif isinstance(item, int | float) and not -(2**63) <= item < 2**63:  # 1e999 is read as infinity
            raise Unreadable(why=_NUMBER)


def _name(envelope: dict[str, Any], name: str, *, default: str | None = None) -> str:
    value = envelope.get(name, default)
    if not isinstance(value, str) or not value:
        raise Unreadable(why=f"{name} is missing")
    if len(value) > MAX_NAME:
        raise Unreadable(why=f"{name} is longer than {MAX_NAME} characters")
    return value


def _optional(envelope: dict[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise Unreadable(why=f"{name} is not a short text")
    return value


def _time(envelope: dict[str, Any]) -> datetime:
    value = envelope.get("time")
    if not isinstance(value, str):
        raise Unreadable(why="time is missing")
    try:
        return moment.parse(value)
    except (ValueError, OverflowError) as error:
        raise Unreadable(why="time is not RFC 3339 with an offset") from error


def _sequence(envelope: dict[str, Any]) -> int | None:
    value = envelope.get("sequence")
    if value is None:
        return None
    text = str(value)
    if not text.isdecimal() or not text.isascii() or len(text) > 18:
        raise Unreadable(why="sequence is not a whole number")
    return int(text)


def _version(envelope: dict[str, Any], type_: str) -> int:
    value = envelope.get("dataschema")
    if value is None:
        return 1
    head, _, version = str(value).rpartition(":")
    if head != f"urn:steward:{type_}" or not version.isdecimal() or not version.isascii() or len(version) > 6:
        raise Unreadable(why=f"dataschema is not urn:steward:{type_}:<version>")
    return int(version)
