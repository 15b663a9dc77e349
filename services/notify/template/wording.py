"""What an event says, in the words and forms of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

_SPANS = {
    "vi": (("ngày", "ngày"), ("giờ", "giờ"), ("phút", "phút")),
    "zh": (("天", "天"), ("小时", "小时"), ("分钟", "分钟")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes")),
}


def span(length: timedelta, locale: str) -> str | None:
    """How long, in days, hours and minutes: `1 giờ 5 phút`, `1小时5分钟`; None for less than a minute."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return None
    parts = zip((minutes // 1440, minutes // 60 % 24, minutes % 60), _SPANS[locale], strict=True)
    gap = "" if locale == "zh" else " "
    return gap.join(f"{count}{gap}{words[count != 1]}" for count, words in parts if count)


def titled(title: object, locale: str) -> str | None:
    """A title that a playbook gives in three languages; None where it gives none, so that the text leaves it out."""
    return title.get(locale) or None if isinstance(title, Mapping) else None
