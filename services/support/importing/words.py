"""What may be wrong with a line of an import, as its reader is told; a line itself keeps the code."""

from __future__ import annotations

WRONG = {
    "missing": "This is missing.",
    "too-long": "This is too long.",
    "no-date": "This is no date such as 24/11/2026 or 2026-11-24.",
    "not-yet": "This day has not come yet.",
    "no-hours": "This is no number of hours.",
    "no-type": "There is no such request type.",
    "no-evaluation": "This is no evaluation that we know: write 1 to 5, or its word.",
    "known-number": "This number is in the record already.",
    "number-twice": "This number stands twice in the file.",
}
