"""Cursors of lists that are sorted by a running number: opaque to the caller, checked when they come back."""

from __future__ import annotations

import base64
import binascii

from shared.kernel import errors

LARGEST = 2**63 - 1  # what a column can hold


class BadCursor(errors.Malformed):
    """The cursor is not one that this list gave out; start again without it."""

    code = "bad-cursor"


def write(seq: int) -> str:
    """The cursor that stands behind the row with this number."""
    return base64.urlsafe_b64encode(str(seq).encode()).decode().rstrip("=")


def read(cursor: str) -> int:
    """The number that a cursor names. Raises `BadCursor` for whatever `write` did not write."""
    try:
        seq = int(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error) as error:
        raise BadCursor from error
    if not 0 <= seq <= LARGEST or write(seq) != cursor:
        raise BadCursor
    return seq
