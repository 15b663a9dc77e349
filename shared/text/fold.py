"""One spelling of what people mean the same: letters without case, marks and width, Chinese in simplified characters.

Invariant: folding twice is folding once.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Chinese characters, as the inside of a character class."""

_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_BETWEEN = re.compile(f"(?<=[{HAN}])[\\W_]+(?=[{HAN}])")
_ROUNDS = 6  # a compatibility letter may hide another; no text in Unicode needs more than three


class _WithoutMarks(dict[int, int | None]):
    """For `str.translate`, which asks once for each letter that it meets: nothing for a mark, else the letter."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        self[code] = kept
        return kept


_WITHOUT_MARKS = _WithoutMarks()


def fold(text: str) -> str:
    """Lower case, no diacritics (also đ), half width, simplified characters, NFC."""
    for _ in range(_ROUNDS):
        once = _fold(text)
        if once == text:
            break
        text = once
    return text


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text)
    return bare(_simplified()(text) if _HAN.search(text) else text)


def bare(text: str) -> str:
    """Lower case and no diacritics (also đ), Chinese as it is written: what names are put in order by, without the
    quarter of a second that the tables of `fold` take to load."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d")).translate(_WITHOUT_MARKS)
    return unicodedata.normalize("NFC", text)


@functools.cache
def _simplified() -> Callable[[str], str]:
    """Always towards simplified: the other way one character has several (后/後, 干/乾)."""
    from opencc_purepy import OpenCC

    return OpenCC("t2s").convert


def words(text: str, *, apart: bool = False) -> list[str]:
    """The words of a text, folded, in order: runs of letters and digits, and runs of Chinese characters.

    Blanks and signs between Chinese characters are no end of a run (`王 伟`), unless they are to keep runs `apart`.
    """
    folded = fold(text)
    return _WORD.findall(folded if apart else _BETWEEN.sub("", folded))


def han(word: str) -> bool:
    """Whether a folded word is Chinese."""
    return bool(_HAN.match(word))
