"""What a template is made of.

Invariants: a template has a subject, a plain text and an HTML body, in every language, and a client's template the text
of an SMS; nothing of it grows without bound: its source, the values put into it and what comes out are limited.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from shared.kernel import errors

LOCALES = ("vi", "zh", "en")
MAX_SOURCE = 8_000  # characters of a template: limits of filters are checked only after they ran
MAX_VALUE = 6_000  # characters of one value; above the longest field that an event's owner takes, but its content
MAX_QUOTE = 1_500  # characters of the client's own words that are repeated to them
MAX_SUMMARY = 300  # characters of a result that is repeated with the question whether it is right
MAX_BRIEF = 60  # characters of it in an SMS: two or three parts, which cost money each
MAX_FIRM = 36  # characters of who writes it, there
SECTIONS = ("subject", "text", "html")
SMS = "sms"  # the section that may follow

_HEAD = re.compile(r"^== (\w+) ==\n", re.MULTILINE)
_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters but tab and line feed, halves of characters, and what has no width: most of it only hides or turns
# around what stands beside it (a right-to-left override makes `exe.fdp` of `pdf.exe`).
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)


class UnknownTemplate(errors.Refused):
    """There is no template {name} in {locale}."""

    code = "unknown-template"


class BadTemplate(errors.Refused):
    """The template {name} in {locale} cannot be used: {why}."""

    code = "bad-template"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as the client reads it."""

    subject: str
    text: str
    html: str
    sms: str | None = None
    """The same as an SMS, where the template has one."""


def sections(source: str, *, name: str, locale: str) -> dict[str, str]:
    """The parts of a template's file: `== subject ==`, `== text ==`, `== html ==`, perhaps `== sms ==`.

    Raises `BadTemplate`.
    """
    if len(source) > MAX_SOURCE:
        raise BadTemplate(name=name, locale=locale, why=f"it has more than {MAX_SOURCE} characters")
    before, *rest = _HEAD.split(source.replace("\r\n", "\n"))
    if before.strip() or tuple(rest[::2]) not in (SECTIONS, (*SECTIONS, SMS)):
        raise BadTemplate(name=name, locale=locale, why="its sections are not subject, text, html, in this order")
    return {title: body.strip("\n") for title, body in zip(rest[::2], rest[1::2], strict=True)}


def visible(text: str) -> str:
    """The text with what a reader can see: one spelling (NFC), plain line ends, nothing that hides or turns text."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _ENDS.sub("\n", text)))


def one_line(text: str) -> str:
    """The same on one line: what may stand in a mail's header."""
    return " ".join(visible(text).split())


def excerpt(text: str, most: int) -> str:
    """The text, cut at a word or character with an ellipsis when it is longer than `most`."""
    text = visible(text).strip()
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    if " " in cut[-40:]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip() + "…"
