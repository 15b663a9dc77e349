"""How goods stand, asked of another system (TOS, WMS, TMS) by event and answered by event (S004-116).

Staff say whether the ticket waits for the answer. The answer is kept with the ticket, whoever reads it next, and what
waited for it goes on by itself. What the answer means for the client is for a person to say.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from services.support.ticket import commands, detours, events, gate, model, promising, saying, tables
from shared.kernel import errors, moment
from shared.playbook import shelf
from shared.store.work import Work
from shared.web.tokens import Caller


class NobodyAsked(errors.Refused):
    """Nobody asked how the goods with the reference {reference} stand."""

    code = "nobody-asked"
    status = 422


def ask(
    work: Work, id: str, who: Caller, *, reference: str, pause: str | None = None, version: int | None = None
) -> model.Ticket:
    """Ask how the goods with this reference stand. With a reason for a `pause`, the ticket waits for the answer."""
    ticket, _ = gate.mine(work, id, who, "ask_goods", version)
    facts = {"reference": reference, "asked_at": moment.text(work.now), "waits": pause is not None}
    unanswered = {"status": None, "place": None, "at": None}
    asked = tables.save(work, detours.ask_goods(ticket, goods={**facts, **unanswered}))
    saying.mention(
        work,
        events.GOODS_REQUESTED,
        asked,
        own={"reference": reference},
        facts={"reference": reference},
    )
    return asked if pause is None else commands.pause(work, id, who, reason=pause, evidence=reference)


def note(
    work: Work, *, ticket_id: str, unit: str, reference: str, status: str, place: str | None, at: datetime
) -> None:
    """Keep what the other system said. Raises `tables.NoSuchTicket`, `NobodyAsked`."""
    ticket = tables.load(work.connection, ticket_id, lock=True)
    if ticket.unit != unit:
        raise tables.NoSuchTicket
    if ticket.goods is None or ticket.goods["reference"] != reference:
        raise NobodyAsked(reference=reference)
    said: dict[str, Any] = {"status": status, "place": place, "at": moment.text(at)}
    kept = dataclasses.replace(ticket, goods={**ticket.goods, **said, "waits": False})
    waited = ticket.state == "waiting" and ticket.goods["waits"]
    kept = tables.save(work, kept)
    own = {"reference": reference, **said, "at": at}
    saying.mention(work, events.GOODS_NOTED, kept, own=own, facts=own)
    if waited:
        promising.run_again(work, ticket_id, shelf.kept(work.connection, kept.playbook, kept.playbook_version))
        saying.change(work, model.resume(kept), events.RESUMED)
