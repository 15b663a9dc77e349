"""What a worker could not write down is known until it is, and does not heap up."""

from __future__ import annotations

from services.notify.channel import port
from services.notify.message import memory

SENT = port.Outcome(port.SENT, "250 taken", 250)


def test_an_outcome_is_known_for_its_attempt_until_it_is_written_down() -> None:
    known = memory.Outcomes()
    known.keep("a", 1, SENT)
    assert known.of("a", 1) == SENT
    assert known.of("a", 2) is None
    known.forget("a", 1)
    known.forget("a", 1)
    assert known.of("a", 1) is None


def test_the_oldest_goes_when_there_are_too_many() -> None:
    known = memory.Outcomes(most=3)
    for attempt in range(10):
        known.keep("a", attempt, SENT)
    assert len(known) == 3
    assert known.of("a", 6) is None
    assert known.of("a", 9) == SENT


def test_a_process_has_one_memory() -> None:
    extras: dict[str, object] = {}
    memory.outcomes(extras).keep("a", 1, SENT)
    assert memory.outcomes(extras).of("a", 1) == SENT
