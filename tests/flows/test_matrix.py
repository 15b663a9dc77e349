"""The permission matrix: every route of support and of the directory, each role, objects of the own unit, of another
unit and of another company. `matrix.tsv` is the table that an auditor reads; it is checked cell by cell.

Verdicts: `yes`; `no` (403, says what is missing); `hidden` (404: it does not exist for them); `empty` (a list without
it); `refused` (422: a unit or person that does not exist for them was named); `sign in` (401).
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows import matrix
from tests.flows.house import House
from tests.web import routes

TABLE = Path(__file__).with_name("matrix.tsv")
SERVICES = ("support", "gateway")


def _table() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {(row["route"], row["object of"]): row for row in rows}


def verdicts(world: matrix.World, route: str, place: str) -> dict[str, str]:
    """What each role is answered. One object serves them all until somebody has changed it."""
    service, method, rule = route.split(" ", 2)
    found: dict[str, str] = {}
    thing: matrix.Thing | None = None
    for role in matrix.ROLES:
        if thing is None or place in matrix.ONES:
            thing = matrix.THINGS[route](world, matrix.PLACES.get(place, place), world.callers[role])
        found[role] = world.verdict(world.call(service, method, rule, role, thing), thing)
        if found[role] == "yes" and method != "GET":
            thing = None
    return found


def test_the_table_has_every_route_and_none_that_is_gone(house: House) -> None:
    there = {str(route) for route in routes.routes(house) if route.service in SERVICES}
    rows = {(route, place) for route in there for place in matrix.places(route)}
    assert rows - _table().keys() == set(), "routes without a row: say in matrix.tsv who may do this"
    assert _table().keys() - rows == set(), "rows of routes that are not there"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, migrated_home: Path) -> Iterator[matrix.World]:
    """One for each place: a list that is cut off must not be filled by the calls that were made elsewhere."""
    home = tmp_path_factory.mktemp("matrix")
    shutil.copytree(migrated_home / "data", home / "data")
    with House(home) as made:
        yield matrix.World(made)


@pytest.mark.parametrize("place", [*matrix.PLACES, *matrix.ONES])
@pytest.mark.parametrize("service", SERVICES)
def test_each_role_may_do_what_the_table_says_and_nothing_else(world: matrix.World, service: str, place: str) -> None:
    wrong = [
        f"{route} | {place} | {role}: {found} instead of {row[role]}"
        for (route, where), row in _table().items()
        if where == place and route.startswith(f"{service} ")
        for role, found in verdicts(world, route, place).items()
        if found != row[role]
    ]
    assert wrong == []
