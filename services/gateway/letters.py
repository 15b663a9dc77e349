"""Mails to clients as demo and simulation read them, where they stand in for the client."""

from __future__ import annotations

import re
from collections.abc import Collection

from services.gateway.clients import Client

ASKS_TO_CONFIRM = ("ticket-confirm", "ticket-reminder")
FOLLOWS = ("ticket-received",)
MASKED = ""
"""Stands for a link that only the client can read, because a real mail server brings it to them."""

_LINK = re.compile(r"/p/(s[0-9A-Za-z]{22})")


def answer_link(notify: Client, ticket_id: str) -> str | None:
    """The link in the newest mail that asks the client to confirm, or `MASKED`; None when there is no mail yet."""
    return _link(notify, ticket_id, ASKS_TO_CONFIRM)


def follow_link(notify: Client, ticket_id: str) -> str | None:
    """The link by which the client follows the request, or `MASKED`; None when there is no mail yet."""
    return _link(notify, ticket_id, FOLLOWS)


def _link(notify: Client, ticket_id: str, templates: Collection[str]) -> str | None:
    for each in notify.get("messages", subject=ticket_id, limit=100).data["items"]:
        text = notify.get("messages", each["id"]).data["text"] if each["template"] in templates else None
        if text:
            found = _LINK.search(text)
            return found[1] if found else MASKED
    return None
