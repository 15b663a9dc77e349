"""Text as it comes from anywhere."""

from __future__ import annotations


def plain(text: str) -> str:
    """Text that every database and every reader takes: NUL and halves of surrogate pairs become visible escapes."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()
