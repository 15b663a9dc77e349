"""Working time in Vietnam and China, against the calendars that the two states announced."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clocks import calendar, statute
from shared.clocks.calendar import Calendar, Week
from shared.kernel import errors
from tests.unit.clocks.offices import CN_DAY, HANOI, SHANGHAI, VN_DAY, at, hai_phong, shanghai

CN_WORKED = ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
CN_WORKED += ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
CN_OFF = [
    "2025-01-28",
    "2025-05-05",
    "2025-10-08",
    "2026-01-02",
    "2026-02-20",
    "2026-02-23",
    "2026-10-07",
    "2027-10-01",
]
VN_WORKED = ["2025-04-26", "2026-08-22"]
VN_OFF = ["2025-05-02", "2025-09-02", "2026-02-16", "2026-04-27", "2026-08-31", "2026-11-24", "2027-04-30"]


@pytest.mark.parametrize("day", CN_WORKED)
def test_a_chinese_make_up_day_is_worked_with_the_hours_of_the_weekday_it_replaces(day: str) -> None:
    assert shanghai().hours(date.fromisoformat(day)) == CN_DAY


@pytest.mark.parametrize("day", VN_WORKED)
def test_a_vietnamese_make_up_saturday_is_worked_whole_and_not_only_in_the_morning(day: str) -> None:
    assert hai_phong().hours(date.fromisoformat(day)) == VN_DAY


@pytest.mark.parametrize(("office", "days"), [(shanghai, CN_OFF), (hai_phong, VN_OFF)])
def test_announced_days_off_are_not_worked(office, days: list[str]) -> None:
    assert [day for day in days if office().works(date.fromisoformat(day))] == []


def test_ordinary_saturdays_differ_between_the_two_offices() -> None:
    assert hai_phong().hours(date(2026, 11, 21)) == ((time(8), time(12)),)
    assert not shanghai().works(date(2026, 11, 21))


def test_two_hours_on_the_friday_before_a_make_up_saturday_end_on_that_saturday() -> None:
    begun = at(SHANGHAI, 2026, 2, 13, 16, 40)
    assert shanghai().add(begun, timedelta(hours=2)) == at(SHANGHAI, 2026, 2, 14, 9, 40)


def test_lunch_never_counts() -> None:
    noon = at(SHANGHAI, 2026, 11, 24, 12, 0)
    assert shanghai().between(noon, at(SHANGHAI, 2026, 11, 24, 13, 30)) == timedelta()
    assert shanghai().add(at(SHANGHAI, 2026, 11, 24, 11, 50), timedelta(minutes=20)) == at(
        SHANGHAI, 2026, 11, 24, 13, 40
    )


def test_the_rest_of_a_morning_ends_at_its_end_and_not_after_lunch() -> None:
    assert shanghai().add(at(SHANGHAI, 2026, 11, 24, 11, 0), timedelta(hours=1)) == at(SHANGHAI, 2026, 11, 24, 12, 0)


def test_time_before_tet_is_continued_after_it() -> None:
    begun = at(HANOI, 2026, 2, 14, 11, 0)  # the Saturday before; Tết is from Monday to Friday
    assert hai_phong().add(begun, timedelta(hours=2)) == at(HANOI, 2026, 2, 21, 9, 0)


@pytest.mark.parametrize(
    ("days", "end"),
    [(1, (2026, 8, 29, 12, 0)), (2, (2026, 9, 3, 17, 30))],  # Saturday morning; then National Day and its swap
)
def test_working_days_are_counted_from_the_day_after_and_end_with_its_hours(days: int, end: tuple[int, ...]) -> None:
    assert hai_phong().after_days(at(HANOI, 2026, 8, 28, 9, 0), days) == at(HANOI, *end)


def test_a_closure_of_the_branch_is_stronger_than_a_make_up_day() -> None:
    closed = dataclasses.replace(shanghai(), off=shanghai().off | {date(2026, 2, 14)}, _spans={})
    assert not closed.works(date(2026, 2, 14))


def test_new_hours_hold_from_their_date_on() -> None:
    summer = Week(date(2026, 5, 1), (((time(7), time(11)),),) * 7)
    office = dataclasses.replace(hai_phong(), weeks=(*hai_phong().weeks, summer), _spans={})
    assert office.hours(date(2026, 4, 29)) == VN_DAY
    assert office.hours(date(2026, 5, 4)) == ((time(7), time(11)),)


def test_a_year_that_nobody_confirmed_is_provisional() -> None:
    begun = at(HANOI, 2026, 12, 31, 16, 0)
    assert hai_phong().provisional(begun, at(HANOI, 2027, 1, 4, 9, 0))
    assert not hai_phong().provisional(begun, at(HANOI, 2026, 12, 31, 17, 0))


@pytest.mark.parametrize(("country", "announced"), [("VN", True), ("CN", True)])
def test_an_announced_year_is_told_from_a_guess(country: str, announced: bool) -> None:
    assert statute.year(country, 2026).announced is announced
    assert statute.year(country, 2027).announced is False
    assert statute.year(country, 2027).made_up == {}


def test_a_calendar_without_working_time_says_so_instead_of_looking_for_ever() -> None:
    never = Calendar("closed", "Asia/Ho_Chi_Minh", (Week(date(2000, 1, 1), ((),) * 7),))
    with pytest.raises(calendar.NoWorkingTime):
        never.add(at(HANOI, 2026, 1, 1, 8), timedelta(minutes=1))
    with pytest.raises(calendar.NoWorkingTime):
        never.subtract(at(HANOI, 2026, 1, 1, 8), timedelta(minutes=1))
    with pytest.raises(calendar.NoWorkingTime):
        never.after_days(at(HANOI, 2026, 1, 1, 8), 1)


@pytest.mark.parametrize(
    "hours",
    [((time(12), time(8)),), ((time(8), time(12)), (time(11), time(17)))],
)
def test_hours_that_cannot_be_are_refused(hours) -> None:
    with pytest.raises(errors.Invalid):
        calendar.check(Calendar("odd", "Asia/Shanghai", (Week(date(2000, 1, 1), (hours,) * 7),)))


BETWEEN = (datetime(2025, 2, 1), datetime(2027, 10, 1))  # noqa: DTZ001 - hypothesis adds the zone
OFFICES = st.sampled_from([hai_phong, shanghai])
MOMENTS = st.datetimes(*BETWEEN, timezones=st.just(HANOI))
AMOUNTS = st.timedeltas(timedelta(microseconds=1), timedelta(days=20))


@given(OFFICES, MOMENTS, AMOUNTS)
def test_adding_what_was_subtracted_gives_the_moment_back(office, moment: datetime, amount: timedelta) -> None:
    place = office()
    worked = place.add(moment, timedelta(microseconds=1))  # some instant in working time
    assert place.add(place.subtract(worked, amount), amount) == worked


@given(OFFICES, MOMENTS, AMOUNTS)
def test_exactly_the_added_time_lies_between(office, moment: datetime, amount: timedelta) -> None:
    place = office()
    end = place.add(moment, amount)
    assert place.between(moment, end) == amount
    assert place.between(moment, end - timedelta(microseconds=1)) < amount


@given(OFFICES, MOMENTS, AMOUNTS, AMOUNTS)
def test_working_time_adds_up_however_it_is_cut(office, moment: datetime, first: timedelta, second: timedelta) -> None:
    place = office()
    middle, end = moment + first, moment + first + second
    assert place.between(moment, middle) + place.between(middle, end) == place.between(moment, end)


@given(OFFICES, MOMENTS, AMOUNTS)
def test_intervals_are_in_order_and_inside(office, moment: datetime, length: timedelta) -> None:
    found = office().intervals(moment, moment + length)
    edges = [edge for interval in found for edge in interval]
    assert edges == sorted(edges)
    assert all(moment <= edge <= moment + length for edge in edges)
