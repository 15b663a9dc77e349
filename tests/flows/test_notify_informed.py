"""The letter I: whoever has it hears of a decision once there is one, in one mail an hour; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.flows.house import COMPANY, PUBLIC_URL, SHANGHAI, House
from tests.flows.house_mail import Letter
from tests.flows.promised import HOUR, SECOND, Office
from tests.flows.test_notify_promises import letters, number, run_again

HEADS = {
    "vi": "{} quyết định để Anh/Chị biết",
    "zh": "{} 项决定供您知悉",
    "en": "{} decisions for your information",
}
ROWS = {  # what was decided and by whom, as the step's row of the RACI table has each role informed
    ("lead", "vi"): (
        "Đã phân loại: Tra cứu tình trạng dịch vụ, hàng hóa; thời hạn 10:00 thứ Ba, ngày 24/11/2026 – Trần Văn Nữ",
        "Đã ghi hồ sơ theo dõi và đóng phiếu – Trần Văn Nữ",
    ),
    ("executive", "zh"): (
        "已分类：查询服务与货物状态；承诺时限为2026年11月24日（星期二）10:00 — Trần Văn Nữ",
        "已处理完毕 — Trần Văn Nữ",
        "客户已确认处理结果",
    ),
    ("staff", "en"): ("Result approved and handed over to the client – Lê Thị Lãnh Đạo",),
}


def said(letter: Letter) -> list[str]:
    """The rows of a digest."""
    return [line for line in letter.text.splitlines() if line.startswith("- ")]


@pytest.mark.rule("S004-37")
def test_whoever_is_informed_reads_every_decision_once_in_one_mail_an_hour_and_nobody_else_does(house: House) -> None:
    office = Office(house)
    readers = {
        (role, locale): house.staff(role, unit=COMPANY if role == "executive" else office.unit, locale=locale)
        for role, locale in ROWS
    }
    others = [house.staff("on-call"), house.staff("lead", unit=SHANGHAI)]  # no letter; a letter elsewhere
    house.settle()
    ids = [office.brought_to("log") for _ in range(2)]
    numbers = [number(office, id) for id in ids]
    run_again(house, "notify")  # an event that comes again adds nothing
    house.pass_time(HOUR - SECOND)
    assert not [each for who in readers.values() for each in letters(house, who)]
    house.pass_time(2 * SECOND)
    for (role, locale), who in readers.items():
        (letter,) = letters(house, who)
        rows = ROWS[role, locale]
        assert letter.subject == HEADS[locale].format(2 * len(rows)), (role, locale)
        assert [sum(row in line for line in said(letter)) for row in rows] == [2] * len(rows), (role, locale)
        for id, named in zip(ids, numbers, strict=True):
            assert sum(named in line for line in said(letter)) == len(rows)
            assert letter.text.count(f"{PUBLIC_URL}/tickets/{id}") == len(rows)
            assert named in letter.html
    assert not [each for who in others for each in letters(house, who)]
    (own,) = letters(house, office.staff)  # not of what they decided themselves
    assert (len(said(own)), "bàn giao" in own.text, "phân loại" in own.text) == (2, True, False)
    run_again(house, "notify")
    house.pass_time(2 * HOUR)
    assert [len(letters(house, who)) for who in readers.values()] == [1] * len(readers)


def test_whoever_is_told_to_act_is_not_informed_of_the_same_as_well(house: House) -> None:
    office = Office(house)
    id = office.brought_to("classify")
    house.pass_time(2 * HOUR)
    before = len(letters(house, office.executive))
    office.do(
        "escalate", id, office.lead, to=office.executive.id, reason="Ngoài phạm vi", promised_at="2026-11-25T07:30:00Z"
    )
    house.pass_time(HOUR + timedelta(minutes=1))
    told = letters(house, office.executive)[before:]
    assert not [each for each in told if "quyết định để Anh/Chị biết" in each.subject]
    assert [each for each in told if number(office, id) in each.subject]
