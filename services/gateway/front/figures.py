"""Numbers as the reader writes them."""

from __future__ import annotations

from babel import numbers

_BABEL = {"vi": "vi", "zh": "zh_CN", "en": "en_GB"}
ONE_PLACE = "#,##0.#"


def count(value: int, locale: str) -> str:
    """`12.345`, `12,345`."""
    return numbers.format_decimal(value, "#,##0", locale=_BABEL[locale])


def percent(share: float | None, locale: str) -> str:
    """`96,4%`; a dash where there is nothing to have a share of."""
    return "–" if share is None else numbers.format_percent(share, ONE_PLACE + "%", locale=_BABEL[locale])


def points(now: float | None, before: float | None, locale: str) -> str:
    """By how many percentage points a share went up or down: `+3,2`, `−1,5`, `±0`; nothing where one is missing."""
    if now is None or before is None:
        return ""
    change = round((now - before) * 100, 1)
    if not change:
        return "±0"
    return ("+" if change > 0 else "−") + numbers.format_decimal(abs(change), ONE_PLACE, locale=_BABEL[locale])
