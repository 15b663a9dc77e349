"""In which language a page speaks: what the reader chose, else their account, else their browser.

A choice is a link with `?lang=`, so that it works without cookies, on any page, and in an address that somebody puts
on a website; the cookie only remembers it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

import flask

from services.gateway.directory.session import queries
from services.gateway.front import cookies, signed
from shared import locale as languages
from shared.kernel import errors

ARGUMENT = "lang"
COOKIE = "language"
KEPT_S = 365 * 24 * 3600
NAMES = {"vi": "Tiếng Việt", "zh": "中文", "en": "English"}
CODES = {"vi": "vi", "zh": "zh-Hans", "en": "en"}  # for the lang attribute: which glyphs, which voice


@dataclass(frozen=True, slots=True)
class Choice:
    """One language of the switch."""

    locale: str
    code: str
    name: str
    url: str
    chosen: bool


def current() -> str:
    """The language of this request."""
    if "language" not in flask.g:
        who = _signed()
        browser = languages.first(flask.request.accept_languages)
        flask.g.language = chosen() or (who.locale if who else None) or browser or languages.DEFAULT
    return flask.g.language


def _signed() -> queries.Signed | None:
    """The account, if it can be had: a page that says that the database is away needs a language too."""
    try:
        return signed.current()
    except errors.Transient:
        return None


def chosen() -> str | None:
    """What the reader chose, now or earlier in this browser."""
    wished = (flask.request.args.get(ARGUMENT), cookies.get(COOKIE))
    return next((each for each in wished if each in languages.LOCALES), None)


def prefer(locale: str) -> None:
    """This page is for somebody whose language we know; a choice of theirs still wins."""
    flask.g.language = chosen() or (locale if locale in languages.LOCALES else current())


def say(text: str, /, **facts: object) -> str:
    """The sentence in the language of this request. In templates: `_()`."""
    return languages.translate(text, current(), **facts)


def listed(parts: Iterable[str]) -> str:
    """Several things of one kind in one line."""
    return languages.listed(parts, current())


def aside(text: object) -> str:
    """Something said in brackets; those of Chinese are as wide as its letters."""
    return f"（{text}）" if current() == "zh" else f"({text})"


def comma() -> str:
    """What stands between things of one kind."""
    return listed(("", ""))


def colon() -> str:
    """What stands between a label and what it labels."""
    return "：" if current() == "zh" else ": "


def switch() -> list[Choice]:
    """The same page in each language. A page that answers a form says in `g.here` where it can be had by itself."""
    here = flask.g.get("here") or flask.request.path
    kept = [(name, value) for name, value in flask.request.args.items(multi=True) if name != ARGUMENT]
    return [
        Choice(
            locale,
            CODES[locale],
            NAMES[locale],
            f"{here}?{urlencode([*kept, (ARGUMENT, locale)])}",
            locale == current(),
        )
        for locale in languages.LOCALES
    ]


def leave(response: flask.Response) -> flask.Response:
    """Remember a choice that was made with this request."""
    asked = flask.request.args.get(ARGUMENT)
    if asked in languages.LOCALES:
        cookies.put(response, COOKIE, asked, max_age_s=KEPT_S)
    return response
