"""The house itself: what it promises to the tests that live in it."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store import tables
from tests.flows.house import COMPANY, HAI_PHONG, SHANGHAI, House


def test_the_services_know_the_units_as_soon_as_the_house_is_open(any_house: House) -> None:
    codes = any_house.column("support", sa.select(tables.unit.c.code).order_by(tables.unit.c.code))
    assert codes == sorted([COMPANY, HAI_PHONG, SHANGHAI])
