"""Setting up the real company: one code, once, beside the demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.gateway.directory.password import model as passwords
from services.gateway.directory.setup import commands, model, opening, queries
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.throttle import model as limits
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import model as unit_model
from services.gateway.directory.unit import queries as unit_queries
from shared.kernel import errors
from shared.people import units as copies
from tests.flows.directory_house import PASSWORD, House

COMPANY = commands.Company("bien-xanh", "Công ty Luật Biển Xanh", "VN")
ADMIN = commands.Administrator("Đỗ Thanh Mai", "mai@example.com", "vi", PASSWORD)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def offered(house: House) -> str:
    """The code that is printed at start."""
    with house.database.work() as work:
        code = commands.offer(work)
    assert code
    return code


def set_up(house: House, code: str, **more: Any) -> tuple[Any, Any]:
    """Set up the company of this test."""
    return commands.set_up(house.database, code, **{"company": COMPANY, "admin": ADMIN, **more})


def companies(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [each.code for each in unit_queries.companies(connection)]


def test_the_first_company_is_set_up_with_its_administrator_who_signs_in(house: House) -> None:
    unit, person = set_up(house, offered(house))
    assert (unit.code, unit.kind, unit.demo) == ("bien-xanh", "company", False)
    assert (person.unit, person.roles, person.company) == ("bien-xanh", ("staff", "admin"), "bien-xanh")
    signed = house.signed(house.sign_in("mai@example.com"))
    assert signed
    assert signed.unit_title == "Công ty Luật Biển Xanh"
    house.run()
    with house.process.databases["notify"].reading() as connection:
        assert copies.known(connection, "bien-xanh").title == "Công ty Luật Biển Xanh"


def test_the_code_is_read_however_it_is_typed(house: House) -> None:
    set_up(house, offered(house).lower().replace("-", " "))
    assert companies(house) == ["bien-xanh"]


def test_a_real_company_is_set_up_beside_the_demo(house: House) -> None:
    with house.database.work() as work:
        units.open_(work, code="son-ca", kind="company", title="Sơn Ca", country="VN", demo=True)
    set_up(house, offered(house))
    assert sorted(companies(house)) == ["bien-xanh", "son-ca"]


def test_nothing_can_be_set_up_any_more_once_a_real_company_exists(house: House) -> None:
    code = offered(house)
    set_up(house, code)
    with house.database.work() as work:
        assert commands.offer(work) is None
    assert opening.offer(house.process) == []
    other = commands.Company("khac", "Khác", "VN")
    for again in (code, "0000-0000-0000-0000"):
        with pytest.raises(model.AlreadySetUp):
            set_up(house, again, company=other)
    assert companies(house) == ["bien-xanh"]


def test_a_company_that_the_operator_opened_ends_the_set_up_too(house: House) -> None:
    code = offered(house)
    house.open_company("son-ca", branch=None)
    with house.database.reading() as connection:
        assert queries.open_(connection) is False
    with pytest.raises(model.AlreadySetUp):
        set_up(house, code)


def test_a_start_prints_a_new_code_and_the_one_before_works_no_longer(house: House) -> None:
    [line] = opening.offer(house.process)
    assert line.startswith("Set up your own company: https://khach.example.com/setup with the one-time code ")
    first = line.rpartition(" ")[2]
    second = opening.offer(house.process)[0].rpartition(" ")[2]
    with pytest.raises(model.WrongCode) as refused:
        set_up(house, first)
    assert refused.value.fields == {"code": ["This code is not right."]}
    set_up(house, second)


def test_a_code_works_for_a_week(house: House) -> None:
    code = offered(house)
    house.pass_time(days=7)
    with pytest.raises(model.WrongCode):
        set_up(house, code)


@pytest.mark.parametrize("code", ["", "x", "7KQ4-M2XP-9TRD-HW3C", "\x00", "\ud800", "x" * 100_000])
def test_a_guessed_code_sets_nothing_up(house: House, code: str) -> None:
    offered(house)
    with pytest.raises(model.WrongCode):
        set_up(house, code)
    assert companies(house) == []


def test_before_any_code_was_printed_nothing_is_set_up(house: House) -> None:
    with pytest.raises(model.WrongCode):
        set_up(house, "7KQ4-M2XP-9TRD-HW3C")


def test_guessing_codes_from_one_address_is_throttled(house: House) -> None:
    code = offered(house)
    for _ in range(limits.SETUP.free):
        with pytest.raises(model.WrongCode):
            set_up(house, "7KQ4-M2XP-9TRD-HW3C", address="203.0.113.7")
    with pytest.raises(errors.TooMany):
        set_up(house, code, address="203.0.113.7")
    set_up(house, code, address="203.0.113.8")


@pytest.mark.parametrize(
    ("change", "fact", "field"),
    [
        ({"admin": commands.Administrator("Mai", "mai@example.com", "vi", "ngắn")}, passwords.Weak, "password"),
        ({"company": commands.Company("Biển", "Biển", "VN")}, unit_model.BadCode, "code"),
        ({"company": commands.Company("son-ca", "Sơn Ca", "VN")}, units.CodeTaken, "code"),
        ({"admin": commands.Administrator("Mai", "LI@example.com", "vi", PASSWORD)}, staff_tables.MailTaken, "mail"),
    ],
)
def test_what_is_not_valid_leaves_everything_as_it_was_and_the_code_good(
    house: House, change: dict[str, Any], fact: type[errors.Invalid], field: str
) -> None:
    with house.database.work() as work:
        units.open_(work, code="son-ca", kind="company", title="Sơn Ca", country="VN", demo=True)
    house.hire("li@example.com", unit="son-ca")
    code = offered(house)
    with pytest.raises(fact) as refused:
        set_up(house, code, **change)
    assert list(refused.value.fields) == [field]
    assert companies(house) == ["son-ca"]
    set_up(house, code)


def test_the_code_is_stored_as_a_hash(house: House) -> None:
    code = offered(house)
    stored = (house.home / "data" / "gateway.sqlite").read_bytes()
    stored += (house.home / "data" / "gateway.sqlite-wal").read_bytes()
    assert code.encode() not in stored
    assert code.replace("-", "").encode() not in stored
