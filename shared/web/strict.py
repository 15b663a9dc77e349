"""JSON as we take it and as we write it.

Refused is what somebody would read differently from us, or what no database and no mail can hold: NaN and Infinity,
the same name twice in one object, nesting over 32, NUL, half surrogates, numbers over 64 bits. A byte order mark, which
some Windows programs send, does no harm. What we write is compact UTF-8, with letters as letters.
"""

from __future__ import annotations

import json
from typing import Any

from flask.json.provider import JSONProvider

from shared.envelope import cloudevent
from shared.kernel import errors


class Unstorable(errors.Malformed):
    """The request could not be read: {why}."""

    code = "unstorable"

    def __init__(self, *, why: str, fields: dict[str, Any]) -> None:
        super().__init__(why=why)
        self.fields = fields


class _Twice(ValueError):
    """A name stands twice in one object."""


class Json(JSONProvider):
    """Flask's door to the rules above."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The text of a value; moments and the like as `str` says them."""
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"), default=str)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a text. Raises `errors.Malformed` with a reason that helps."""
        value = _read(s)
        try:
            cloudevent.check_text(value)
        except cloudevent.Unreadable as error:
            raise Unstorable(why=error.facts["why"], fields=_place(value)) from error
        return value


def _read(text: str | bytes) -> Any:
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise errors.Malformed(why="it is not UTF-8") from error
    except _Twice as error:
        raise errors.Malformed(why="a name stands twice in one object") from error
    except (ValueError, RecursionError) as error:
        raise errors.Malformed(why="it is not JSON") from error


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _place(value: Any) -> dict[str, Any]:
    """Where the first thing stands that cannot be stored, as validation messages; empty when no field can be named."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while pending:
        path, item = pending.pop()
        if len(path) > cloudevent.MAX_DEPTH:
            continue
        if isinstance(item, dict):
            pending.extend(((*path, name), part) for name, part in item.items() if _storable(name))
        elif isinstance(item, list):
            pending.extend(((*path, str(number)), part) for number, part in enumerate(item))
        elif path and not _storable(item):
            found: Any = [
                "This contains a character that cannot be stored." if isinstance(item, str) else "Not a valid number."
            ]
            for step in reversed(path):
                found = {step: found}
            return found
    return {}


def _storable(item: Any) -> bool:
    try:
        cloudevent.check_text(item)
    except cloudevent.Unreadable:
        return False
    return True
