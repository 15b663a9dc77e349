"""Cursors of lists: the sort key of the last row, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from shared.kernel import errors

Row = TypeVar("Row")


class BadCursor(errors.Malformed):
    """The cursor is not one that this list gave out; start again without it."""

    code = "bad-cursor"


def write(*key: str) -> str:
    """The cursor that stands behind a row with this key."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def after(cursor: str, *columns: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The rows behind the cursor, in the order of the columns. Raises `BadCursor`."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error
    if not isinstance(key, list) or len(key) != len(columns) or not all(_storable(part) for part in key):
        raise BadCursor
    return sa.tuple_(*columns) > sa.tuple_(*(sa.literal(part) for part in key))


def whole(page: Callable[[str | None], tuple[list[Row], str | None]]) -> list[Row]:
    """Every row of a list, page by page; `page` is given the cursor."""
    rows, cursor = page(None)
    while cursor is not None:
        more, cursor = page(cursor)
        rows += more
    return rows


def _storable(part: object) -> bool:
    return isinstance(part, str) and "\x00" not in part and not any("\ud800" <= c <= "\udfff" for c in part)
