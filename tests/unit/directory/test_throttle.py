"""How long somebody waits after how many attempts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.directory.throttle import model
from shared.kernel import errors

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LIMITS = (model.ACCOUNT, model.ADDRESS, model.RESET, model.RESETS, model.SETUP)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_the_free_attempts_cost_nothing_and_then_the_pause_doubles_up_to_its_most(limit: model.Limit) -> None:
    attempts, last, now = 0, None, NOW
    for _ in range(limit.free):
        attempts, last = model.attempt(limit, attempts, last, now=now), now
    pauses = []
    for _ in range(12):
        assert last
        with pytest.raises(errors.TooMany) as refused:
            model.attempt(limit, attempts, last, now=now)
        pause = timedelta(seconds=refused.value.facts["seconds"])
        with pytest.raises(errors.TooMany):
            model.attempt(limit, attempts, last, now=now + pause - timedelta(microseconds=1))
        now += pause
        attempts, last = model.attempt(limit, attempts, last, now=now), now
        pauses.append(pause)
    assert pauses[0] == limit.first
    assert all(after == min(2 * before, limit.most) for before, after in itertools.pairwise(pauses))
    assert pauses[-1] == limit.most


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_all_is_forgotten_after_a_rest_and_not_before(limit: model.Limit) -> None:
    many = limit.free + 20
    assert model.attempt(limit, many, NOW, now=NOW + limit.forget) == 1
    assert model.attempt(limit, many, NOW, now=NOW + limit.forget - timedelta(microseconds=1)) == many + 1
    assert limit.most <= limit.forget, "who waits for the longest pause must not be forgotten meanwhile"


def test_a_clock_that_jumped_back_frees_nobody_for_ever() -> None:
    with pytest.raises(errors.TooMany) as refused:
        model.attempt(model.ACCOUNT, 5, NOW, now=NOW - timedelta(minutes=1))
    assert refused.value.facts["seconds"] == 90


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("not an address", "not an address", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (model.place(one) == model.place(other)) is same
