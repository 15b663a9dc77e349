"""Whether all that came in was recorded: 100 % where it was; else less, with what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.failures import story
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.promised import MINUTE, REQUESTER, Office
from tests.flows.test_list_export import CSV, XLSX, read_csv, read_xlsx
from tests.flows.test_mailbox import hand_in, mail
from tests.flows.test_record_import import FORM, VI, imported

DAY = "from=2026-11-24&to=2026-11-24"


def report(office: Office, query: str = DAY) -> dict[str, Any]:
    return office.as_(office.lead, language="vi").get(f"/v1/received?{query}").expect(200)


def submit(office: Office, **more: Any) -> str:
    data = {"unit": HAI_PHONG, "channel": "survey", "content": "Phiếu khảo sát", "requester": REQUESTER, **more}
    id = office.house.publish_inbound("khaosat", "request.submitted", data)
    office.house.settle()
    return id


@pytest.mark.rule("S004-52")
def test_the_report_says_that_all_information_is_received_or_what_is_not_and_where_it_is(house: House) -> None:
    office = Office(house)
    assert report(office)["total"]["share"] is None  # nothing came in
    office.do("classify", office.receive(), request_type=3)  # by the public form
    asked = {"channel": "hotline", "content": "Hỏi giá", "requester": {"name": "Nam", "phones": ["+84912345678"]}}
    late = office.as_(office.staff).post("/v1/tickets", asked).expect(201)["id"]
    submit(office)
    mailed = hand_in(office, mail())
    number = office.ticket(mailed["ticket"])["number"]
    assert hand_in(office, mail("Còn nữa", id="<2@example.com>", subject=f"Re: {number}"))["outcome"] == "answer"
    assert hand_in(office, mail())["outcome"] == "duplicate"
    imported(office, f"{VI}\n{FORM.replace('10/10/2020', '24/11/2026')}".encode())
    house.pass_time(31 * MINUTE)
    office.do("classify", late, request_type=3)

    clean = report(office)
    assert {line["channel"]: (line["received"], line["recorded"], line["share"]) for line in clean["lines"]} == {
        "website": (1, 1, 100),
        "hotline": (1, 1, 100),
        "survey": (1, 1, 100),
        "email": (2, 2, 100),
    }
    total = clean["total"]
    assert (total["received"], total["recorded"], total["share"]) == (5, 5, 100)
    assert (total["tickets"], total["answers"], total["classified"], total["in_time"]) == (4, 1, 2, 1)
    assert (clean["imported"], clean["missing"]) == (1, [])
    assert clean["mails"] == {"ticket": 1, "answer": 1, "bounce": 0, "parked": 0, "duplicate": 1}
    assert report(office, "from=2026-11-25")["total"]["received"] == 0
    assert report(office, "to=2026-11-23")["total"]["received"] == 0

    event = submit(office, unit="khong-co")
    parked = hand_in(office, mail(id="<3@example.com>", subject="Tự động", Precedence="bulk"))
    (failure,) = house.failures("support")
    short = report(office)
    assert (short["total"]["received"], short["total"]["recorded"], short["total"]["share"]) == (7, 5, 71.42)
    assert short["total"]["parked"] == 2
    by_id = {each["id"]: each for each in short["missing"]}
    assert set(by_id) == {failure.id, parked["id"]}
    lost = by_id[failure.id]
    assert (lost["unit"], lost["channel"], lost["kind"], lost["code"]) == (None, "survey", "failure", "unknown-unit")
    assert lost["what"] == f"/khaosat {event}"
    assert lost["reason"] == "Đơn vị được nêu không tồn tại hoặc đã đóng."
    held = by_id[parked["id"]]
    assert (held["unit"], held["channel"], held["kind"], held["code"]) == (HAI_PHONG, "email", "mail", "auto-reply")
    assert held["what"] == "nam.le@example.com: Tự động"
    assert report(office, f"{DAY}&unit={HAI_PHONG}")["total"]["share"] == 83.33  # of these, nobody's is none

    lead = office.as_(office.lead, language="vi")
    rows = read_csv(lead.get(f"/v1/received?{DAY}", headers={"Accept": CSV}).raw)
    first, *_, event_row, mail_row = rows
    assert (first["Tiếp nhận"], first["Đã ghi nhận"], first["Tỷ lệ ghi nhận (%)"]) == ("7", "5", "71.42")
    assert event_row["Nơi lưu"] == f"Mục lỗi của dịch vụ hỗ trợ: {failure.id}"
    assert mail_row["Nơi lưu"] == f"Thư chờ xử lý: {parked['id']}"
    for language, reason in (
        ("en", "A machine wrote it."),
        ("zh", "系统自动发出的邮件。"),
        ("vi", "Thư do máy tự động gửi."),
    ):
        client = office.as_(office.lead, language=language)
        _, lines = read_xlsx(client.get(f"/v1/received?{DAY}", headers={"Accept": XLSX}).raw)
        assert len(lines) == len(rows)
        assert list(lines[0].values())[2:10] == [7, 5, 0, 2, 0, 71.42, 2, 1]
        assert lines[-1].get("Nơi lưu") in (None, mail_row["Nơi lưu"])
        assert reason in lines[-1].values()
        assert any(isinstance(cell, datetime) for cell in lines[-1].values())


def test_what_another_unit_received_is_not_counted_and_a_person_who_gives_up_an_event_does_not_make_it_recorded(
    house: House,
) -> None:
    office, abroad = Office(house), house.staff("lead", unit=SHANGHAI)
    house.settle()
    office.receive()
    hand_in(office, mail(Precedence="bulk"))
    there = house.client("support", abroad).get("/v1/received").expect(200)
    assert (there["lines"], there["missing"], there["total"]["share"]) == ([], [], None)
    refused = office.as_(office.lead).get("/v1/received?from=2026-11-25&to=2026-11-24")
    assert refused.expect(422)["errors"]["to"]
    event = submit(office, requester={**REQUESTER, "mails": [], "phones": []})
    (failure,) = house.failures("support")
    with house.work("support", actor="staff:on-call") as work:
        story.discard(work, failure.id, reason="Khách đã gọi lại")
    house.time.move(timedelta(days=1))
    total = report(office)
    (given_up,) = [each for each in total["missing"] if each["kind"] == "failure"]
    assert (given_up["state"], given_up["what"], given_up["unit"]) == ("rejected", f"/khaosat {event}", HAI_PHONG)
    assert (total["total"]["received"], total["total"]["rejected"], total["total"]["share"]) == (3, 1, 33.33)
