"""The orders of the list and their cursors, without a database."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.support.ticket import filtering, paging, queries
from shared.store import cursor as cursors

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MOMENTS = st.none() | st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes))
ROWS = st.lists(st.tuples(MOMENTS, st.integers(1, 40)), unique_by=lambda row: row[1], min_size=1)
SORTS = st.sampled_from(queries.ORDERS)


@given(ROWS, SORTS)
def test_what_has_no_moment_comes_last_and_ties_are_told_apart(rows: list[paging.Row], sort: str) -> None:
    order = paging.Order.of(sort)
    found = paging.arranged(rows, order, None)
    known = [row for row in found if row[0] is not None]
    assert found[: len(known)] == known
    assert known == sorted(known, key=lambda row: (row[0], row[1]), reverse=order.newest)
    assert [seq for _, seq in found[len(known) :]] == sorted(
        (seq for key, seq in rows if key is None), reverse=order.newest
    )


@given(ROWS, SORTS, st.data())
def test_a_place_cuts_the_order_in_two(rows: list[paging.Row], sort: str, data: st.DataObject) -> None:
    order = paging.Order.of(sort)
    whole = paging.arranged(rows, order, None)
    at = data.draw(st.integers(0, len(whole) - 1))
    behind = paging.read(paging.write(whole[at], sort, back=False), sort)
    before = paging.read(paging.write(whole[at], sort, back=True), sort)
    assert paging.arranged(rows, order, behind) == whole[at + 1 :]
    assert paging.arranged(rows, order, before) == whole[:at][::-1]  # the nearest first


def packed(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        packed(">", "-received", None),
        packed("~", "-received", None, 1),
        packed(">", "received", None, 1),
        packed(">", "-received", "yesterday", 1),
        packed(">", "-received", 5, 1),
        packed(">", "-received", "2026-11-24T02:00:00.000000Z", True),
        packed(">", "-received", "2026-11-24T02:00:00.000000Z", -1),
        packed(">", "-received", "2026-11-24T02:00:00.000000Z", 2**63),
        packed(">", "-received", "2026-11-24T02:00:00+00:00", 1),
        packed(">", "-received", "0001-01-01T00:00:00+23:00", 1),
        "%%%",
        "",
    ],
)
def test_a_cursor_that_we_did_not_write_is_refused(cursor: str) -> None:
    with pytest.raises(cursors.BadCursor):
        paging.read(cursor, "-received")


@pytest.mark.parametrize(
    ("asked", "by_state"),
    [
        (filtering.Filter(), False),
        (filtering.Filter(state=["logged"]), True),
        (filtering.Filter(state=["received"], channel="chat"), True),
        (filtering.Filter(state=["received", "logged"], channel="chat"), False),
        (filtering.Filter(state=["received"], owner="none"), False),
        (filtering.Filter(clock="paused", topic="price"), True),
        (filtering.Filter(clock="late", state=["received"]), False),
        (filtering.Filter(id=["1"], state=["received"]), False),
    ],
)
def test_states_are_read_by_themselves_where_few_tickets_are_in_them(asked: filtering.Filter, by_state: bool) -> None:
    assert asked.by_state == by_state


def test_what_waits_has_one_state() -> None:
    assert filtering.Filter().states is None
    assert filtering.Filter(clock="paused").states == ("waiting",)
    assert filtering.Filter(waits_for="client", state=["waiting", "logged"]).states == ("waiting",)
    assert filtering.Filter(waits_for="client", state=["logged"]).states == ()
    assert filtering.Filter(state=["logged", "received", "logged"]).states == ("logged", "received")
