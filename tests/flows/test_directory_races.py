"""What happens in the directory when several do the same at once, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.setup import commands as setup
from services.gateway.directory.setup import model as setup_model
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import queries as people
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.throttle import commands as throttle
from services.gateway.directory.throttle import model as limits
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import queries as unit_queries
from shared.kernel import errors
from shared.store import tables
from shared.web import links
from tests.flows.directory_house import PASSWORD, House


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else None
    made = House(tmp_path, database_url=url)
    yield made
    made.close()


def at_once(*doings: Callable[[], object]) -> list[object]:
    """Do all of it at once. Returns what each answered, or the class of the fact that stopped it."""
    said: list[object] = [None] * len(doings)
    gate = threading.Barrier(len(doings))

    def run(number: int) -> None:
        gate.wait()
        try:
            said[number] = doings[number]()
        except errors.StewardError as error:
            said[number] = type(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(doings))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_many_guesses_at_once_are_no_way_around_the_limit(house: House) -> None:
    house.open_company()
    house.hire()
    for _ in range(3):
        with house.database.work() as work:
            throttle.take(work, (limits.ACCOUNT, "an@example.com"))
    said = at_once(*[lambda: house.sign_in(password="wrong", address="203.0.113.7")] * 6)
    assert said.count(sessions.WrongCredentials) == 2
    assert said.count(errors.TooMany) == 4


def test_of_several_people_with_one_link_exactly_one_gets_in(house: House) -> None:
    house.open_company()
    person = house.hire()
    with house.database.work() as work:
        staff.invite(work, person.id)
    token = house.token()
    chosen = [f"mật khẩu thứ {number}" for number in range(3)]
    said = at_once(*[lambda word=word: staff.reset(house.database, token, password=word) for word in chosen])
    assert said.count(links.Used) == 2
    [winner] = [word for word, each in zip(chosen, said, strict=True) if each is not links.Used]
    assert house.sign_in(password=winner)


def test_of_several_who_set_up_at_once_exactly_one_succeeds(house: House) -> None:
    with house.database.work() as work:
        code = setup.offer(work)
    assert code

    def one(number: int) -> str:
        company = setup.Company(f"cong-ty-{number}", "Công ty", "VN")
        admin = setup.Administrator("Đỗ Thanh Mai", f"mai{number}@example.com", "vi", PASSWORD)
        return setup.set_up(house.database, code, company=company, admin=admin)[0].code

    said = at_once(*[lambda number=number: one(number) for number in range(3)])
    assert said.count(setup_model.AlreadySetUp) == 2
    with house.database.reading() as connection:
        assert [each.code for each in unit_queries.companies(connection)] == [
            each for each in said if type(each) is str
        ]


def test_the_last_two_administrators_cannot_remove_each_other(house: House) -> None:
    house.open_company()
    two = [house.hire(f"admin{number}@example.com", roles=("admin",)) for number in range(2)]

    def leave(id: str) -> bool:
        with house.database.work() as work:
            staff.deactivate(work, id)
        return True

    said = at_once(*[lambda who=who: leave(who.id) for who in two])
    assert sorted(map(str, said)) == sorted(map(str, [True, staff.LastAdmin]))


def test_one_mail_address_is_given_once(house: House) -> None:
    house.open_company()
    spellings = ("binh@example.com", "Binh@example.com", "BINH@EXAMPLE.COM")
    said = at_once(*[lambda mail=mail: house.hire(mail) for mail in spellings])
    assert said.count(staff_tables.MailTaken) == 2
    with house.database.reading() as connection:
        assert len(people.page(connection)[0]) == 1


def test_two_who_take_the_same_address_at_once_do_not_both_get_it(house: House) -> None:
    house.open_company()
    two = [house.hire(f"p{number}@example.com") for number in range(2)]

    def rename(id: str) -> bool:
        with house.database.work() as work:
            staff.change(work, id, mail="chung@example.com")
        return True

    said = at_once(*[lambda who=who: rename(who.id) for who in two])
    assert sorted(map(str, said)) == sorted(map(str, [True, staff_tables.MailTaken]))


def test_nobody_is_hired_into_a_unit_that_is_being_closed(house: House) -> None:
    house.open_company()

    def close() -> bool:
        with house.database.work() as work:
            units.close(work, "hai-phong")
        return True

    hired, closed = at_once(house.hire, close)
    assert (hired is units.NoPlace) != (closed is units.StillInUse)


def test_people_who_swap_their_units_at_once_do_not_lock_each_other_out(house: House) -> None:
    house.open_company()
    here, there = house.hire("p1@example.com"), house.hire("p2@example.com", unit="bien-xanh")

    def move(id: str, unit: str) -> str:
        with house.database.work() as work:
            return staff.change(work, id, unit=unit).unit

    said = at_once(lambda: move(here.id, "bien-xanh"), lambda: move(there.id, "hai-phong"))
    assert said == ["bien-xanh", "hai-phong"]
    with house.database.reading() as connection:
        assert {each.code: each.people for each in unit_queries.page(connection)[0]} == {"bien-xanh": 1, "hai-phong": 1}


@pytest.mark.parametrize("mail", ["an@example.com\x00", "\x00", "\ud800", "x" * 100_000, "'; drop table staff; --"])
def test_whatever_is_typed_as_a_mail_address_is_only_wrong(house: House, mail: str) -> None:
    house.open_company()
    house.hire()
    with pytest.raises(sessions.WrongCredentials):
        house.sign_in(mail)
    with house.database.work() as work:
        staff.ask_reset(work, mail=mail)
    house.run()
    assert house.events("directory.password_reset.requested") == []
    with house.database.reading() as connection:
        assert connection.execute(tables.failure.select()).all() == []


def test_a_code_of_a_unit_is_given_once(house: House) -> None:
    house.open_company()

    def open_() -> bool:
        with house.database.work() as work:
            units.open_(work, code="hue", kind="branch", title="Huế", country="VN", parent="bien-xanh")
        return True

    assert sorted(map(str, at_once(open_, open_))) == sorted(map(str, [True, units.CodeTaken]))
