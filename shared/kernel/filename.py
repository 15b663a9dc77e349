"""Names of files as we keep, show and give them back: plain NFC text on one line.

No file system, no header and no reader can misread such a name: no path, nothing invisible, no override of the
direction of writing, no name that Windows keeps for itself, and no more than a line of it.
"""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 120  # characters
MAX_NAME_BYTES = 200  # of UTF-8, below the 255 of file systems with room for " (1)" and the like
MAX_MARKS = 2  # combining marks on one letter: Vietnamese decomposed has two, more only paints over other lines

RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_UNWANTED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # controls, bidi overrides, joiners, no characters
_FORBIDDEN = re.compile(r'[<>:"|?*%]')  # by Windows, or in a header


def ending_of(name: str) -> str:
    """What stands behind the last dot, in lower case, if it looks like the ending of a file."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot and re.fullmatch(r"[A-Za-z0-9]{1,8}", ending) else ""


def clean(name: str) -> str:
    """The name as it is kept, shown and given back: NFC, one line, no path, nothing invisible, of bearable length."""
    text = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    text = "".join(" " if c in "\t\r\n\v\f" else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c) not in _UNWANTED)
    text = _FORBIDDEN.sub("_", _calm(text))
    text = _bare(" ".join(text.split()))
    if RESERVED.match(text):
        text = f"_{text}"
    return _short(text) or "file"


def _calm(text: str) -> str:
    """At most two combining marks on a letter, none before the first."""
    kept: list[str] = []
    marks = MAX_MARKS
    for c in text:
        marks = marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
        if marks <= MAX_MARKS:
            kept.append(c)
    return "".join(kept)


def _bare(text: str) -> str:
    """Without dots and spaces at the ends: hidden files, and what Windows drops by itself."""
    return text.strip(" .\u3000")


def _short(text: str) -> str:
    """Cut in the middle, so that the ending stays."""
    ending = ending_of(text)
    tail = f".{text[-len(ending) :]}" if ending else ""
    stem = text[: len(text) - len(tail)]
    while len(stem + tail) > MAX_NAME or len((stem + tail).encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return f"{_bare(stem)}{tail}" if tail else stem
