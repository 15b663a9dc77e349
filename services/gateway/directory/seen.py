"""The version that a caller saw before changing something (`If-Match`)."""

from __future__ import annotations

from shared.kernel import errors


def check(seen: int | None, present: int) -> None:
    """Raises `errors.Stale` when somebody else was faster; who names no version takes what comes."""
    if seen is not None and seen != present:
        raise errors.Stale
