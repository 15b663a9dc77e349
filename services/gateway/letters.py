"""Mails to clients as demo and simulation read them, where they stand in for the client."""

from __future__ import annotations

import re

from services.gateway.clients import Client

ASKS_TO_CONFIRM = ("ticket-confirm", "ticket-reminder")
MASKED = ""
"""Stands for a link that only the client can read, because a real mail server brings it to them."""

_LINK = re.compile(r"/p/(s[0-9A-Za-z]{22})")


def answer_link(notify: Client, ticket_id: str) -> str | None:
    """The link in the newest mail that asks the client to confirm, or `MASKED`; None when there is no mail yet."""
    for each in notify.get("messages", subject=ticket_id).data["items"]:
        text = notify.get("messages", each["id"]).data["text"] if each["template"] in ASKS_TO_CONFIRM else None
        if text:
            found = _LINK.search(text)
            return found[1] if found else MASKED
    return None
