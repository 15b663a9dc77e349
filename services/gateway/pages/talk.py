"""What was said about a ticket so far, for the part of its page that shows it."""

from __future__ import annotations

from typing import Any

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, signed
from services.gateway.transport import Away

SHOWN = 100  # of what was said, the newest


def part(data: dict[str, Any]) -> dict[str, Any]:
    """What the part of the page needs; `said` is None when it cannot be had."""
    try:
        said = calls.service("support").get("tickets", data["id"], "conversation", limit=SHOWN).data["items"]
    except (Away, Problem):
        said = None
    me = signed.person().staff_id
    asked = any(me in each["asked"] for each in said or ())
    people = directory.colleagues(data["unit"], roles=("staff", "lead", "executive"), everywhere=True)
    return {
        "said": said,
        "speakers": directory.actors([each["by"] for each in said or ()]),
        "asked_names": {id: directory.actor(f"staff:{id}") for each in said or () for id in each["asked"]},
        "asked_me": asked,
        "askable": [each for each in people if each[0] != me],
    }
