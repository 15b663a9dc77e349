"""How much came in and how much of it is recorded, by unit and channel (S004-52)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.support.importing import tables as importing
from services.support.mailbox import model as mails
from services.support.mailbox import tables as mailbox
from services.support.received import missing
from services.support.record import filters
from services.support.ticket import tables
from shared.clocks import tables as clocks

CLASSIFY = "classify"
"""The clock that runs from the receipt until the request is classified: half an hour."""
COUNTS = ("received", "recorded", "tickets", "answers", "waiting", "parked", "rejected", "classified", "in_time")
_t, _m, _c = tables.ticket.c, mailbox.mail.c, clocks.clock.c

Line = dict[str, Any]


def report(
    connection: sa.Connection, asked: filters.Filter, zones: Mapping[str, ZoneInfo], elsewhere: ZoneInfo | None
) -> dict[str, Any]:
    """What came in is what is recorded (requests, and clients' answers by mail) and what is missing.

    A record that was imported did not come in: it is counted apart. So are mails that are nobody's information: those
    that came a second time, and those of a mail server about a mail of ours.
    """
    lines: dict[tuple[str | None, str | None], Line] = {}
    imported = 0
    counted = dict.fromkeys(mails.OUTCOMES, 0)

    def line(unit: str | None, channel: str | None) -> Line:
        empty = {"unit": unit, "channel": channel, **dict.fromkeys(COUNTS, 0)}
        return lines.setdefault((unit, channel), empty)

    for unit, zone in sorted(zones.items()):
        for row in connection.execute(_requests(asked, unit, zone)):
            imported += row.imported
            if row.number > row.imported:
                found = line(unit, row.channel)
                found["tickets"] = row.number - row.imported
                found["classified"], found["in_time"] = row.classified - row.imported, row.in_time
        for row in connection.execute(_mails(asked, unit, zone)):
            counted[row.outcome] += row.number
            if row.outcome == mails.ANSWER:
                line(unit, "email")["answers"] += row.number
    lacking = missing.found(connection, asked, zones, elsewhere)
    for each in lacking:
        line(each.unit, each.channel)[each.state] += 1
    found = [_summed(each) for _, each in sorted(lines.items(), key=lambda item: [part or "~" for part in item[0]])]
    total = {name: sum(each[name] for each in found) for name in COUNTS}
    return {
        "total": total | {"share": share(total)},
        "lines": found,
        "imported": imported,
        "mails": counted,
        "missing": lacking,
    }


def share(counts: Mapping[str, int]) -> float | None:
    """How much of what came in is recorded, in percent; cut off, so that 100 is all of it. None when nothing came."""
    return math.floor(counts["recorded"] * 10_000 / counts["received"]) / 100 if counts["received"] else None


def _summed(line: Line) -> Line:
    line["recorded"] = line["tickets"] + line["answers"]
    line["received"] = line["recorded"] + sum(
        line[state] for state in (missing.WAITING, missing.PARKED, missing.REJECTED)
    )
    return line | {"share": share(line)}


def _requests(asked: filters.Filter, unit: str, zone: ZoneInfo) -> Any:
    of_import = importing.line.c.ticket_id
    imported = _t.id.in_(sa.select(of_import).where(of_import.is_not(None)))
    in_time = sa.exists().where(
        *(_c.object_id == _t.id, _c.name == CLASSIFY, _c.state == "stopped", _c.ended_at <= _c.due_at)
    )
    return (
        sa.select(
            _t.channel,
            sa.func.count().label("number"),
            _count(_t.classified_at.is_not(None)).label("classified"),
            _count(in_time).label("in_time"),
            _count(imported).label("imported"),
        )
        .where(_t.unit == unit, *filters.period(asked, zone))
        .group_by(_t.channel)
    )


def _mails(asked: filters.Filter, unit: str, zone: ZoneInfo) -> Any:
    where = (_m.unit == unit, *missing.between(_m.received_at, asked, zone))
    return sa.select(_m.outcome, sa.func.count().label("number")).where(*where).group_by(_m.outcome)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.Integer)
