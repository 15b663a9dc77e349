"""What a client is written says where they can call and write back, and a mail to staff does not."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.directory.unit import commands as units
from tests.flows.house import COMPANY, HAI_PHONG, House
from tests.flows.house_mail import Letter
from tests.flows.promised import Office

PHONE, MAIL = "+842253842000", "lien-he@bienxanh.example.com"


def reach(house: House, code: str, **reached: Any) -> None:
    with house.work("gateway") as work:
        units.change(work, code, **reached)
    house.settle()


def receipt(office: Office) -> Letter:
    office.receive()
    return office.house.mails(to="anh@example.com")[-1]


def test_a_letter_ends_with_how_the_office_is_reached(any_house: House) -> None:
    office = Office(any_house)
    reach(any_house, HAI_PHONG, phone=PHONE, mail=MAIL)
    letter = receipt(office)
    line = f"+84 225 3842 000 · {MAIL}"
    assert letter.text.rstrip().endswith(line)
    assert line in letter.html


@pytest.mark.parametrize(
    ("own", "said"), [({}, f"+84 24 3943 8899 · {MAIL}"), ({"phone": PHONE}, f"+84 225 3842 000 · {MAIL}")]
)
def test_what_an_office_has_not_is_that_of_the_company(house: House, own: dict[str, str], said: str) -> None:
    office = Office(house)
    reach(house, COMPANY, phone="+842439438899", mail=MAIL)
    reach(house, HAI_PHONG, **own)
    assert receipt(office).text.rstrip().endswith(said)


def test_without_a_word_of_it_the_letter_ends_with_the_signature_and_staff_are_never_told(house: House) -> None:
    office = Office(house)
    assert receipt(office).text.rstrip().endswith("Chi nhánh Hải Phòng")
    reach(house, HAI_PHONG, mail=MAIL)
    id = office.receive()
    colleague = house.staff("staff", name="Đinh Văn Ba")
    house.settle()
    office.do("classify", id, request_type=3)
    office.do("assign", id, office.lead, to=colleague.id)
    told = [each for each in house.mails() if "staff" in each.to]
    assert told
    assert not [each for each in told if MAIL in each.text]


def test_what_is_taken_away_is_said_no_more(house: House) -> None:
    office = Office(house)
    reach(house, HAI_PHONG, phone=PHONE)
    reach(house, HAI_PHONG, phone=None)
    assert "3842" not in receipt(office).text
