"""The check of a day is opened by the first request of a unit, and then by the end of the check before it."""

from __future__ import annotations

from marshmallow import fields

from services.support.record_check import commands, tables
from services.support.record_check.flow import RECORD_CHECK
from services.support.ticket.reactions import ReachedHeard
from shared.clocks import events as clocks
from shared.envelope import catalogue
from shared.envelope.cloudevent import Event
from shared.inbox.reaction import Reaction
from shared.store.work import Work


class ReceivedHeard(catalogue.Reader):
    """Where a request arrived."""

    unit = fields.String(required=True)


def begin(work: Work, event: Event) -> None:
    """A request has come in: the day that it is has a check."""
    commands.open_(work, event.data["unit"])


def go_on(work: Work, event: Event) -> None:
    """A check is due, closed or not: the next working day has one too, also when nothing comes in."""
    if event.data["of"]["kind"] == RECORD_CHECK.name:
        held = tables.load(work.connection, event.data["of"]["id"])
        commands.open_(work, held.unit, after=held.day)


REACTIONS = (
    Reaction("support.ticket.received", begin, ReceivedHeard),
    Reaction(f"support.clock.{clocks.REACHED}", go_on, ReachedHeard),
)
