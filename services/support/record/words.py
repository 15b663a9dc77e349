"""The headings of the record, as its form has them; catalogues hold the other languages."""

from __future__ import annotations

COLUMNS = {
    "content": "Request content",
    "request_date": "Request date",
    "requester": "Requester",
    "handler": "Handler",
    "request_type": "Request type",
    "processing_hours": "Processing time",
    "method": "Handling method",
    "status": "Processing status",
    "evaluation": "Customer evaluation",
}
"""Columns 1 to 9 (S004-99 to S004-107). The processing time is in hours."""

BEHIND = {"number": "Number", "unit": "Unit"}
"""What stands behind the nine columns, so that a line can be found again."""

WITHOUT_ANSWER = "The client gave no answer"
"""The evaluation of a record that the lead closed on the client's silence."""
