"""Text in the charset that a mail claims, or in the one that it is really in, as it can be stored and shown.

What mail programs claim is often not so: they write Chinese as gb2312 that is gb18030, and send it, or Vietnamese, as
Latin-1 or without a word. A claim that fits is believed; else what fits and makes sense is taken. Nothing here raises.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from email.errors import MessageError
from email.header import decode_header

WIDER = {  # charsets that are declared for what is really their larger successor
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "windows-1258": "cp1258",
    "x-windows-949": "cp949",
    "unknown-8bit": "utf-8",
}
GUESSES = ("utf-8", "gb18030", "cp1258")
ANYTHING = {"cp1252": ("utf-8", "gb2312")}
"""What is claimed by programs that did not look; each with what it is if that fits to the last byte, which Western text
never does by chance."""
NEVER = frozenset(("punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"))
"""Codecs of Python that are no charsets of mail, or slow or misleading."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of writing round, so that a reader sees something else."""


def clean(text: str) -> str:
    """What can be stored and shown: one spelling, nothing that acts unseen, no half characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


def decoded(body: bytes, charset: str | None, *, cut: bool = False) -> str:
    """The text of these bytes. `cut`: they may end within a character."""
    claimed = _known(charset)
    tried = (*ANYTHING.get(claimed or "", ()), *((claimed,) if claimed else ()))
    for name in tried:
        if (text := _strict(body, name, cut)) is not None:
            return clean(text)
    for name in (*((claimed,) if claimed else ()), "utf-8"):
        if (text := _hardly_damaged(body, name)) is not None:
            return clean(text)
    for name in GUESSES:
        text = _strict(body, name, cut)
        if text is not None and (name != "gb18030" or _chinese(text)):
            return clean(text)
    return clean(body.decode("utf-8", "replace"))


def header_text(raw: str) -> str:
    """A header as it stands in the mail, decoded. Bytes that no header may hold are read as `decoded` does."""
    try:
        parts = decode_header(raw)
    except (MessageError, ValueError):  # an encoded word that is none
        parts = [(raw, None)]
    return clean("".join(_part(part, charset) for part, charset in parts))


def _part(part: str | bytes, charset: str | None) -> str:
    if isinstance(part, bytes) and charset is None and b"\\udc" in part:
        part = part.decode("raw-unicode-escape")
    body = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
    return decoded(body, charset)


def _known(charset: str | None) -> str | None:
    """The codec of a claimed charset, if there is one."""
    name = (charset or "").strip().lower().partition("*")[0]
    name = WIDER.get(name, name)
    try:
        found = codecs.lookup(name).name if name else None
    except (LookupError, ValueError):
        return None
    return None if found in NEVER else WIDER.get(found or "", found)


def _strict(body: bytes, name: str, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)().decode(body, final=not cut)
    except (UnicodeError, LookupError, TypeError):
        return None


def _hardly_damaged(body: bytes, name: str) -> str | None:
    """The text with a mark for each byte that fits not, if nearly all do."""
    try:
        text = body.decode(name, "replace")
    except (UnicodeError, LookupError, TypeError):
        return None
    return text if text.count("\ufffd") * 10 <= sum(c > "\x7f" for c in text) else None


def _chinese(text: str) -> bool:
    """Whether it is made of common Chinese characters: Vietnamese bytes, too, pair up to some characters."""
    strange = [c for c in text if c > "\x7f"]
    return sum(bool(c.encode("gb2312", "ignore")) for c in strange) * 2 > len(strange)
