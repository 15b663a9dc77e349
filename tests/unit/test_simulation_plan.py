"""The plan of a simulated day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from services.gateway.simulation import model

PLACES = (model.Place("hai-phong", "vi", 3), model.Place("thuong-hai", "zh", 1))


def plan(requests: int, seed: int = 1) -> list[model.Visit]:
    return model.plan(requests, day=model.EPOCH, places=PLACES, seed=seed)


def test_the_same_number_makes_the_same_day_and_another_one_another() -> None:
    assert plan(50) == plan(50)
    assert plan(50) != plan(50, seed=2)


def test_a_day_has_every_way_kind_ending_and_unit_and_each_request_its_own_client() -> None:
    visits = plan(2000)
    assert {visit.way for visit in visits} == set(model.WAYS)
    assert {visit.kind for visit in visits} == set(model.KINDS)
    assert {visit.ending for visit in visits} == set(model.ENDINGS)
    dealt = Counter(visit.detour for visit in visits)
    assert set(dealt) == {None, *model.DETOURS}
    assert {dealt[each] for each in model.DETOURS} <= {125}  # in turn
    assert len({visit.client.mail for visit in visits}) == len({visit.reference for visit in visits}) == 2000
    by_unit = Counter(visit.unit for visit in visits)
    assert 2 < by_unit["hai-phong"] / by_unit["thuong-hai"] < 4.5


def test_requests_come_in_order_by_the_profile_of_the_hours() -> None:
    visits = plan(1000)
    assert visits == sorted(visits, key=lambda each: each.at)
    hours = Counter((each.at - model.EPOCH) // timedelta(hours=1) for each in visits)
    assert set(hours) <= set(model.ARRIVALS)
    assert hours[9] > 3 * hours[12]
