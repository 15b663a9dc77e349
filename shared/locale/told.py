"""A moment as somebody is told it: in the form and time zone of the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import dates


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone and what a reader calls it."""

    info: ZoneInfo
    name: str


VIETNAM, CHINA = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Asia/Shanghai")
_OF_READERS = {"vi": Zone(VIETNAM, "giờ Việt Nam"), "zh": Zone(CHINA, "北京时间")}
_OF_UNITS = {"VN": Zone(VIETNAM, "Vietnam time, GMT+7"), "CN": Zone(CHINA, "China time, GMT+8")}
_AT_WORK = {  # staff read the time of the unit where they work, whatever their language
    "VN": {"vi": "giờ Việt Nam", "zh": "越南时间", "en": "Vietnam time, GMT+7"},
    "CN": {"vi": "giờ Bắc Kinh", "zh": "北京时间", "en": "China time, GMT+8"},
}
_PATTERNS = {
    "vi": ("vi", "HH:mm EEEE, 'ngày' dd/MM/yyyy"),
    "zh": ("zh_CN", "yyyy年M月d日（EEEE）HH:mm"),
    "en": ("en", "HH:mm 'on' EEEE, d MMMM yyyy"),
}


def zone(locale: str, country: str | None, *, at_work: bool = False) -> Zone:
    """The zone that times are told in: the reader's own; for whoever reads English, that of the unit's country.

    With `at_work` the reader is one of staff, and the country that of their unit.
    """
    if at_work:
        there = country if country in _AT_WORK else "VN"
        return Zone(_OF_UNITS[there].info, _AT_WORK[there][locale])
    return _OF_READERS.get(locale) or _OF_UNITS.get(country or "", _OF_UNITS["VN"])


def when(at: datetime, locale: str, country: str | None = None, *, at_work: bool = False) -> str:
    """A moment in the reader's form and zone: `14:30 thứ Ba, ngày 24/11/2026`, `2026年11月24日（星期二）15:30`."""
    language, pattern = _PATTERNS[locale]
    said = dates.format_datetime(at, pattern, tzinfo=zone(locale, country, at_work=at_work).info, locale=language)
    return said.replace("Thứ", "thứ").replace("Chủ Nhật", "Chủ nhật") if locale == "vi" else said


def in_full(at: datetime, locale: str, country: str | None = None) -> str:
    """The same with its zone, for a client: `14:30 thứ Ba, ngày 24/11/2026 (giờ Việt Nam)`."""
    name = zone(locale, country).name
    return when(at, locale, country) + (f"（{name}）" if locale == "zh" else f" ({name})")
