"""The event that all benchmarks move: a received ticket with a Vietnamese client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.support.ticket.events import RECEIVED
from shared.envelope import cloudevent
from shared.kernel import ids

TYPE = "support.ticket.received"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def data(ticket_id: str) -> dict[str, Any]:
    """What the event says, as its bytes have it. Every field that its schema asks for, whatever is added to that."""
    nobody = {"responsible": [], "accountable": [], "consulted": [], "informed": []}
    return {**RECEIVED.example, "ticket_id": ticket_id, "people": nobody}


def facts(ticket_id: str) -> dict[str, Any]:
    """The same, as the code that emits it has it."""
    return {**data(ticket_id), "asked_at": NOW}


def event(subject: str | None = None) -> cloudevent.Event:
    """One such event, of an object of its own unless named."""
    named = subject or ids.new()
    return cloudevent.Event(
        id=ids.new(),
        source="/steward/support",
        type=TYPE,
        subject=named,
        time=NOW,
        data=data(named),
        sequence=1,
        actor="client:anonymous",
    )
