"""Chinese as it is typed with Latin letters: how a character is read, and which syllables a word may be.

Without tones, and bounded: a character has at most `READINGS` readings, a word `SPLITS` ways to be cut.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

READINGS = 3
SPLITS = 4
LONGEST = 36  # letters of a word that is tried as pinyin: six syllables of six

_SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "查": "zha",
    "仇": "qiu",
    "区": "ou",
    "翟": "zhai",
    "朴": "piao",
    "任": "ren",
    "盖": "ge",
    "覃": "qin",
    "乐": "yue",
    "重": "zhong",
}
"""Readings that the library leaves out or puts last, though people are called so."""


def readings(run: str) -> list[tuple[str, ...]]:
    """For each character of a run how it is read, the likeliest first: the one that fits its neighbours, then others.

    ü is also written u and yu, as passports and keyboards have it.
    """
    from pypinyin import Style, lazy_pinyin, pinyin

    likely = lazy_pinyin(run, errors="ignore")
    if len(likely) != len(run):  # a character that the library does not know
        likely = [next(iter(lazy_pinyin(each, errors="ignore")), "") for each in run]
    found: list[tuple[str, ...]] = []
    for each, first in zip(run, likely, strict=True):
        every = pinyin(each, style=Style.NORMAL, heteronym=True, errors="ignore")
        known = [first, _SURNAMES.get(each, ""), *(every[0] if every else ())]
        found.append(tuple(dict.fromkeys(kind for one in known if one for kind in _written(one)))[:READINGS])
    return found


def _written(syllable: str) -> tuple[str, ...]:
    if "v" not in syllable:
        return (syllable,)
    return tuple(syllable.replace("v", each) for each in ("v", "u", "yu"))


def pairs(of: list[tuple[str, ...]], *, most: int) -> Iterator[str]:
    """Two neighbouring syllables as one word, for each of at most `most` ways to read the two."""
    for left, right in itertools.pairwise(of):
        both = sorted(itertools.product(range(len(left)), range(len(right))), key=sum)
        yield from (left[i] + right[j] for i, j in both[:most])


@functools.lru_cache(maxsize=4096)
def splits(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to read a folded Latin word as syllables: `wangjingli` is wang jing li; few syllables first."""
    if len(word) > LONGEST or not word.isascii() or not word.isalpha():
        return ()
    after: dict[int, list[tuple[str, ...]]] = {len(word): [()]}
    for at in range(len(word) - 1, -1, -1):
        starts = [at + length for length in range(1, 7) if word[at : at + length] in SYLLABLES]
        found = [(word[at:end], *rest) for end in starts for rest in after.get(end, ())]
        after[at] = sorted(found, key=len)[:SPLITS]
    return tuple(after[0])


_FINALS = {
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve yu",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo v ve yu",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
    "": "a ai an ang ao e ei en eng er o ou",
}
SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
