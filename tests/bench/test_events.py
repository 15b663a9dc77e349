"""The event that the benchmarks move."""

from __future__ import annotations

import json

from services.support.ticket.events import RECEIVED
from shared.envelope import catalogue
from tests.bench import events


def test_the_event_that_the_benchmarks_move_is_one_that_support_could_publish() -> None:
    emitted = json.loads(json.dumps(catalogue.dump(RECEIVED, events.facts("01a20f90-4000-7132-8000-000000000000"))))
    assert emitted == events.event("01a20f90-4000-7132-8000-000000000000").data | {"asked_at": emitted["asked_at"]}
