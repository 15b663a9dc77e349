"""Counting the parts of an SMS: the vectors are those of 3GPP TS 23.038."""

from __future__ import annotations

import pytest

from services.notify.channel import segments


@pytest.mark.parametrize(
    ("text", "alphabet", "places", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñüà¡¤", "gsm7", 42, 1),
        ("€" * 80, "gsm7", 160, 1),  # extension: two places each
        ("[" * 80 + "a", "gsm7", 161, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),  # the escape is not parted from its character
        ("ế" * 70, "ucs2", 70, 1),
        ("ế" * 71, "ucs2", 71, 2),
        ("请" * 134, "ucs2", 134, 2),
        ("请" * 135, "ucs2", 135, 3),
        ("a" * 70 + "đ", "ucs2", 71, 2),  # one letter is enough
        ("😀" * 35, "ucs2", 70, 1),
        ("a" * 66 + "😀" + "a" * 66, "ucs2", 134, 3),  # a pair is not cut in two
        ("`", "ucs2", 1, 1),
    ],
)
def test_a_text_is_counted_as_networks_count_it(text: str, alphabet: str, places: int, parts: int) -> None:
    counted = segments.count(text)
    assert (counted.alphabet, counted.places, counted.parts) == (alphabet, places, parts)
