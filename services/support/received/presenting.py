"""The report in words, and as a sheet: the counts first, then each thing that is not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from services.support.received import words
from services.support.received.missing import Missing
from services.support.ticket import words as tickets
from shared import locale as languages
from shared.sheets.sheet import Cell, Column, Sheet

MOST = 200
"""How many things that are not recorded an answer lists; a file has them all."""
WIDTHS = {"unit": 18, "channel": 18, "what": 40, "reason": 40, "where": 48, "received_at": 18}


def shown(report: dict[str, Any], locale: str) -> dict[str, Any]:
    """As JSON has it."""
    lacking = report["missing"]
    return report | {"missing": [_listed(each, locale) for each in lacking[:MOST]], "more": len(lacking) > MOST}


def sheet(report: dict[str, Any], zone: ZoneInfo, locale: str) -> Sheet:
    """As a file has it; moments in the reader's zone."""
    columns = [
        Column(languages.sentence(title, locale), WIDTHS.get(name, 12))
        for name, title in (words.COLUMNS | words.BEHIND).items()
    ]
    return Sheet(languages.sentence(words.TITLE, locale), columns, _rows(report, zone, locale), locale)


def _rows(report: dict[str, Any], zone: ZoneInfo, locale: str) -> Iterator[Sequence[Cell]]:
    def row(unit: str, channel: str | None, facts: dict[str, Cell]) -> list[Cell]:
        said = {"unit": unit, "channel": channel} | facts
        return [said.get(name) for name in words.COLUMNS | words.BEHIND]

    yield row(languages.sentence(words.ALL, locale), None, _counts(report["total"]))
    for each in report["lines"]:
        yield row(_unit(each["unit"], locale), _channel(each["channel"], locale), _counts(each))
    if report["imported"]:
        yield row(languages.sentence(words.IMPORTED, locale), None, {"recorded": report["imported"]})
    for each in report["missing"]:
        facts = _listed(each, locale)
        behind = {name: facts[name] for name in ("what", "reason", "where")}
        at = each.received_at.astimezone(zone)
        yield row(_unit(each.unit, locale), _channel(each.channel, locale), behind | {"received_at": at})


def _counts(line: dict[str, Any]) -> dict[str, Cell]:
    return {name: line[name] for name in words.COLUMNS if name not in ("unit", "channel")}


def _listed(each: Missing, locale: str) -> dict[str, Any]:
    reason = words.REASONS.get(each.reason)
    return {
        "unit": each.unit,
        "channel": each.channel,
        "state": each.state,
        "code": each.reason,
        "reason": languages.sentence(reason, locale)
        if reason
        else languages.translate(words.OTHER_REASON, locale, code=each.reason),
        "received_at": each.received_at,
        "what": each.what,
        "kind": each.kind,
        "id": each.id,
        "where": languages.translate(words.WHERE[each.kind], locale, id=each.id),
    }


def _unit(code: str | None, locale: str) -> str:
    return code or languages.sentence(words.NOBODY, locale)


def _channel(code: str | None, locale: str) -> str:
    return languages.sentence(tickets.CHANNELS[code] if code else words.NO_CHANNEL, locale)
