"""How many parts an SMS is sent as, and paid for (3GPP TS 23.038).

Letters of the GSM alphabet take seven bits: 160 fit into one part, 153 into each of several. Anything else, such as
`ế` or `请`, makes the whole message UCS-2: 70 and 67. Nothing is taken out of a text to make it cheaper: a Vietnamese
name without its marks is another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GSM, UCS2 = "gsm7", "ucs2"
ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # each takes an escape before it, so two places
ALONE = {GSM: 160, UCS2: 70}
EACH = {GSM: 153, UCS2: 67}  # of several: each begins with six bytes that say how they belong together


@dataclass(frozen=True, slots=True)
class Count:
    """How a text is sent: in which alphabet, how many places it takes there, in how many parts."""

    alphabet: str
    places: int
    parts: int


def count(text: str) -> Count:
    """The parts of a text; an empty one takes one part all the same."""
    alphabet = GSM if set(text) <= ALPHABET | EXTENSION else UCS2
    widths = list(_widths(text, alphabet))
    places = sum(widths)
    if places <= ALONE[alphabet]:
        return Count(alphabet, places, 1)
    parts, filled = 1, 0
    for width in widths:  # a character of two places is not cut in two
        if filled + width > EACH[alphabet]:
            parts, filled = parts + 1, 0
        filled += width
    return Count(alphabet, places, parts)


def _widths(text: str, alphabet: str) -> Iterator[int]:
    for character in text:
        if alphabet == GSM:
            yield 2 if character in EXTENSION else 1
        else:
            yield 2 if ord(character) > 0xFFFF else 1
