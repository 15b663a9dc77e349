"""The code that proves that whoever sets up the company is the one who started the system.

Invariants: one code at a time, its hash stored; once a real company exists no code does anything any more.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from shared.kernel import errors

LIFETIME = timedelta(days=7)
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without those that are misread; typed by hand
GROUPS, EACH = 4, 4  # 80 bits


class AlreadySetUp(errors.Conflict):
    """The company is already set up; sign in, or ask its administrator."""

    code = "already-set-up"


class WrongCode(errors.Invalid):
    """This code is not right. Take the one that was printed when the system started last."""

    code = "wrong-setup-code"


def new_code() -> str:
    """A code as it is printed: `7KQ4-M2XP-9TRD-HW3C`."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(EACH)) for _ in range(GROUPS))


def digest(code: str) -> str:
    """What is stored of a code, however it was typed."""
    typed = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(typed.encode(errors="replace")).hexdigest()
