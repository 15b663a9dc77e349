"""Moments: UTC, aware, and moved by hand in tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import moment

HANOI = timezone(timedelta(hours=7))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=HANOI)

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the strategy adds the offset
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=offsets,
)


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    assert moment.text(NOON) == "2026-11-24T05:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T12:00:00+07:00", "2026-11-24T05:00:00Z", "2026-11-24t05:00:00z", "2026-11-24T05:00:00.000+00:00"],
)
def test_every_way_to_write_it_is_the_same_moment(text: str) -> None:
    read = moment.parse(text)
    assert read == NOON
    assert read.tzinfo is UTC


@given(moments)
def test_what_is_written_reads_back(at: datetime) -> None:
    assert moment.parse(moment.text(at)) == at


@given(moments, moments)
def test_written_moments_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    assert (moment.text(one) < moment.text(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T12:00:00", "2026-11-24", "12:00", "", "soon", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"],
)
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment.parse(text)


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert moment.SystemTime().now().tzinfo is UTC


def test_a_clock_set_by_hand_stands_still_until_it_is_moved() -> None:
    clock = moment.ManualTime(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.now().tzinfo is UTC
    assert clock.move(timedelta(minutes=30)) == NOON + timedelta(minutes=30)
    assert clock.move(timedelta(hours=-1)) == NOON - timedelta(minutes=30)
    assert clock.set(NOON) == clock.now() == NOON
