"""The copies of the directory on both databases: who holds what, who is there, which calendar a unit has."""

from __future__ import annotations

import itertools
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.clocks import statute
from shared.envelope import catalogue, cloudevent
from shared.kernel import ids
from shared.people import places, reactions, standing
from shared.people.standing import Held
from shared.playbook.model import CalendarSpec, Hours
from shared.store import engine
from tests.contract.promises.conftest import START

DAY = date(2026, 11, 25)
HUONG, NAM, TRANG, HUNG = ids.new(), ids.new(), ids.new(), ids.new()
REACT = {each.type: each for each in (*reactions.UNITS, *reactions.PEOPLE)}
_counter = itertools.count(1)


def hear(database: engine.Database, what: str, data: dict[str, Any], *, sequence: int | None = None) -> str | None:
    """An event of the directory arrives."""
    reaction = REACT[f"directory.{what}"]
    event = cloudevent.Event(
        id=ids.new(),
        source="/steward/directory",
        type=reaction.type,
        subject="-",
        time=START,
        data=catalogue.load(reaction.type, reaction.schema, data),
        sequence=sequence or next(_counter),
    )
    with database.work() as unit:
        return reaction.react(unit, event)


def unit(database: engine.Database, code: str, parent: str | None = None) -> None:
    facts = {"code": code, "title": code, "country": "VN", "active": True, "parent": parent}
    hear(database, "unit.changed", facts)


def person(
    database: engine.Database, id: str, roles: dict[str, list[str]], *, active: bool = True, sequence: int | None = None
) -> str | None:
    home = next(iter(roles))
    facts = {
        "staff_id": id,
        "name": f"Nguyễn {id[-4:]}",
        "mail": "a@example.com",
        "locale": "vi",
        "unit": home,
        "roles": roles[home],
        "active": active,
    }
    said = hear(database, "staff.changed", facts, sequence=sequence)
    for where, names in list(roles.items())[1:]:
        more = {"membership_id": ids.new(), "staff_id": id, "unit": where, "roles": names, "active": True}
        hear(database, "membership.changed", more)
    return said


def substitute(database: engine.Database, absent: str, by: str, since: date, until: date, **more: Any) -> str:
    id = more.pop("id", None) or ids.new()
    facts = {"substitution_id": id, "absent": absent, "substitute": by, "since": since, "until": until, "active": True}
    hear(database, "substitution.changed", _texts({**facts, **more}))
    return id


def away(database: engine.Database, who: str, since: date, until: date) -> None:
    facts = {"absence_id": ids.new(), "staff_id": who, "since": since, "until": until, "active": True}
    hear(database, "absence.changed", _texts(facts))


