"""How many tickets a view of the list shows: the number beside its name, up to a bound."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields

from services.support.ticket import filtering, queries, schemas
from shared.web.tokens import Caller

_FILTER = schemas.PageIn()
_NO_FILTER = set(schemas.PageIn().fields) - set(schemas.FilterIn().fields)


def of(connection: sa.Connection, view: str, who: Caller, *, units: Collection[str], now: datetime) -> dict[str, Any]:
    """The count of a view whose query this is; none where the list would refuse it."""
    asked = read(view)
    if asked is None:
        return {"count": None, "more": False}
    count = queries.count(connection, asked.of(who.id), units=units, now=now)
    return {"count": min(count, queries.COUNTED - 1), "more": count >= queries.COUNTED}


def read(view: str) -> filtering.Filter | None:
    """The filter that an address speaks of; None where the list would refuse it."""
    given: dict[str, Any] = {}
    for name, value in parse_qsl(view, keep_blank_values=True, max_num_fields=200):
        field = _FILTER.fields.get("since" if name == "from" else "until" if name == "to" else name)
        if "\x00" in value:
            return None
        if isinstance(field, fields.List):
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    try:
        asked = _FILTER.load(given)
    except ma.ValidationError:
        return None
    return filtering.Filter(**{name: value for name, value in asked.items() if name not in _NO_FILTER})  # type: ignore[union-attr]
