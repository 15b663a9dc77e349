"""Why a ticket is suggested, in words. English here; catalogues hold the other languages."""

from __future__ import annotations

REASONS = {
    "mail": "The same mail address",
    "phone": "The same phone number",
    "reference": "The same reference",
    "name": "The same name",
    "content": "Similar words ({alike} %)",
}
