"""In which language somebody writes, so that they are answered in it."""

from __future__ import annotations

import re

CHINESE = re.compile(r"[\u3400-\u9fff]")
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
ENGLISH = re.compile(r"\b(the|and|you|your|please|is|are|we|have|for|when|what|our|with|this)\b", re.IGNORECASE)
OF_COUNTRY = {"VN": "vi", "CN": "zh"}
LOOKED_AT = 2_000  # characters


def language(text: str, country: str) -> str:
    """`zh`, `vi` or `en`; where the words do not say, that of the unit's country."""
    said = text[:LOOKED_AT]
    letters = sum(character.isalpha() for character in said)
    if len(CHINESE.findall(said)) * 5 > letters:
        return "zh"
    if len(VIETNAMESE.findall(said)) * 50 > letters:
        return "vi"
    return "en" if len(ENGLISH.findall(said)) >= 3 else OF_COUNTRY.get(country, "en")
