"""Which passwords may be chosen: long ones that nobody would guess first. No rules about kinds of characters.

Invariant: what is judged and hashed is the NFKC form, so that the same keys give the same password on every system.
"""

from __future__ import annotations

import unicodedata

from shared.kernel import errors

LEAST = 12  # characters
MOST = 200  # characters; more is no password but an attempt to keep us busy
ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p")
_TRIMMINGS = "0123456789 !.@#$%&*?-_"  # what people put before and behind a name and take for a password
MOST_REPEATED = 4  # characters that are repeated over and over, as in `abcabcabcabc`


class Weak(errors.Invalid):
    """This password cannot be used."""

    code = "weak-password"


def normal(password: str) -> str:
    """The form that is judged, hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def judge(password: str, *, mail: str, name: str, field: str = "password") -> None:
    """Raises `Weak`, saying why in `field`."""
    why = _fault(normal(password), mail, name)
    if why is not None:
        raise Weak(fields={field: [why]})


def _fault(password: str, mail: str, name: str) -> str | None:
    if len(password) < LEAST:
        return "At least 12 characters are needed; a few words do well."
    if len(password) > MOST:
        return "At most 200 characters are possible."
    if any("\ud800" <= c <= "\udfff" for c in password) or "\x00" in password:
        return "This contains a character that cannot be stored."
    plain = password.casefold()
    if plain.strip(_TRIMMINGS) in _own(mail, name):
        return "This is your mail address or your name; choose something else."
    if _guessed(plain):
        return "This is one of the first that is tried; choose something else."
    return None


def _own(mail: str, name: str) -> set[str]:
    """What a person is called, in the spellings that somebody who knows them would try."""
    mail, name = normal(mail).casefold(), normal(name).casefold()
    ways = (mail, mail.partition("@")[0], name, "".join(name.split()))
    return {way.strip(_TRIMMINGS) for way in (*ways, *(way[::-1] for way in ways))}


def _guessed(plain: str) -> bool:
    repeated = any(plain == (plain[:n] * len(plain))[: len(plain)] for n in range(1, MOST_REPEATED + 1))
    return repeated or any(plain in row or plain in row[::-1] for row in ROWS)
