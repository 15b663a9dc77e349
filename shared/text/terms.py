"""What a text is found by, and what a query asks for: both are sets of terms, and a term is compared whole.

What is promised: whatever was typed finds a *name* by any of its words in any order, by the first letters of a word
(three at least), by its words written as one, by any run of its Chinese characters, and by how these are read; it finds
a *text* by its words, by any run of two Chinese characters or more, and by how such a run is read; and a *key* (a mail
address, a reference, the last digits of a phone number) by itself. Nothing here knows where terms are kept.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from shared.text import pinyin
from shared.text.fold import fold, han, words

LONGEST = 60  # characters of a term; a longer word is known by its beginning
FIRST_LETTERS = 3  # of a name's word
LONGEST_PREFIX = 12  # characters
JOINED = 6  # words of a name that are also found written as one
READ_NAME, READ_TEXT = 6, 2  # ways to read two neighbouring characters
TEXT_READ = 2_000  # characters at the beginning of a text; what comes later is mostly a quoted mail
MOST_OF_TEXT = 400  # terms
MOST_WORDS = 8  # of a query
MOST_WAYS = 12  # of understanding a query
LEAST_DIGITS = 4  # of a phone number

_PHONE = re.compile(r"[+\d\s().\-/]{4,40}")


def of_name(name: str) -> set[str]:
    """What somebody's name is found by."""
    found = {of_key(name)}
    said = words(name)
    for word in said:
        if han(word):
            read = pinyin.readings(word)
            found.update(word, _pairs(word), map(_read, itertools.chain(*read)))
            found.update(_read(each) for each in pinyin.pairs(read, most=READ_NAME))
        else:
            found.add(word[:LONGEST])
            found.update(word[:length] for length in range(FIRST_LETTERS, min(len(word), LONGEST_PREFIX + 1)))
    latin = [word for word in said if not han(word)][:JOINED]
    runs = itertools.combinations(range(len(latin) + 1), 2)
    found.update("".join(latin[begin:end])[:LONGEST] for begin, end in runs if end - begin > 1)
    return found


def of_text(text: str) -> set[str]:
    """What a text is found by; of a long one the beginning counts."""
    return set(itertools.islice(dict.fromkeys(_of_text(text[:TEXT_READ])), MOST_OF_TEXT))


def _of_text(text: str) -> Iterator[str]:
    chinese: list[str] = []
    for word in words(text):
        if han(word):
            chinese.append(word)
            yield from _pairs(word)
        else:
            yield word[:LONGEST]
    for word in chinese:
        if len(word) > 1:
            yield from map(_read, pinyin.pairs(pinyin.readings(word), most=READ_TEXT))


def of_key(key: str) -> str:
    """What a mail address, a reference or another whole thing is found by."""
    return "=" + "".join(fold(key).split())[: LONGEST - 1]


def of_phone(e164: str) -> set[str]:
    """What a phone number is found by: its last digits, four or more of them."""
    digits = _digits(e164)
    return {f"#{digits[at:]}" for at in range(max(0, len(digits) - 15), len(digits) - LEAST_DIGITS + 1)}


def of_mail(mail: str) -> set[str]:
    """What a mail address is found by: whole, its local part, and the words of that."""
    local = mail.partition("@")[0]
    return {of_key(mail), of_key(local), *words(local)}


def ways(query: str) -> tuple[frozenset[str], ...]:
    """The ways to understand what somebody typed: a text fits that has all terms of one of them."""
    said = words(query, apart=True)[:MOST_WORDS]
    found: list[Iterable[str]] = [[of_key(query)]] if fold(query).strip() else []
    found += [[f"#{digits}"] for digits in _phones(query)]
    if not said:
        return tuple(frozenset(each) for each in found)
    found.append(itertools.chain(*(_asked(word) for word in said)))
    latin = [word for word in said if not han(word)]
    if len(latin) == len(said):
        found.append(["".join(said)[:LONGEST]])
        found += _as_pinyin(latin)
    elif latin:
        found += _with_pinyin(said)
    else:
        run = "".join(said)
        found += [_asked(run), *([each[:LONGEST]] for each in _joined(run))]
    asked = dict.fromkeys(frozenset(each) for each in found)
    return tuple(each for each in asked if each)[:MOST_WAYS]


def _asked(word: str) -> list[str]:
    """A word as it stands."""
    if not han(word):
        return [word[:LONGEST]]
    return _pairs(word) or [word]


def _as_pinyin(latin: list[str]) -> Iterator[list[str]]:
    """Latin words as one run of syllables, and each for itself, so that the surname may come last."""
    cuts = [pinyin.splits(word) for word in latin]
    if not all(cuts):
        return
    for cut in itertools.islice(itertools.product(*cuts), pinyin.SPLITS):
        yield _sounds([syllable for word in cut for syllable in word])
    if len(latin) > 1:
        yield [sound for cut in cuts for sound in _sounds(list(cut[0]))]


def _with_pinyin(said: list[str]) -> Iterator[list[str]]:
    """Chinese and Latin words together: the Latin ones may be pinyin."""
    cuts = {word: pinyin.splits(word) for word in said if not han(word)}
    if all(cuts.values()):
        yield [term for word in said for term in (_asked(word) if han(word) else _sounds(list(cuts[word][0])))]


def _joined(run: str) -> Iterator[str]:
    """Chinese as somebody would write it who has no Chinese letters: one Latin word."""
    if 1 < len(run) <= JOINED:
        for read in itertools.islice(itertools.product(*pinyin.readings(run)), READ_TEXT):
            yield "".join(read)


def _sounds(syllables: list[str]) -> list[str]:
    if len(syllables) == 1:
        return [_read(syllables[0])]
    return [_read(left + right) for left, right in itertools.pairwise(syllables)]


def _pairs(run: str) -> list[str]:
    return [left + right for left, right in itertools.pairwise(run)]


def _read(sound: str) -> str:
    """Kept apart from Latin words, so that 王 is not found by a Latin text's `wang` and the other way round."""
    return f"~{sound}"


def _phones(query: str) -> list[str]:
    """The digits of a phone number or of its end, as typed and without what stands for the country."""
    plain = unicodedata.normalize("NFKC", query).strip()
    if not _PHONE.fullmatch(plain):
        return []
    digits = _digits(plain)
    return [
        each
        for each in dict.fromkeys((digits, digits.removeprefix("00").removeprefix("0")))
        if len(each) >= LEAST_DIGITS
    ]


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdecimal())
