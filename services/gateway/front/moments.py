"""Moments as the reader writes them, in the zone of the unit that made the promise."""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates, units

from shared.kernel import moment

ZONES = {"VN": ZoneInfo("Asia/Ho_Chi_Minh"), "CN": ZoneInfo("Asia/Shanghai")}
ZONE_NAMES = {"VN": "Vietnam time (UTC+7)", "CN": "Beijing time (UTC+8)"}  # translated where they are shown
INPUT = "%Y-%m-%dT%H:%M"  # what <input type="datetime-local"> takes and gives

_EXACT = {"vi": "HH:mm:ss dd/MM/yyyy", "zh": "yyyy年M月d日 HH:mm:ss", "en": "d MMM yyyy, HH:mm:ss"}
_BABEL = {"vi": "vi", "zh": "zh_CN", "en": "en_GB"}
# What CLDR has of spans: the short form is in whole words in vi and zh, which have no long one.
_FORM: dict[str, Literal["short", "long"]] = {"vi": "short", "zh": "short", "en": "long"}
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_SHORT = {"vi": "HH:mm dd/MM/yyyy", "zh": "yyyy年M月d日 HH:mm", "en": "d MMM yyyy, HH:mm"}
_WEEKDAY = {"vi": "EEEE, dd/MM/yyyy", "zh": "yyyy年M月d日 EEEE", "en": "EEEE d MMMM yyyy"}
_DAY = {"vi": "dd/MM/yyyy", "zh": "yyyy年M月d日", "en": "d MMM yyyy"}
_DAY_OF_YEAR = {"vi": "dd/MM", "zh": "M月d日", "en": "d MMM"}
_MONTH = {"vi": "'Tháng' M/yyyy", "zh": "yyyy年M月", "en": "MMMM yyyy"}
_SHORT_MONTH = {"vi": "M/yyyy", "zh": "yyyy年M月", "en": "MMM yyyy"}
_LONG = {"vi": "HH:mm, EEEE, dd/MM/yyyy", "zh": "yyyy年M月d日 EEEE HH:mm", "en": "HH:mm, EEEE d MMMM yyyy"}


def zone(country: str) -> ZoneInfo:
    """The zone of a country; Vietnam's for one that we do not know."""
    return ZONES.get(country, ZONES["VN"])


def shown(at: datetime | str, locale: str, country: str, *, long: bool = False, exact: bool = False) -> str:
    """`14:30 24/11/2026`, `2026年11月24日 14:30`, `24 Nov 2026, 14:30`; long with the day of the week, exact to the
    second."""
    pattern = (_EXACT if exact else _LONG if long else _SHORT)[locale]
    return dates.format_datetime(read(at), pattern, tzinfo=zone(country), locale=_BABEL[locale])


def day(on: str, locale: str) -> str:
    """A day of a calendar (`2026-11-24`): `24/11/2026`, `2026年11月24日`, `24 Nov 2026`; anything else as it is."""
    try:
        return dates.format_date(date.fromisoformat(on), _DAY[locale], locale=_BABEL[locale])
    except ValueError:
        return on


def date_of(at: datetime | str, locale: str, country: str) -> str:
    """The day of a moment there: `Thứ Ba, 24/11/2026`, `2026年11月24日 星期二`, `Tuesday 24 November 2026`."""
    return dates.format_datetime(read(at), _WEEKDAY[locale], tzinfo=zone(country), locale=_BABEL[locale])


def hour(at: datetime | str, country: str, *, exact: bool = False) -> str:
    """The time of the day there: `14:30`, exact `14:30:05`."""
    return read(at).astimezone(zone(country)).strftime("%H:%M:%S" if exact else "%H:%M")


def day_of_year(on: date, locale: str) -> str:
    """A day where its year is known: `24/11`, `11月24日`, `24 Nov`."""
    return dates.format_date(on, _DAY_OF_YEAR[locale], locale=_BABEL[locale])


def month(on: date, locale: str, *, short: bool = False) -> str:
    """The month of a day: `Tháng 11/2026`, `2026年11月`, `November 2026`; short `11/2026`, `Nov 2026`."""
    return dates.format_date(on, (_SHORT_MONTH if short else _MONTH)[locale], locale=_BABEL[locale])


def weekday(number: int, locale: str, *, short: bool = False) -> str:
    """A day of the week (0 is Monday): `Thứ Hai`, `星期一`, `Monday`; short: `T2`, `周一`, `Mon`."""
    names = dates.get_day_names("abbreviated" if short else "wide", "stand-alone", _BABEL[locale])
    return _capital(names[number])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def distance(to: datetime | str, now: datetime, locale: str) -> tuple[str, bool]:
    """How far away in words ("25 minutes"), and whether it has passed."""
    left = read(to) - now
    rounded = max(abs(left), timedelta(minutes=1))
    return dates.format_timedelta(rounded, threshold=1.2, locale=_BABEL[locale]), left < timedelta(0)


@functools.lru_cache(maxsize=4096)
def length(seconds: float, locale: str, *, exact: bool = False) -> str:
    """A span of time, whichever its sign: `1 giờ 25 phút`, `1小时25分钟`, `1 hour 25 minutes`; exact to the second."""
    left = abs(round(seconds)) if exact else max(round(abs(seconds) / 60), 1) * 60
    parts: list[str] = []
    for unit, size in _UNITS if exact else _UNITS[:-1]:
        count, left = divmod(left, size)
        if count:
            parts.append(units.format_unit(count, f"duration-{unit}", length=_FORM[locale], locale=_BABEL[locale]))
    if not parts:
        parts = [units.format_unit(0, "duration-second", length=_FORM[locale], locale=_BABEL[locale])]
    return ("" if locale == "zh" else " ").join(parts if exact else parts[:2])


def typed(text: str, country: str) -> datetime:
    """What somebody typed into a field for date and time, in the unit's zone. Raises ValueError."""
    return datetime.strptime(text.strip()[:16], INPUT).replace(tzinfo=zone(country))


def read(at: datetime | str) -> datetime:
    """A moment as services write it."""
    return moment.parse(at) if isinstance(at, str) else at
