"""Which pieces of a text are why a query found it, so that a page can show them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.text import pinyin, terms
from shared.text.fold import HAN, fold, han

Piece = tuple[str, bool]
"""Some text as it stands, and whether it is a hit. The pieces together are the text."""

AROUND = 60  # characters that are shown before the first hit of a long text

_PART = re.compile(f"[{HAN}]+|(?:[^\\W_{HAN}][\\u0300-\\u036f]*)+")


def pieces(text: str, query: str) -> list[Piece]:
    """The text cut into hits and the rest."""
    asked = terms.ways(query)
    wanted = frozenset().union(*asked)
    spans = [*_spans(text, wanted), *_joined(text, wanted)]
    if not spans and terms.of_key(text) in wanted:
        spans = [(0, len(text))]
    hit = [False] * len(text)
    for begin, end in spans:
        hit[begin:end] = [True] * (end - begin)
    cuts = [at for at in range(1, len(text)) if hit[at] != hit[at - 1]]
    return [
        (text[begin:end], hit[begin]) for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True) if begin < end
    ]


def excerpt(text: str, query: str, *, most: int) -> list[Piece]:
    """The same for the part of a long text with the first hit in it; what is left out is three dots."""
    flat = " ".join(text.split())
    found = pieces(flat[: terms.TEXT_READ], query)
    first = 0
    for piece, hit in found:
        if hit:
            break
        first += len(piece)
    else:
        first = 0
    begin = max(0, first - AROUND) if len(flat) > most else 0
    shown: list[Piece] = [("… ", False)] if begin else []
    at = 0
    for piece, hit in found:
        part = piece[max(0, begin - at) : max(0, begin + most - at)]
        shown += [(part, hit)] if part else []
        at += len(piece)
    return [*shown, ("…", False)] if begin + most < len(flat) else shown


def phone(number: str, query: str) -> bool:
    """Whether a phone number is why."""
    return any(way & terms.of_phone(number) for way in terms.ways(query))


def _spans(text: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    sounds = any(each.startswith("~") for each in wanted)
    for found in _PART.finditer(text):
        word, begin = found[0], found.start()
        if not han(word):
            folded = fold(word)[: terms.LONGEST]
            if any(folded.startswith(each) for each in wanted if len(each) >= terms.FIRST_LETTERS) or folded in wanted:
                yield found.span()
            continue
        plain = "".join(fold(each)[:1] or each for each in word)
        read = pinyin.readings(plain) if sounds else [()] * len(plain)
        for at in range(len(plain)):
            single = {plain[at], *(f"~{each}" for each in read[at])}
            if single & wanted:
                yield begin + at, begin + at + 1
            if at + 1 < len(plain):
                both = {plain[at : at + 2], *(f"~{one}{other}" for one in read[at] for other in read[at + 1])}
                if both & wanted:
                    yield begin + at, begin + at + 2


def _joined(text: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Words that the query wrote as one."""
    words = [(found.span(), fold(found[0])) for found in _PART.finditer(text) if not han(found[0])]
    for at in range(len(words)):
        for end in range(at + 2, min(at + terms.JOINED, len(words)) + 1):
            if "".join(word for _, word in words[at:end])[: terms.LONGEST] in wanted:
                yield words[at][0][0], words[end - 1][0][1]
