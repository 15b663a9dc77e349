"""What notify makes of promises: who is told when one comes due, in which words, once; who hears that work changed
hands; and what the client hears: a reminder, and a new deadline."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.gateway.directory.absence import commands as absences
from services.gateway.directory.staff import commands as people
from services.gateway.directory.staff import tables as staff
from services.gateway.directory.substitute import commands as substitutes
from services.notify.message import tables as messages
from shared.people import tables as copies
from shared.store import tables
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, PUBLIC_URL, SHANGHAI, House
from tests.flows.house_mail import Letter
from tests.flows.promised import Office

MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
TODAY = date(2026, 11, 24)
LOCALES = ["vi", "zh", "en"]
each_language = pytest.mark.parametrize("locale", LOCALES)


@dataclasses.dataclass(frozen=True)
class Words:
    """What is looked for in a letter."""

    subject: str
    text: tuple[str, ...]


def mail_of(house: House, who: tokens.Caller) -> str:
    with house.process.databases["gateway"].reading() as connection:
        return staff.load(connection, who.id, company=COMPANY).mail


def letters(house: House, who: tokens.Caller) -> list[Letter]:
    return house.mails(to=mail_of(house, who))


def check(letter: Letter, words: Words, number: str, ticket: str) -> None:
    assert number in letter.subject
    assert words.subject in letter.subject
    for said in (*words.text, f"{PUBLIC_URL}/tickets/{ticket}"):
        assert said in letter.text
    assert number in letter.text


def number(office: Office, id: str) -> str:
    return office.as_(office.staff).get(f"/v1/tickets/{id}").expect(200)["number"]


def run_again(house: House, service: str) -> None:
    """Every event that the service has handled comes to be handled once more."""
    with house.work(service) as work:
        work.execute(tables.inbox.update().values(state="ready", done_at=None, started=0, finished=0))
    house.settle()


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


# ---- promises that come due

WARNINGS = {
    "vi": Words("Sắp đến hạn: Phân loại yêu cầu – trước 09:30 thứ Ba, ngày 24/11/2026", ("giờ Việt Nam", "15 phút")),
    "zh": Words("即将到期：请求分类（2026年11月24日（星期二）09:30前）", ("越南时间", "15分钟")),
    "en": Words(
        "Soon due: Classify the request, by 09:30 on Tuesday, 24 November 2026", ("Vietnam time", "15 minutes")
    ),
}
DUE = {
    "vi": Words("Đã đến hạn: Phân loại yêu cầu", ("Xin báo cáo", "09:30 thứ Ba, ngày 24/11/2026", "giờ Việt Nam")),
    "zh": Words("已到期：请求分类", ("逾期上报", "2026年11月24日（星期二）09:30", "越南时间")),
    "en": Words("Due now: Classify the request", ("Escalation", "09:30 on Tuesday, 24 November 2026", "Vietnam time")),
}


@each_language
def test_a_promise_warns_its_staff_and_then_its_lead_on_the_second(house: House, office: Office, locale: str) -> None:
    staff, lead = house.staff("staff", locale=locale), house.staff("lead", locale=locale)
    house.settle()
    id = office.receive()
    house.pass_time(15 * MINUTE - SECOND)
    assert letters(house, staff) == letters(house, lead) == []
    house.pass_time(SECOND)
    (warning,) = letters(house, staff)
    check(warning, WARNINGS[locale], number(office, id), id)
    assert letters(house, lead) == []
    house.pass_time(15 * MINUTE)
    (late,) = letters(house, lead)
    check(late, DUE[locale], number(office, id), id)
    assert len(letters(house, staff)) == 1
    assert letters(house, office.executive) == []


def test_staff_read_the_time_of_the_unit_where_they_work(house: House) -> None:
    office = Office(house, unit=SHANGHAI)
    vietnamese = house.staff("staff", unit=SHANGHAI, locale="vi")
    house.settle()
    office.receive()
    house.pass_time(15 * MINUTE)
    (warning,) = letters(house, vietnamese)
    assert "10:30 thứ Ba, ngày 24/11/2026 (giờ Bắc Kinh)" in warning.text


def test_whoever_owns_a_request_is_warned_and_not_everybody(house: House, office: Office) -> None:
    colleague = house.staff("staff")
    house.settle()
    office.brought_to("classify")
    before = len(letters(house, office.staff))
    house.pass_time(48 * MINUTE)  # 80 % of the hour that the type has
    assert len(letters(house, office.staff)) == before + 1
    assert "Xử lý yêu cầu" in letters(house, office.staff)[-1].subject
    assert letters(house, colleague) == []
    house.pass_time(12 * MINUTE)
    assert "Người phụ trách: Trần Văn Nữ" in letters(house, office.lead)[-1].text


def test_a_step_done_in_time_tells_nobody(house: House, office: Office) -> None:
    id = office.receive()
    house.pass_time(14 * MINUTE)
    office.do("classify", id, request_type=3)
    house.pass_time(20 * MINUTE)
    assert letters(house, office.staff) == letters(house, office.lead) == []


def test_the_substitute_of_whoever_is_away_is_told_and_says_for_whom(house: House, office: Office) -> None:
    id = office.brought_to("classify")  # owned by the staff member, who then falls ill
    deputy = house.staff("staff", name="Đỗ Thị Thay")
    with house.work("gateway") as work:
        absences.enter(work, company=COMPANY, person=office.staff.id, since=TODAY, until=TODAY)
        substitutes.name(work, company=COMPANY, absent=office.staff.id, substitute=deputy.id, since=TODAY, until=TODAY)
    house.settle()
    before = len(letters(house, office.staff))
    house.pass_time(48 * MINUTE)
    (warning,) = letters(house, deputy)
    assert number(office, id) in warning.subject
    assert "người làm thay cho Trần Văn Nữ" in warning.text
    assert len(letters(house, office.staff)) == before


def test_whoever_has_left_is_told_nothing(house: House, office: Office) -> None:
    office.brought_to("classify")
    with house.work("gateway") as work:
        people.deactivate(work, office.staff.id, company=COMPANY)
    house.settle()
    before = len(letters(house, office.staff))
    house.pass_time(HOUR)
    assert len(letters(house, office.staff)) == before
    assert len(letters(house, office.lead)) == 1


def test_events_that_are_handled_again_tell_nobody_twice(house_on_either: House) -> None:
    office = Office(house_on_either)
    id = office.brought_to("classify")
    colleague = house_on_either.staff("staff")
    house_on_either.settle()
    office.do("assign", id, office.lead, to=colleague.id)
    house_on_either.pass_time(HOUR)
    before = [letter.raw for letter in house_on_either.mails()]
    assert any("Quá hạn" in letter.subject or "đến hạn" in letter.subject for letter in house_on_either.mails())
    run_again(house_on_either, "notify")
    assert [letter.raw for letter in house_on_either.mails()] == before


def test_colleagues_of_the_unit_may_read_what_staff_were_told_and_others_may_not(house: House, office: Office) -> None:
    id = office.receive()
    house.pass_time(15 * MINUTE)
    (warned,) = messages_about(house, office.lead, id, rule="promise-warning")
    shown = house.client("notify", office.lead).get(f"/v1/messages/{warned['id']}").expect(200)
    assert f"{PUBLIC_URL}/tickets/{id}" in shown["text"]
    stranger = house.client("notify", house.staff("lead", unit=SHANGHAI))
    assert stranger.get(f"/v1/messages/{warned['id']}").status == 404


def messages_about(house: House, who: tokens.Caller, id: str, *, rule: str) -> list[dict[str, Any]]:
    items = house.client("notify", who).get(f"/v1/messages?subject={id}&limit=100").expect(200)["items"]
    return [each for each in items if each["rule"] == rule]


# ---- work that changes hands

ASSIGNED = {
    "vi": Words("Anh/Chị được phân công xử lý yêu cầu", ("Lê Thị Lãnh Đạo đã phân công", "10:00 thứ Ba")),
    "zh": Words("该请求已指派给您", ("Lê Thị Lãnh Đạo 已将以下请求指派给您", "2026年11月24日（星期二）10:00")),
    "en": Words("A request has been assigned to you", ("Lê Thị Lãnh Đạo has made you responsible", "10:00 on Tuesday")),
}
MOVED = {
    "vi": "Yêu cầu sau nay do Đỗ Thị Mới phụ trách",
    "zh": "以下请求现由 Đỗ Thị Mới 负责",
    "en": "Đỗ Thị Mới is now responsible for this request",
}


@each_language
def test_an_assignment_tells_the_new_owner_and_the_former_one_and_not_who_made_it(
    house: House, office: Office, locale: str
) -> None:
    first, second = (house.staff("staff", name=name, locale=locale) for name in ("Đỗ Thị Cũ", "Đỗ Thị Mới"))
    house.settle()
    id = office.brought_to("classify")
    office.do("assign", id, office.lead, to=first.id)
    (assigned,) = letters(house, first)
    check(assigned, ASSIGNED[locale], number(office, id), id)
    assert len(letters(house, office.staff)) == 1  # it was theirs, by classifying it

    office.do("assign", id, office.lead, to=second.id)
    assert MOVED[locale] in letters(house, first)[-1].text
    assert len(letters(house, second)) == 1
    assert letters(house, office.lead) == []


def test_taking_a_request_oneself_is_no_news_to_oneself(house: House, office: Office) -> None:
    id = office.brought_to("classify")
    office.do("assign", id, office.staff, to=office.staff.id)
    assert letters(house, office.staff) == []


def test_a_request_that_the_lead_takes_over_is_told_to_whoever_had_it(house: House, office: Office) -> None:
    id = office.brought_to("classify")
    office.do("take_over", id, office.lead, reason="Người phụ trách bận việc khác")
    (moved,) = letters(house, office.staff)
    assert "nay do Lê Thị Lãnh Đạo phụ trách" in moved.text
    assert letters(house, office.lead) == []


REFUSED = {
    "vi": Words("Khách hàng chưa đồng ý với kết quả", ("Ý kiến của khách hàng", "> Chưa có giờ đến.")),
    "zh": Words("客户不认可处理结果", ("客户意见", "> Chưa có giờ đến.")),
    "en": Words("The client does not agree with the result", ("What the client says", "> Chưa có giờ đến.")),
}


@each_language
def test_a_refused_result_is_told_to_its_owner(house: House, office: Office, locale: str) -> None:
    office.staff = house.staff("staff", locale=locale)
    house.settle()
    id = office.brought_to("hand_over")
    office.answer("refuse", id, reason="Chưa có giờ đến.")
    check(letters(house, office.staff)[-1], REFUSED[locale], number(office, id), id)
    assert letters(house, office.lead) == []


# ---- what clients hear

DEADLINES = {
    "vi": ("Thời hạn hoàn thành yêu cầu của Quý khách: 16:00 thứ Tư, ngày 25/11/2026", "giờ Việt Nam"),
    "zh": ("您的请求将于2026年11月25日（星期三）17:00前答复", "北京时间"),
    "en": ("Your request will be settled by 16:00 on Wednesday, 25 November 2026", "Vietnam time"),
}
ESCALATED = {
    "vi": ("Yêu cầu được trình Anh/Chị giải quyết", "Trần Văn Nữ đã trình Anh/Chị"),
    "zh": ("该请求已上报，请您处理", "Trần Văn Nữ 将以下超出经办人员权限的请求上报"),
    "en": ("A request has been escalated to you", "Trần Văn Nữ has escalated this request to you"),
}


@pytest.mark.rule("S004-114")
@each_language
def test_an_escalation_tells_the_client_the_new_deadline_at_once(house: House, office: Office, locale: str) -> None:
    boss = house.staff("executive", unit=COMPANY, locale=locale)
    house.settle()
    id = office.receive(locale=locale, mails=["khach@example.com"])
    office.do("classify", id, request_type=2)
    before = len(house.mails(to="khach@example.com"))
    at = house.time.now()
    office.do("escalate", id, to=boss.id, reason="Ngoài phạm vi", promised_at="2026-11-25T09:00:00Z")
    assert house.time.now() == at  # no time has passed
    *_, deadline = found = house.mails(to="khach@example.com")
    assert len(found) == before + 1
    assert number(office, id) in deadline.subject
    assert DEADLINES[locale][0] in deadline.subject
    assert DEADLINES[locale][1] in deadline.text
    assert "Ngoài phạm vi" not in deadline.text  # the firm's own reason is not the client's
    (told,) = letters(house, boss)
    assert ESCALATED[locale][0] in told.subject
    assert ESCALATED[locale][1] in told.text


REMINDERS = {
    "vi": ("Kính mong Quý khách xác nhận kết quả xử lý yêu cầu", "chỉ cần trả lời một lần"),
    "zh": ("敬请确认处理结果", "只需答复一次"),
    "en": ("A reminder: please confirm the result of your request", "one answer is enough"),
}


@each_language
def test_a_client_who_is_silent_is_reminded_once_half_way_with_a_link_of_its_own(
    house: House, office: Office, locale: str
) -> None:
    id = office.receive(locale=locale, mails=["khach@example.com"])
    office.do("classify", id, request_type=3)
    office.do("complete", id)
    office.do("hand_over", id)
    asked = house.mails(to="khach@example.com")
    house.pass_time(12 * HOUR - SECOND)
    assert len(house.mails(to="khach@example.com")) == len(asked)
    house.pass_time(SECOND)
    (reminder,) = house.mails(to="khach@example.com")[len(asked) :]
    assert number(office, id) in reminder.subject
    assert REMINDERS[locale][0] in reminder.subject
    assert REMINDERS[locale][1] in reminder.text
    assert "Hàng đến ngày 26/11." in reminder.text
    assert reminder.link != asked[-1].link
    house.pass_time(20 * HOUR)
    assert len(house.mails(to="khach@example.com")) == len(asked) + 1
    run_again(house, "support")
    run_again(house, "notify")
    assert len(house.mails(to="khach@example.com")) == len(asked) + 1


@pytest.mark.parametrize("used", [0, 1], ids=["the first", "the reminder's"])
@pytest.mark.parametrize("verb", ["confirm", "refuse"])
def test_both_links_work_and_one_answer_is_enough(house_on_either: House, verb: str, used: int) -> None:
    house, office = house_on_either, Office(house_on_either)
    id = office.brought_to("hand_over")
    first = house.mails(to="anh@example.com")[-1].link
    house.pass_time(12 * HOUR)
    links = [first, house.mails(to="anh@example.com")[-1].link]
    client = house.client("support", language="vi")
    for link in links:
        assert client.get(f"/v1/public/links/{link}").expect(200)["usable"] is True
    body = {"confirm": {"rating": 5}, "refuse": {"reason": "Chưa xong"}}
    client.post(f"/v1/public/links/{links[used]}/{verb}", body[verb]).expect(200)
    house.settle()
    before = house.snapshot("support")
    for link in links:
        assert client.get(f"/v1/public/links/{link}").code == "link-used"
        for again in body:
            assert client.post(f"/v1/public/links/{link}/{again}", body[again]).code == "link-used"
    assert house.snapshot("support", but=("idempotency",)) == {k: v for k, v in before.items() if k != "idempotency"}
    state = office.as_(office.staff).get(f"/v1/tickets/{id}").expect(200)["state"]
    assert state == {"confirm": "confirmed", "refuse": "reopened"}[verb]


def test_a_client_who_has_answered_is_not_reminded_and_a_new_handover_is_asked_anew(
    house: House, office: Office
) -> None:
    id = office.brought_to("hand_over")
    house.pass_time(11 * HOUR)
    office.answer("refuse", id, reason="Chưa có giờ đến.")
    office.do("complete", id)
    office.do("hand_over", id)
    reminded = "support.ticket.reminded"
    house.pass_time(2 * HOUR)  # half of the first day is over, not of the second
    assert house.events("support", reminded) == []
    house.pass_time(10 * HOUR)
    assert len(house.events("support", reminded)) == 1
    run_again(house, "support")
    assert len(house.events("support", reminded)) == 1


def test_nobody_whom_notify_knows_no_mail_of_is_forgotten(house: House, office: Office) -> None:
    """What cannot be sent is there for everybody of the unit to see."""
    id = office.receive()
    with house.work("notify") as work:
        work.execute(copies.person.delete().where(copies.person.c.id == office.staff.id))
    house.pass_time(15 * MINUTE)
    (warned,) = messages_about(house, office.lead, id, rule="promise-warning")
    assert (warned["state"], warned["reason"], warned["recipient_name"]) == (
        "undeliverable",
        "no-mail",
        office.staff.id,
    )
    m = messages.message.c
    assert house.scalar("notify", sa.select(sa.func.count()).where(m.rule == "promise-warning")) == 1
    assert warned["unit"] == HAI_PHONG
