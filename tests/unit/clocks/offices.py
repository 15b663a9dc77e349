"""Offices of the tests: a Vietnamese one that works Saturday mornings, and one in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from shared.clocks import statute
from shared.clocks.calendar import Calendar, Week

HANOI, SHANGHAI = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Asia/Shanghai")
VN_DAY = ((time(8), time(12)), (time(13, 30), time(17, 30)))
CN_DAY = ((time(9), time(12)), (time(13, 30), time(18)))
ANNOUNCED = (2025, 2026)


@cache
def hai_phong() -> Calendar:
    return _office("hai-phong", "VN", "Asia/Ho_Chi_Minh", (*(VN_DAY,) * 5, ((time(8), time(12)),), ()))


@cache
def shanghai() -> Calendar:
    return _office("thuong-hai", "CN", "Asia/Shanghai", (*(CN_DAY,) * 5, (), ()))


def _office(key: str, country: str, zone: str, days: tuple) -> Calendar:
    years = [statute.year(country, number) for number in (2025, 2026, 2027)]
    return Calendar(
        key=key,
        zone=zone,
        weeks=(Week(date(2000, 1, 1), days),),
        off=frozenset(day for year in years for day in year.off),
        made_up={work: off.weekday() for year in years for work, off in year.made_up.items()},
        official=frozenset(ANNOUNCED),
    )


def at(zone: ZoneInfo, *parts: int) -> datetime:
    """A local moment, in UTC."""
    return datetime(*parts, tzinfo=zone).astimezone(UTC)  # type: ignore[misc]
