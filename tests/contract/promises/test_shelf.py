"""Which playbook a unit's new records are opened under."""

from __future__ import annotations

import pytest

from shared.playbook import model, reading, shelf
from shared.runtime import manifest
from shared.store import engine

FLOW = "support.ticket"


def given(**changes: object) -> model.Playbook:
    """The packaged playbook, with other facts."""
    playbook, faults = reading.read(reading.PACKAGED / "vimc-support.yaml", manifest.flows(manifest.load("support")))
    assert playbook is not None, faults
    return reading.again({**playbook.body, **changes})


def named(database: engine.Database, *units: str) -> dict[str, str]:
    with database.reading() as connection:
        return {unit: each.id for unit, each in shelf.of_units(connection, FLOW, units).items()}


def test_a_units_own_playbook_goes_before_everybodys(database: engine.Database) -> None:
    with database.work(actor="system:test") as work:
        shelf.install(work, [given(), given(id="vimc-north", units=["hai-phong", "ha-noi"])], [FLOW])
    units = ("hai-phong", "shanghai", "ha-noi")
    assert named(database, *units) == dict(zip(units, ("vimc-north", "vimc-support", "vimc-north"), strict=True))
    with database.reading() as connection:
        assert {unit: shelf.active(connection, FLOW, unit).id for unit in units} == named(database, *units)


def test_a_unit_without_a_playbook_is_left_out_of_many_and_refused_by_itself(database: engine.Database) -> None:
    with database.work(actor="system:test") as work:
        shelf.install(work, [given(id="vimc-north", units=["hai-phong"])], [FLOW])
    assert named(database, "hai-phong", "shanghai") == {"hai-phong": "vimc-north"}
    with database.reading() as connection, pytest.raises(shelf.NoPlaybook):
        shelf.active(connection, FLOW, "shanghai")
