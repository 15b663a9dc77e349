"""What a client who is told by SMS would read, and what it costs in parts: shown before anybody sends it.

Asked only where a message may go by SMS: to a client without a mail address, or where the procedure sends SMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.gateway.clients import Problem
from services.gateway.front import calls
from services.gateway.transport import Away

_TEXT = ("brief",)
_TIME = ("promised",)
VERBS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "classify": ("classified", _TIME),
    "reclassify": ("reclassified", _TIME),
    "promise": ("promised", _TIME),
    "escalate": ("escalated", _TIME),
    "progress": ("progressed", _TEXT),
    "complete": ("completed", _TEXT),
    "hand_over": ("handed_over", ()),
    "withdraw": ("withdrawn", ()),
    "reply": ("replied", _TEXT),
}
"""What each verb has support tell, and what of the message is known only when it is done."""
EVENT = "support.ticket."
SHORT = 400  # characters of what is being written that are sent along: an SMS takes 60


def of(ticket: Mapping[str, Any], playbook: Mapping[str, Any], *, reply: str = "") -> dict[str, dict[str, Any]]:
    """By verb, the SMS that it sends this client. `reply` is what is being written to them."""
    who, verbs = ticket["requester"], [*(each for each in ticket["possible"] if each in VERBS), "reply"]
    if not who["phones"] or not (_chosen(playbook) or not who["mails"]):
        return {}
    found = _asked(ticket, [{"type": EVENT + VERBS[verb][0], "gaps": list(VERBS[verb][1])} for verb in verbs])
    if reply.strip():
        found |= _asked(ticket, [{"type": EVENT + VERBS["reply"][0], "gaps": []}], text=reply.strip()[:SHORT])
    return {verb: found[EVENT + VERBS[verb][0]] for verb in verbs if EVENT + VERBS[verb][0] in found}


def _chosen(playbook: Mapping[str, Any]) -> bool:
    """Whether the procedure sends SMS even to whoever has a mail address."""
    return any("sms" in (each.get("by") or ()) for each in playbook.get("messages") or ())


def _asked(
    ticket: Mapping[str, Any], cases: list[dict[str, Any]], *, text: str | None = None
) -> dict[str, dict[str, Any]]:
    """By type of event; nothing where it cannot be had: whoever sends is not kept from it."""
    who = ticket["requester"]
    body = {name: ticket[name] for name in ("unit", "playbook", "playbook_version", "number", "topic", "request_type")}
    body |= {"name": who["name"], "locale": who["locale"], "mails": who["mails"][:10], "phones": who["phones"][:10]}
    try:
        items = calls.service("notify").post("messages", "sms-preview", body={**body, "text": text, "cases": cases})
    except (Away, Problem):
        return {}
    return {each["type"]: each for each in items.data["items"]}
