"""A telephone number as people read it."""

from __future__ import annotations

import phonenumbers


def shown(number: str) -> str:
    """`+842253842000` as `+84 225 3842 000`; what is no number is shown as it is."""
    try:
        known = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
