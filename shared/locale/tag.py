"""Which languages we speak, and which of them a language tag asks for."""

from __future__ import annotations

from collections.abc import Iterable

LOCALES = ("vi", "zh", "en")
DEFAULT = "en"


def spoken(tag: str) -> str | None:
    """The one of our languages that a tag means, None when it means another.

    Regions and scripts do not matter: `zh-Hant-TW`, `zh_CN` and `ZH` are all Chinese, which we write in simplified
    characters; whoever reads traditional ones is served better by them than by English.
    """
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return primary if primary in LOCALES else None


def first(accepted: Iterable[tuple[str, float]]) -> str | None:
    """The first of our languages in what a browser accepts, best first with its quality.

    `*`, which some programs send by themselves, asks for nothing, and so does a quality of 0.
    """
    return next((known for tag, quality in accepted if quality > 0 and (known := spoken(tag))), None)