def _texts(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


@pytest.fixture
def company(database: engine.Database) -> engine.Database:
    """A company with two branches: a lead and an employee in Hai Phong, an executive above them."""
    unit(database, "son-ca")
    unit(database, "hai-phong", "son-ca")
    unit(database, "sai-gon", "son-ca")
    person(database, HUNG, {"son-ca": ["executive"]})
    person(database, HUONG, {"hai-phong": ["staff", "lead"]})
    person(database, NAM, {"hai-phong": ["staff"]})
    return database


def held(database: engine.Database, who: str, where: str, day: date = DAY) -> list[Held]:
    with database.reading() as connection:
        return list(standing.held(connection, who, where, day))


def holders(database: engine.Database, where: str, role: str, day: date = DAY) -> set[str]:
    with database.reading() as connection:
        return set(standing.holders(connection, where, role, day))


def test_a_role_holds_in_its_unit_and_in_those_below_and_nowhere_else(company: engine.Database) -> None:
    assert held(company, HUNG, "hai-phong") == [Held("executive")]
    assert held(company, NAM, "hai-phong") == [Held("staff")]
    assert held(company, NAM, "sai-gon") == []
    assert held(company, NAM, "son-ca") == []


def test_roles_differ_from_unit_to_unit(company: engine.Database) -> None:
    person(company, NAM, {"hai-phong": ["staff"], "sai-gon": ["lead"]})
    assert held(company, NAM, "sai-gon") == [Held("lead")]
    assert held(company, NAM, "hai-phong") == [Held("staff")]


def test_a_substitute_acts_in_the_others_stead_on_the_days_named_and_both_names_stay(company: engine.Database) -> None:
    substitute(company, HUONG, NAM, DAY, DAY + timedelta(days=2))
    stead = [Held("staff"), Held("lead", HUONG), Held("staff", HUONG)]
    assert held(company, NAM, "hai-phong") == stead
    assert held(company, NAM, "hai-phong", DAY + timedelta(days=2)) == stead
    for outside in (DAY - timedelta(days=1), DAY + timedelta(days=3)):
        assert held(company, NAM, "hai-phong", outside) == [Held("staff")]


def test_a_substitution_that_is_taken_back_holds_no_more(company: engine.Database) -> None:
    id = substitute(company, HUONG, NAM, DAY, DAY)
    substitute(company, HUONG, NAM, DAY, DAY, id=id, active=False)
    assert held(company, NAM, "hai-phong") == [Held("staff")]


def test_whoever_left_holds_nothing_not_even_in_somebodys_stead(company: engine.Database) -> None:
    substitute(company, HUONG, NAM, DAY, DAY)
    person(company, NAM, {"hai-phong": ["staff"]}, active=False)
    assert held(company, NAM, "hai-phong") == []
    assert NAM not in holders(company, "hai-phong", "staff")


def test_a_role_that_was_taken_away_is_gone_at_once(company: engine.Database) -> None:
    person(company, HUONG, {"hai-phong": ["staff"]})
    assert held(company, HUONG, "hai-phong") == [Held("staff")]


def test_the_nearest_level_is_told_and_the_one_above_only_when_there_is_nobody(company: engine.Database) -> None:
    person(company, HUNG, {"son-ca": ["executive", "lead"]})
    assert holders(company, "hai-phong", "lead") == {HUONG}
    assert holders(company, "sai-gon", "lead") == {HUNG}
    assert holders(company, "sai-gon", "staff") == set()


def test_the_substitute_hears_for_whoever_is_away(company: engine.Database) -> None:
    away(company, HUONG, DAY, DAY)
    assert holders(company, "hai-phong", "lead") == {HUONG}
    substitute(company, HUONG, NAM, DAY - timedelta(days=3), DAY + timedelta(days=3))
    assert holders(company, "hai-phong", "lead") == {NAM}
    assert holders(company, "hai-phong", "lead", DAY + timedelta(days=1)) == {HUONG}


def test_of_two_substitutes_with_overlapping_dates_the_later_named_one_is_told_and_both_may_act(
    company: engine.Database,
) -> None:
    person(company, TRANG, {"hai-phong": ["staff"]})
    away(company, HUONG, DAY, DAY)
    substitute(company, HUONG, NAM, DAY - timedelta(days=5), DAY + timedelta(days=5))
    substitute(company, HUONG, TRANG, DAY - timedelta(days=1), DAY + timedelta(days=1))
    assert holders(company, "hai-phong", "lead") == {TRANG}
    for each in (NAM, TRANG):
        assert Held("lead", HUONG) in held(company, each, "hai-phong")


def test_an_old_event_that_comes_late_brings_nothing_back(company: engine.Database) -> None:
    newest = next(_counter) + 1_000
    person(company, NAM, {"hai-phong": ["staff"]}, active=False, sequence=newest)
    assert person(company, NAM, {"hai-phong": ["staff"]}, sequence=newest - 1) == "overtaken"
    assert held(company, NAM, "hai-phong") == []


STATES = [{"hai-phong": ["staff"]}, {"hai-phong": ["lead"]}, {"sai-gon": ["staff", "lead"]}]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(st.permutations(range(len(STATES))))
def test_copies_converge_in_whatever_order_the_events_come(database: engine.Database, order: list[int]) -> None:
    who = ids.new()
    for index in order:
        person(database, who, STATES[index], sequence=index + 1)
    assert held(database, who, "sai-gon") == [Held("lead"), Held("staff")]
    assert held(database, who, "hai-phong") == []


SPEC = CalendarSpec("VN", (Hours(date(2000, 1, 1), (*(((time(8), time(17)),),) * 5, (), ())),))


def declare(database: engine.Database, number: int, *, official: bool = True) -> None:
    year = statute.year("VN", number)
    hear(
        database,
        "calendar_year.declared",
        {
            "country": "VN",
            "year": number,
            "official": official,
            "off": [day.isoformat() for day in year.off],
            "made_up": {work.isoformat(): off.weekday() for work, off in year.made_up.items()},
        },
    )


def test_a_calendar_knows_the_years_that_were_declared_and_which_are_official(company: engine.Database) -> None:
    known = places.Places()
    with company.reading() as connection:
        assert known.calendar(connection, "hai-phong", SPEC).works(date(2026, 8, 31))
    declare(company, 2026)
    declare(company, 2027, official=False)
    with company.reading() as connection:
        calendar = known.calendar(connection, "hai-phong", SPEC)
    assert not calendar.works(date(2026, 8, 31))
    assert calendar.works(date(2026, 8, 22))
    assert calendar.official == {2026}


def test_a_closure_holds_for_its_branch_alone_and_can_be_taken_back(company: engine.Database) -> None:
    known = places.Places()
    id = ids.new()
    facts = {"closure_id": id, "unit": "hai-phong", "since": "2026-11-25", "until": "2026-11-26", "active": True}
    hear(company, "closure.changed", facts)
    with company.reading() as connection:
        closed = known.calendar(connection, "hai-phong", SPEC)
        assert [closed.works(DAY + timedelta(days=n)) for n in range(3)] == [False, False, True]
        assert known.calendar(connection, "sai-gon", SPEC).works(DAY)
    hear(company, "closure.changed", {**facts, "active": False})
    with company.reading() as connection:
        assert known.calendar(connection, "hai-phong", SPEC).works(DAY)
