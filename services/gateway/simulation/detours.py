"""What happens to some requests besides the straight way, between their classification and the handover.

A detour begins with the verb that it is named after. One that has a way back (a pause ends, goods are reported) says
what that is, and the handling waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.kernel import moment

if TYPE_CHECKING:
    from services.gateway.simulation.playing import Player, Story

BEGINS, LASTS = 0.4, 0.3  # shares of the time that the handling takes
MOVED = timedelta(hours=4)  # to which a promised time is moved, from now
PAUSE = "client"  # the playbook's word for whom a pause waits

Back = Callable[["Story"], None]


def mistaken(kind: int) -> int:
    """The type that a request gets by mistake, to be classified again; one that has a time of its own."""
    return 3 if kind == 2 else 2


def begin(player: Player, story: Story) -> Back | None:
    """Do it; returns the way back where it has one."""
    return _BEGIN[story.visit.detour or ""](player, story)


def _simply(verb: str, body: Callable[[Player, Story], dict[str, Any]]) -> Callable[[Player, Story], None]:
    return lambda player, story: player.do(story, verb, body(player, story))


def _moved(player: Player, story: Story) -> dict[str, Any]:
    return {"promised_at": moment.text(player.time.now() + MOVED), "reason": "?"}


def _escalated(player: Player, story: Story) -> dict[str, Any]:
    return {"to": player.lead(story).id, **_moved(player, story)}


def _reclassified(player: Player, story: Story) -> dict[str, Any]:
    return {"request_type": story.visit.kind, "reason": "?", **player.promised(story.visit.kind)}


def _assigned(player: Player, story: Story) -> dict[str, Any]:
    return {"to": player.lead(story).id}


def _pause(player: Player, story: Story) -> Back:
    player.do(story, "assign", _assigned(player, story))
    player.do(story, "pause", {"reason": PAUSE, "evidence": "?"})
    return lambda later: player.do(later, "resume", {})


def _ask_goods(player: Player, story: Story) -> Back:
    reference = f"BL-{story.visit.number}"
    player.do(story, "ask_goods", {"reference": reference})

    def reported(later: Story) -> None:
        found = {"ticket_id": later.ticket, "unit": later.visit.unit, "reference": reference, "status": "?"}
        player.tell(
            later, "goods.status.reported", {**found, "at": moment.text(player.time.now())}, subject=later.ticket
        )

    return reported


def _asked_twice(player: Player, story: Story) -> Back:
    """The client also calls; what is taken down continues under the first number, until they say that they need it no
    more."""
    again = player.take_down_again(story)
    player.do(again, "close_duplicate", {"to": story.ticket})

    def ended(_: Story) -> None:
        player.do(again, "reopen_duplicate", {})
        player.do(again, "withdraw", {"reason": "?"})

    return ended


_BEGIN: dict[str, Callable[[Player, Story], Back | None]] = {
    "verify": _simply("verify", lambda player, story: {}),
    "take": _simply("take", lambda player, story: {}),
    "assign": _simply("assign", _assigned),
    "progress": _simply("progress", lambda player, story: {"text": story.visit.reference}),
    "promise": _simply("promise", _moved),
    "reclassify": _simply("reclassify", _reclassified),
    "escalate": _simply("escalate", _escalated),
    "take_over": _simply("take_over", lambda player, story: {"reason": "?"}),
    "pause": _pause,
    "ask_goods": _ask_goods,
    "close_duplicate": _asked_twice,
}
BEFORE_RESULT = tuple(_BEGIN)
"""The detours that come before there is a result; the lead sends back what is completed."""
