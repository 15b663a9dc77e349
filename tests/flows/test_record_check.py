"""The lead's daily check of the record: it is owed every working day, lists what is missing, late or unanswered, and a
demand stays open until the record is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.promised import HOUR, MINUTE, SECOND, Office

DAY = timedelta(days=1)
END_OF_WORK = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)  # 17:30 in Hai Phong; 24 November is a day off
SAID = {
    "vi": ("Đề nghị bổ sung hồ sơ theo dõi", "Lê Thị Lãnh Đạo đề nghị Anh/Chị bổ sung", "Nội dung cần bổ sung"),
    "zh": ("请补全跟踪记录", "Lê Thị Lãnh Đạo 请您补全", "需补全的内容"),
    "en": ("Please complete the record", "Lê Thị Lãnh Đạo asks you to complete", "What is to be completed"),
}


def checks(office: Office, who: Any = None) -> list[dict[str, Any]]:
    return office.as_(who or office.lead).get("/v1/record-checks").expect(200)["items"]


def check(office: Office, id: str) -> dict[str, Any]:
    return office.as_(office.lead).get(f"/v1/record-checks/{id}").expect(200)


def found(office: Office, id: str) -> dict[str, list[str]]:
    """What the check says of each request, by number."""
    return {
        line["id"]: [f"{each['what']} {name}" for each in line["findings"] for name in each["of"]]
        for line in check(office, id)["tickets"]
    }


@pytest.mark.rule("S004-162", "S004-157")
def test_every_working_day_has_a_check_that_the_lead_owes_and_that_lists_what_is_late_or_missing(house: House) -> None:
    office = Office(house)
    late = office.receive(content="Chưa phân loại")
    (first,) = checks(office)
    assert (first["since"], first["day"]) == ("2026-11-23T17:00:00.000000Z", "2026-11-25")
    assert (first["unit"], first["state"]) == (HAI_PHONG, "unchecked")
    assert first["due_at"].startswith("2026-11-25T10:30:00")
    assert found(office, first["id"]) == {late: []}
    unconfirmed = office.brought_to("hand_over")
    unlogged = office.brought_to("confirm")
    house.pass_time(31 * MINUTE)
    assert found(office, first["id"])[late] == ["late classify"]

    duties = office.as_(office.lead).get("/v1/desk").expect(200)["items"]
    (owed,) = [each for each in duties if each["of"]["id"] == first["id"]]
    assert (owed["name"], owed["owes"], owed["verbs"]) == ("record_check", "lead", ["check"])
    house.time.set(END_OF_WORK - SECOND)
    house.settle()
    assert not [e for e in house.events("support", "support.clock.reached") if e["data"]["name"] == "record_check"]
    house.pass_time(SECOND)
    (reached,) = [e for e in house.events("support", "support.clock.reached") if e["data"]["name"] == "record_check"]
    assert reached["data"]["told"] == {"lead": [office.lead.id]}
    second = checks(office)[0]
    assert second["day"] == "2026-11-26"  # also when nothing comes in

    house.pass_time(DAY)
    assert found(office, second["id"]) == {
        late: ["late classify"],
        unconfirmed: ["late confirm"],
        unlogged: ["late log"],
    }
    english = office.as_(office.staff, language="en").post(f"/v1/record-checks/{first['id']}/check", {})
    assert (english.status, english.code) == (403, "role-missing")
    assert '"Head of customer service"' in english.body["detail"]
    assert office.as_(office.executive).post(f"/v1/record-checks/{first['id']}/check", {}).status == 403
    elsewhere = house.staff("lead", unit=SHANGHAI)
    house.settle()
    assert office.as_(elsewhere).post(f"/v1/record-checks/{first['id']}/check", {}).status == 404
    assert checks(office, elsewhere) == []
    done = office.as_(office.lead).post(f"/v1/record-checks/{second['id']}/check", {"remarks": "Đã nhắc."}).expect(200)
    assert (done["state"], done["faulty"], done["remarks"]) == ("checked", 3, "Đã nhắc.")
    again = office.as_(office.lead).post(f"/v1/record-checks/{second['id']}/check", {})
    assert (again.status, again.code) == (409, "wrong-state")
    house.settle()
    assert [each["day"] for each in checks(office)] == ["2026-11-27", "2026-11-26", "2026-11-25"]
    trail = office.as_(office.lead).get(f"/v1/record-checks/{second['id']}/trail").expect(200)
    assert [entry["what"] for entry in trail["entries"] if "." not in entry["what"]] == ["opened", "checked"]
    kpis = office.kpis()
    assert kpis["record_check"]["open"] == 2
    assert kpis["record_check"]["open_late"] == 1
    assert kpis["log"]["open_late"] == kpis["confirm"]["open_late"] == 1
    by_unit = office.kpis("unit")[HAI_PHONG]
    assert by_unit["open_late"] >= 4


@pytest.mark.rule("S004-163")
@pytest.mark.parametrize("locale", ["vi", "zh", "en"])
def test_the_lead_demands_that_a_record_be_completed_and_it_stays_open_until_then(house: House, locale: str) -> None:
    office = Office(house)
    owner = house.staff("staff", name="Vũ Thị Phụ Trách", locale=locale)
    house.settle()
    id = office.receive()
    office.do("classify", id, owner, request_type=3)
    (held,) = checks(office)
    path = f"/v1/record-checks/{held['id']}/demand"
    body = {"ticket_id": id, "reason": "Chưa ghi phương pháp xử lý."}
    for who in (office.staff, office.executive, owner):
        refused = office.as_(who, language="en").post(path, body)
        assert (refused.status, refused.code) == (403, "role-missing")
        assert '"Head of customer service"' in refused.body["detail"]
    assert office.as_(office.lead).post(path, {"ticket_id": id, "reason": " "}).status == 422
    office.as_(office.lead).post(path, body).expect(201)
    house.settle()

    mail = house.mails()[-1]
    subject, by, heading = SAID[locale]
    assert subject in mail.subject
    assert by in mail.text
    assert heading in mail.text
    assert "Chưa ghi phương pháp xử lý." in mail.text
    desk = office.as_(owner).get("/v1/desk").expect(200)["items"]
    assert {each["name"] for each in desk if each["of"]["id"] == id} == {"handle", "demand"}
    (line,) = check(office, held["id"])["tickets"]
    assert [(each["reason"], each["open"]) for each in line["demands"]] == [(body["reason"], True)]
    open_ = office.as_(office.lead).get("/v1/record-checks/demands").expect(200)["items"]
    assert [(each["ticket_id"], each["demanded_of"]) for each in open_] == [(id, [owner.id])]

    office.do("complete", id, owner)
    office.do("hand_over", id)
    office.answer("confirm", id, rating=5)
    assert office.as_(office.lead).get("/v1/record-checks/demands").expect(200)["items"] == open_
    office.do("log", id, owner)
    assert office.as_(office.lead).get("/v1/record-checks/demands").expect(200)["items"] == []
    assert office.clock(id, "demand")["state"] == "stopped"
    nothing = office.as_(office.lead).post(path, body)
    assert (nothing.status, nothing.code) == (409, "nothing-to-demand")


def test_a_day_without_work_has_no_check_and_two_requests_open_one(house: House) -> None:
    office = Office(house)
    house.time.set(datetime(2026, 11, 28, 6, 0, tzinfo=UTC))  # Saturday, 13:00: work is over
    house.settle()
    office.receive()
    office.receive()
    assert [each["day"] for each in checks(office)] == ["2026-11-30"]
    house.pass_time(HOUR)
    assert len(checks(office)) == 1


@pytest.mark.rule("S004-162")
def test_a_check_is_not_closed_before_its_day_has_begun(house: House) -> None:
    office = Office(house)
    house.time.set(datetime(2026, 11, 29, 16, 59, 59, tzinfo=UTC))  # Sunday, a second before Monday in Hai Phong
    house.settle()
    office.receive()
    (monday,) = checks(office)
    assert monday["day"] == "2026-11-30"
    path = f"/v1/record-checks/{monday['id']}/check"
    early = office.as_(office.lead, language="en").post(path, {"remarks": "Đã kiểm tra."})
    assert (early.status, early.code) == (409, "day-not-come")
    assert [each["state"] for each in checks(office)] == ["unchecked"]  # and no further day's check is there
    house.pass_time(SECOND)
    assert office.as_(office.lead).post(path, {}).expect(200)["state"] == "checked"
    tuesday = checks(office)[0]
    assert tuesday["day"] == "2026-12-01"
    next_ = office.as_(office.lead).post(f"/v1/record-checks/{tuesday['id']}/check", {})
    assert (next_.status, next_.code) == (409, "day-not-come")
