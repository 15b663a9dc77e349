"""One promise from its start to its end: what is used, what fires, what a pause and a new policy do to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clocks import model, span
from shared.clocks.calendar import RUNNING, Timekeeping
from shared.clocks.model import Step
from shared.kernel import errors
from tests.unit.clocks.offices import HANOI, at, hai_phong

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 in Hanoi; a Tuesday that is a holiday since 2026
MINUTE = timedelta(minutes=1)
LADDER = (Step(5_000, ("staff",)), Step(10_000, ("lead",), escalate=True))


def begun(minutes: int = 30, steps: tuple[Step, ...] = LADDER, time: Timekeeping = RUNNING, at: datetime = START):
    return model.start("classify", at=at, allowance=minutes * MINUTE, steps=steps, time=time)


def test_a_promise_of_half_an_hour_is_due_half_an_hour_later() -> None:
    assert begun().due_at == START + 30 * MINUTE


def test_steps_fire_at_their_moment_and_not_before_in_order_and_once() -> None:
    clock = begun()
    clock, fired = model.fire(clock, START + 15 * MINUTE - timedelta(microseconds=1), RUNNING)
    assert fired == []
    clock, fired = model.fire(clock, START + 15 * MINUTE, RUNNING)
    assert [(f.number, f.step.tell) for f in fired] == [(0, ("staff",))]
    assert clock.on_time
    clock, fired = model.fire(clock, START + 300 * MINUTE, RUNNING)
    assert [(f.number, f.at) for f in fired] == [(1, START + 30 * MINUTE)]
    assert clock.late_at == START + 30 * MINUTE
    assert model.fire(clock, START + 999 * MINUTE, RUNNING) == (clock, [])


def test_every_promise_is_broken_at_its_due_moment_even_when_the_ladder_has_no_such_rung() -> None:
    clock, fired = model.fire(begun(steps=(Step(5_000),)), START + 30 * MINUTE, RUNNING)
    assert [f.step.at for f in fired] == [5_000, 10_000]
    assert not clock.on_time


def test_a_pause_needs_a_reason_and_evidence() -> None:
    for reason, evidence in (("", "mail 8812"), ("waits for the client", "  ")):
        with pytest.raises(model.ReasonMissing):
            model.pause(begun(), at=START + MINUTE, reason=reason, evidence=evidence, time=RUNNING)


def test_a_paused_promise_keeps_what_was_used_and_moves_by_the_pause() -> None:
    clock, stretch = model.pause(begun(), at=START + 10 * MINUTE, reason="client", evidence="mail 8812", time=RUNNING)
    assert (stretch.counted, clock.next_at, clock.used) == (10 * MINUTE, None, 10 * MINUTE)
    assert model.fire(clock, START + 90 * MINUTE, RUNNING) == (clock, [])
    clock = model.resume(clock, at=START + 100 * MINUTE, time=RUNNING)
    assert clock.due_at == START + 120 * MINUTE
    clock, fired = model.fire(clock, START + 105 * MINUTE, RUNNING)
    assert [f.at for f in fired] == [START + 105 * MINUTE]


def test_a_pause_is_ended_once() -> None:
    clock, _ = model.pause(begun(), at=START + MINUTE, reason="client", evidence="mail", time=RUNNING)
    clock = model.resume(clock, at=START + 2 * MINUTE, time=RUNNING)
    with pytest.raises(errors.WrongState):
        model.resume(clock, at=START + 3 * MINUTE, time=RUNNING)


def test_what_has_ended_never_changes_again() -> None:
    clock, _ = model.stop(begun(), at=START + MINUTE, time=RUNNING)
    for verb in (
        lambda: model.stop(clock, at=START + MINUTE, time=RUNNING),
        lambda: model.pause(clock, at=START + MINUTE, reason="a", evidence="b", time=RUNNING),
        lambda: model.reprice(clock, at=START + MINUTE, allowance=MINUTE, before=RUNNING, after=RUNNING),
    ):
        with pytest.raises(errors.WrongState):
            verb()
    assert model.fire(clock, START + 900 * MINUTE, RUNNING)[1] == []


def test_a_longer_allowance_keeps_the_time_used_and_fires_no_step_twice() -> None:
    clock, _ = model.fire(begun(), START + 20 * MINUTE, RUNNING)
    clock, stretch = model.reprice(clock, at=START + 20 * MINUTE, allowance=60 * MINUTE, before=RUNNING, after=RUNNING)
    assert stretch is not None
    assert stretch.counted == 20 * MINUTE
    assert clock.due_at == START + 60 * MINUTE
    clock, fired = model.fire(clock, START + 60 * MINUTE, RUNNING)
    assert [f.step.at for f in fired] == [10_000]


def test_a_shorter_allowance_that_is_used_up_is_due_at_once() -> None:
    clock, _ = model.reprice(begun(), at=START + 20 * MINUTE, allowance=15 * MINUTE, before=RUNNING, after=RUNNING)
    assert clock.due_at == START + 20 * MINUTE
    clock, fired = model.fire(clock, START + 20 * MINUTE, RUNNING)
    assert [f.step.at for f in fired] == [5_000, 10_000]


def test_what_was_late_stays_late_whatever_the_new_policy_says() -> None:
    clock, _ = model.fire(begun(), START + 31 * MINUTE, RUNNING)
    clock, _ = model.reprice(clock, at=START + 40 * MINUTE, allowance=600 * MINUTE, before=RUNNING, after=RUNNING)
    assert clock.late_at == START + 30 * MINUTE
    assert not clock.on_time


def test_on_working_time_a_holiday_is_not_counted() -> None:
    clock = begun(60, time=hai_phong())  # Culture Day: nobody works
    assert clock.due_at == at(HANOI, 2026, 11, 25, 9, 0)


def test_a_declared_holiday_moves_the_due_moment_and_keeps_the_used_time() -> None:
    import dataclasses
    from datetime import date

    monday = at(HANOI, 2026, 11, 23, 16, 30)
    clock = model.start("handle", at=monday, allowance=120 * MINUTE, steps=LADDER, time=hai_phong())
    assert clock.due_at == at(HANOI, 2026, 11, 25, 9, 0)
    closed = dataclasses.replace(hai_phong(), off=hai_phong().off | {date(2026, 11, 25)}, _spans={})
    clock, stretch = model.reprice(
        clock, at=at(HANOI, 2026, 11, 23, 17, 0), allowance=clock.allowance, before=hai_phong(), after=closed
    )
    assert stretch is not None
    assert (clock.used, clock.first_due_at) == (30 * MINUTE, at(HANOI, 2026, 11, 25, 9, 0))
    assert clock.due_at == at(HANOI, 2026, 11, 26, 9, 0)


def test_time_that_was_set_back_takes_nothing_back() -> None:
    clock, stretch = model.stop(begun(), at=START - 60 * MINUTE, time=RUNNING)
    assert (clock.used, stretch and stretch.counted) == (timedelta(), timedelta())


VERBS = st.lists(st.tuples(st.sampled_from(["pause", "resume", "reprice", "fire"]), st.integers(0, 600)), max_size=12)


@given(VERBS, st.sampled_from([RUNNING, hai_phong()]))
def test_an_explanation_adds_up_and_no_step_ever_fires_twice(verbs: list[tuple[str, int]], time: Timekeeping) -> None:
    now = at(HANOI, 2026, 11, 20, 8, 0)
    clock = model.start("handle", at=now, allowance=240 * MINUTE, steps=LADDER, time=time)
    closed: list[model.Stretch] = []
    numbers: list[int] = []
    for verb, minutes in verbs:
        now += minutes * MINUTE
        clock, fired = model.fire(clock, now, time)
        numbers += [f.number for f in fired]
        assert all(f.at <= now for f in fired)
        if verb == "pause" and clock.state == "running":
            clock, stretch = model.pause(clock, at=now, reason="r", evidence="e", time=time)
            closed.append(stretch)
        elif verb == "resume" and clock.state == "paused":
            clock = model.resume(clock, at=now, time=time)
        elif verb == "reprice":
            clock, stretch = model.reprice(clock, at=now, allowance=(minutes + 1) * MINUTE, before=time, after=time)
            closed += [stretch] if stretch else []
        intervals, total = model.explain(clock, tuple(closed), now, time)
        assert total == model.used(clock, now, time)
        assert [edge for i in intervals for edge in i] == sorted(edge for i in intervals for edge in i)
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("text", ["12m", "24h", "3d", "2wd", "by_person"])
def test_a_span_is_written_as_it_was_read(text: str) -> None:
    assert str(span.read(text)) == ("1d" if text == "24h" else text)


@pytest.mark.parametrize("text", ["", "0m", "-1h", "1.5h", "12", "12 m", "99999999d", "2 wd", "1w", "１２m"])
def test_what_is_no_span_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(span.NotATime, match="12m, 24h, 3d, 2wd"):
        span.read(text)
