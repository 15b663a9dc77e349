"""Stretches of days and what they are compared with; the scale and the hatching of a chart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.gateway.front import charts, figures, periods
from services.gateway.front.periods import Stretch


@pytest.mark.parametrize(
    ("name", "today", "now", "before"),
    [
        ("week", "2026-11-25", ("2026-11-23", "2026-11-25"), ("2026-11-16", "2026-11-18")),
        ("month", "2026-11-28", ("2026-11-01", "2026-11-28"), ("2026-10-01", "2026-10-28")),
        ("month", "2026-03-31", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("quarter", "2027-01-02", ("2027-01-01", "2027-01-02"), ("2026-10-01", "2026-10-02")),
    ],
)
def test_a_period_is_compared_with_as_much_of_the_one_before(
    name: str, today: str, now: tuple[str, str], before: tuple[str, str]
) -> None:
    stretch = periods.named(name, date.fromisoformat(today))
    assert (str(stretch.first), str(stretch.last)) == now
    past = periods.before(name, stretch)
    assert (str(past.first), str(past.last)) == before


def test_days_of_ones_own_are_compared_with_those_right_before() -> None:
    past = periods.before(None, Stretch(date(2026, 11, 10), date(2026, 11, 12)))
    assert past == Stretch(date(2026, 11, 7), date(2026, 11, 9))


@pytest.mark.parametrize(("days", "kind"), [(1, "day"), (31, "day"), (32, "week"), (182, "week"), (400, "month")])
def test_the_parts_of_a_stretch_cover_it_without_a_gap(days: int, kind: str) -> None:
    stretch = Stretch(date(2026, 1, 7), date(2026, 1, 7) + timedelta(days=days - 1))
    found, parts = periods.parts(stretch)
    assert found == kind
    assert sum(part.days for part in parts) == days
    assert (parts[0].first, parts[-1].last) == (stretch.first, stretch.last)


def test_a_chart_escapes_words_hatches_what_is_late_and_shortens_what_is_too_long() -> None:
    row = charts.Row("<b>" + "Chi nhánh " * 20, "50%", (("on_time", 1), ("late", 1), ("open", 0)))
    drawn = str(charts.bars([row], title="T & T", about="1"))
    assert "<b>" not in drawn
    assert "T &amp; T" in drawn
    assert 'fill="url(#hatch)"' in drawn
    assert "…" in drawn
    assert 'class="open"' not in drawn


@pytest.mark.parametrize(("most", "top"), [(0, 4), (4, 4), (5, 8), (100, 200), (1_700, 2_000)])
def test_the_scale_ends_at_a_round_number_above_the_highest_column(most: int, top: int) -> None:
    row = charts.Row("24/11", "", (("on_time", most),))
    assert f">{top}</text>" in str(charts.columns([row], title="T", about="A"))


def test_numbers_are_written_as_the_reader_does() -> None:
    assert figures.percent(0.964, "vi") == "96,4%"
    assert figures.percent(None, "en") == "–"
    assert figures.points(0.9, 0.95, "en") == "−5"
    assert figures.points(0.9, 0.9, "en") == "±0"
    assert figures.points(0.932, 0.9, "vi") == "+3,2"
    assert figures.count(12345, "vi") == "12.345"
