"""What clocks tell: `<service>.clock.reached`, `.paused`, `.resumed`, `.repriced`. The subject is the clock.

A reached rung is news, not an order: `notify` tells whom it names, the desk shows it, and the owner of the object may
react (a reminder to the client is its own event with its own link).
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

from marshmallow import fields, validate

from shared.clocks import model, tables
from shared.envelope import catalogue
from shared.envelope.fields import When
from shared.kernel import moment

REACHED, PAUSED, RESUMED, REPRICED = "reached", "paused", "resumed", "repriced"
SUMMARIES = {
    REACHED: "A promise reached a rung of its ladder: a warning, its due moment, an escalation.",
    PAUSED: "A promise is not counted while somebody else is waited for.",
    RESUMED: "A promise is counted again.",
    REPRICED: "A changed policy or calendar moved a promise's due moment.",
}


class About(catalogue.Writer):
    """What the promise is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    number = fields.String(required=True)


class Rung(catalogue.Writer):
    """The rung that was reached: at which part of the allowance, and whether it escalates."""

    number = fields.Integer(required=True, strict=True)
    percent = fields.Float(required=True)
    at = When(required=True)
    escalate = fields.Boolean(required=True)
    tell = fields.List(fields.String(), required=True)


class ClockData(catalogue.Writer):
    """A clock as it stood right after the event."""

    clock_id = fields.String(required=True)
    name = fields.String(required=True)
    of = fields.Nested(About, required=True)
    unit = fields.String(required=True)
    playbook = fields.String(required=True)
    playbook_version = fields.String(required=True)
    request_type = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(model.LIFECYCLE.states), metadata=catalogue.OPEN)
    owes = fields.String(required=True, metadata={"description": "The role that owes the promise."})
    started_at = When(required=True)
    due_at = When(required=True)
    due_before = When(required=True, allow_none=True)
    late = fields.Boolean(required=True)
    provisional = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    rung = fields.Nested(Rung, required=True, allow_none=True)
    told = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    people = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    party = fields.String(required=True, allow_none=True)


_EXAMPLE: dict[str, Any] = {
    "clock_id": "0193f1c2-2222-7c11-8a55-0f3d6e1b2c3d",
    "name": "classify",
    "of": {"kind": "support.ticket", "id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d", "number": "TCK-2026-000123"},
    "unit": "hai-phong",
    "playbook": "vimc-support",
    "playbook_version": "2026-11-22",
    "request_type": None,
    "state": "running",
    "owes": "staff",
    "started_at": "2026-11-24T02:00:00.000000Z",
    "due_at": "2026-11-24T02:30:00.000000Z",
    "due_before": None,
    "late": True,
    "provisional": False,
    "reason": None,
    "rung": {
        "number": 1,
        "percent": 100.0,
        "at": "2026-11-24T02:30:00.000000Z",
        "escalate": True,
        "tell": ["lead"],
    },
    "told": {"lead": ["0193f1c2-0001-7c11-8a55-0f3d6e1b2c3d"]},
    "people": {
        "responsible": ["0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d"],
        "accountable": [],
        "consulted": [],
        "informed": ["0193f1c2-0001-7c11-8a55-0f3d6e1b2c3d"],
    },
    "party": None,
}
_EXAMPLES = {
    REACHED: _EXAMPLE,
    PAUSED: {**_EXAMPLE, "state": "paused", "late": False, "reason": "waits for the client", "rung": None},
    RESUMED: {**_EXAMPLE, "late": False, "rung": None, "due_at": "2026-11-24T03:30:00.000000Z"},
    REPRICED: {
        **_EXAMPLE,
        "late": False,
        "rung": None,
        "due_before": "2026-11-24T02:30:00.000000Z",
        "due_at": "2026-11-25T02:30:00.000000Z",
        "reason": "calendar VN 2026",
    },
}


@functools.cache
def kind(service: str, what: str) -> catalogue.EventType:
    """The event type of a service's clocks."""
    return catalogue.EventType(f"{service}.clock.{what}", ClockData, SUMMARIES[what], _EXAMPLES[what])


def kinds(service: str) -> tuple[catalogue.EventType, ...]:
    """All that a service with clocks publishes about them."""
    return tuple(kind(service, what) for what in SUMMARIES)


def wire(of: dict[str, Any]) -> dict[str, Any]:
    """`data` as it goes out, for the many that are told together."""
    rung = of["rung"] and {**of["rung"], "at": moment.text(of["rung"]["at"])}
    moments = {name: of[name] and moment.text(of[name]) for name in ("started_at", "due_at", "due_before")}
    return {**of, **moments, "rung": rung}


def data(
    kept: tables.Kept,
    responsible: tuple[str, ...],
    *,
    fired: model.Fired | None = None,
    told: dict[str, tuple[str, ...]] | None = None,
    due_before: datetime | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The data of an event about a clock."""
    clock, of = kept.clock, kept.of
    rung = fired and {
        "number": fired.number,
        "percent": fired.step.at * 100 / model.WHOLE,
        "at": fired.at,
        "escalate": fired.step.escalate,
        "tell": list(fired.step.tell),
    }
    named = {role: list(ids) for role, ids in (told or {}).items()}
    return {
        "clock_id": kept.id,
        "name": clock.name,
        "of": {"kind": of.kind, "id": of.id, "number": of.number},
        "unit": of.unit,
        "playbook": of.playbook,
        "playbook_version": of.playbook_version,
        "request_type": of.request_type,
        "state": clock.state,
        "owes": kept.owes,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "due_before": due_before,
        "late": not clock.on_time,
        "provisional": clock.provisional,
        "reason": reason or clock.paused_for,
        "rung": rung or None,
        "told": named,
        "people": {
            "responsible": list(responsible),
            "accountable": [],
            "consulted": [],
            "informed": list(dict.fromkeys(id for ids in named.values() for id in ids)),
        },
        "party": of.party,
    }
