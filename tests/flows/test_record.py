"""The tracking record: nine columns of every request, entered through the flow, filtered, and exported as shown."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.support.ticket import model
from shared.runtime import janitor, manifest
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.promised import Office
from tests.flows.test_list_export import CSV, XLSX, read_csv, read_xlsx

NINE = (
    "Nội dung yêu cầu",
    "Ngày yêu cầu",
    "Người yêu cầu",
    "Người xử lý",
    "Loại yêu cầu",
    "Thời gian xử lý",
    "Phương pháp xử lý",
    "Trạng thái xử lý",
    "Đánh giá của KH",
)
"""As the form has them, word for word."""
OTHER_LANGUAGES = {
    "zh": [
        "请求内容",
        "请求日期",
        "请求人",
        "处理人",
        "请求类型",
        "处理时限（小时）",
        "处理方法",
        "处理状态",
        "客户评价",
    ],
    "en": [
        *("Request content", "Request date", "Requester", "Handler", "Request type", "Processing time"),
        *("Handling method", "Processing status", "Customer evaluation"),
    ],
}
ASKED = {"content": "Hỏi về thời gian hàng đến", "name": "Lê Văn Nam", "method": "Truy cập TOS và trả lời"}
ENTERED = ("S004-98", *(f"S004-{number}" for number in range(99, 108)), "S004-136", "S004-164", "S004-168")

FILTERS: dict[str, tuple[str, str]] = {
    "content": ("content=hàng đến", "content=container"),
    "request_date": ("from=2026-11-24&to=2026-11-24", "from=2026-11-25"),
    "requester": ("requester=văn nam", "requester=Bình"),
    "handler": ("handler=trần văn", "handler=Lãnh"),
    "request_type": ("request_type=3", "request_type=2"),
    "processing_hours": ("hours_from=1&hours_to=1", "hours_from=1.01"),
    "method": ("method=TOS", "method=WMS"),
    "status": ("state=logged", "state=completed"),
    "evaluation": ("rating=4", "rating=5"),
}
"""For each column a filter that finds the request of the form's example, and one that does not."""
BAD = {
    "request_date": ("create", {"asked_at": "2026-11-24T09:00:00Z"}),  # of this afternoon
    "handler": ("assign", {"to": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"}),
    "content": ("create", {"content": " "}),
    "requester": ("create", {"requester": {"name": "", "phones": ["+84912345678"]}}),
    "request_type": ("classify", {"request_type": 7}),
    "processing_hours": ("classify", {"request_type": 3, "promised_at": "2026-11-24T01:00:00Z"}),
    "method": ("complete", {"method": "", "result": "Hàng đến ngày 26/11."}),
    "evaluation": ("confirm", {"rating": 6}),
}
"""What each column that somebody types does not take, where it is typed."""


@pytest.mark.rule(*ENTERED)
def test_the_nine_columns_are_entered_in_the_flow_checked_stored_shown_filtered_and_exported(house: House) -> None:
    office = Office(house)
    staff = office.as_(office.staff, language="vi")
    requester = {"name": ASKED["name"], "phones": ["+84912345678"], "mails": ["nam@example.com"]}
    asked = {"channel": "hotline", "content": ASKED["content"], "requester": requester}
    for column in ("content", "requester", "request_date"):
        _refuses(staff.post("/v1/tickets", asked | BAD[column][1]), column.replace("request_date", "asked_at"))
    id = staff.post("/v1/tickets", asked).expect(201)["id"]
    house.settle()
    other = office.receive(name="Phạm Thị Bình", content="Giá vận chuyển container lạnh?")
    assert _line(staff, id)["missing"] == [
        *("handler", "request_type", "processing_hours", "method", "rating"),
    ]

    for column in ("request_type", "processing_hours"):
        _refuses(
            office.try_("classify", id, office.staff, **BAD[column][1]),
            column.replace("processing_hours", "promised_at"),
        )
    office.do("classify", id, request_type=3)
    _refuses(office.try_("assign", id, office.lead, **BAD["handler"][1]), "to")
    _refuses(office.try_("complete", id, office.staff, **BAD["method"][1]), "method")
    office.do("complete", id, method=ASKED["method"], result="Hàng đến ngày 26/11.")
    office.do("hand_over", id)
    assert office.try_("log", id, office.staff).code == "wrong-state"
    link = next(e["data"]["link"] for e in house.events("support", "support.ticket.handed_over"))
    _refuses(house.client("support").post(f"/v1/public/links/{link}/confirm", BAD["evaluation"][1]), "rating")
    office.answer("confirm", id, rating=4)
    office.do("log", id)

    line = _line(staff, id)
    assert line["missing"] == []
    assert line["without_answer"] is False
    expected = {
        "content": ASKED["content"],
        "request_date": "2026-11-24",
        "requester": "Lê Văn Nam",
        "handler": "Trần Văn Nữ",
        "request_type": 3,
        "processing_hours": 1.0,
        "method": ASKED["method"],
        "status": "Đã ghi hồ sơ",
        "evaluation": "Hài lòng",
    }
    assert {name: line[name] for name in expected} == expected

    for wrong in ("from=24/11", "request_type=x", "hours_from=x", "state=done", "rating=6"):
        _refuses(staff.get(f"/v1/record?{wrong}"), wrong.partition("=")[0])
    for column, (finds, misses) in FILTERS.items():
        found = staff.get(f"/v1/record?{finds}").expect(200)["items"]
        assert id in [each["id"] for each in found], column
        assert id not in [each["id"] for each in staff.get(f"/v1/record?{misses}").expect(200)["items"]], column
        rows = read_csv(staff.get(f"/v1/record?{finds}", headers={"Accept": CSV}).raw)
        assert [row["Mã số"] for row in rows] == [each["number"] for each in found]
    _, rows = read_xlsx(staff.get("/v1/record?requester=Nam", headers={"Accept": XLSX}).raw)
    assert tuple(rows[0])[:9] == NINE
    assert list(rows[0].values())[:9] == [
        *(ASKED["content"], datetime(2026, 11, 24), "Lê Văn Nam", "Trần Văn Nữ"),  # noqa: DTZ001
        *("3 – Tra cứu tình trạng dịch vụ, hàng hóa", 1, ASKED["method"], "Đã ghi hồ sơ", "Hài lòng"),
    ]
    printed = staff.get("/v1/record?requester=Nam", headers={"Accept": "text/html"})
    assert printed.headers["Content-Disposition"].startswith("inline")
    heads = re.findall(r'<th scope="col">(.*?)</th>', printed.raw.decode())
    cells = re.findall(r"<td>(.*?)</td>", printed.raw.decode())
    assert tuple(heads[:9]) == NINE
    assert cells[:9] == [
        *(ASKED["content"], "24/11/2026", "Lê Văn Nam", "Trần Văn Nữ", "3 – Tra cứu tình trạng dịch vụ, hàng hóa"),
        *("1", ASKED["method"], "Đã ghi hồ sơ", "Hài lòng"),
    ]
    assert "<h1>Hồ sơ theo dõi hỗ trợ khách hàng</h1>" in printed.raw.decode()
    for language, titles in OTHER_LANGUAGES.items():
        client = office.as_(office.staff, language=language)
        lines = read_csv(client.get("/v1/record", headers={"Accept": CSV}).raw)
        assert list(lines[0])[:9] == titles
        assert len(lines) == 2
    assert other in [each["id"] for each in staff.get("/v1/record?content=container").expect(200)["items"]]


def _line(client: Any, id: str) -> dict[str, Any]:
    return next(each for each in client.get("/v1/record").expect(200)["items"] if each["id"] == id)


def _refuses(answer: Any, field: str) -> None:
    """Refused at this field; nothing was changed, or the flow behind it would stumble."""
    assert answer.status == 422
    assert field in answer.body["errors"]


def test_the_record_is_sorted_paged_and_counted_by_the_day_of_each_unit(house: House) -> None:
    office, abroad = Office(house), house.staff("staff", unit=SHANGHAI)
    house.settle()
    house.time.move(timedelta(hours=14, minutes=30))  # 23:30 in Hai Phong, half past midnight in Shanghai
    here = [office.receive(content=f"Câu hỏi {number}") for number in range(3)]
    asked = {"content": "问题", "requester": {"name": "王小明", "phones": ["+8613800138000"]}}
    there = house.client("support", abroad).post("/v1/tickets", asked).expect(201)["id"]
    house.settle()
    executive = office.as_(office.executive)

    def found(query: str) -> list[str]:
        ids: list[str] = []
        cursor = ""
        while True:
            page = executive.get(f"/v1/record?limit=2&{query}{cursor}").expect(200)
            ids += [item["id"] for item in page["items"]]
            if page["next"] is None:
                return ids
            cursor = f"&cursor={page['next'].replace('+', '%2B')}"

    assert found("sort=request_date") == [*here, there]
    late = office.as_(office.staff).post("/v1/tickets", asked | {"asked_at": "2026-11-23T10:00:00Z"}).expect(201)["id"]
    assert found("sort=request_date") == [late, *here, there]  # of the day of the call, whenever it was written down
    assert found("to=2026-11-23") == [late]
    assert _line(executive, late)["request_date"] == "2026-11-23"
    here = [late, *here]
    assert found("") == [there, *reversed(here)]
    assert found("to=2026-11-24&sort=request_date") == here
    assert found("from=2026-11-25") == [there]
    assert found(f"unit={SHANGHAI}") == [there]
    assert executive.get("/v1/record?from=2026-11-25&to=2026-11-24").expect(422)["errors"]["to"]
    assert executive.get("/v1/record?cursor=nonsense").code == "bad-cursor"
    totals = executive.get("/v1/record/totals?to=2026-11-24").expect(200)["units"]
    counted = {each.pop("unit"): each for each in totals}
    nothing = dict.fromkeys(
        ("requests", "classified", "logged", "without_answer", "withdrawn", "duplicates", "open"), 0
    )
    assert counted[HAI_PHONG] == nothing | {"requests": 4, "open": 4}
    assert counted[SHANGHAI] == nothing


def test_what_was_answered_on_the_spot_met_silence_or_was_withdrawn_is_told_apart_in_totals_and_file(
    house: House,
) -> None:
    office = Office(house)
    silent = office.brought_to("hand_over")
    house.pass_time(timedelta(hours=24, minutes=1))
    office.do("log_unanswered", silent, office.lead, reason="Khách không trả lời điện thoại")
    withdrawn = office.receive()
    office.do("withdraw", withdrawn, reason="Khách đã tự tra cứu")
    spot = office.brought_to("log")  # asked, answered and confirmed within one call: nothing of it is left out
    client = office.as_(office.staff, language="vi")
    lines = {each["id"]: each for each in client.get("/v1/record").expect(200)["items"]}
    assert {id: lines[id]["state"] for id in (silent, withdrawn, spot)} == {
        silent: "logged",
        withdrawn: "withdrawn",
        spot: "logged",
    }
    assert (lines[spot]["processing_hours"], lines[spot]["missing"]) == (1.0, [])
    assert [each for each in lines if lines[each]["without_answer"]] == [silent]

    (counted,) = client.get("/v1/record/totals").expect(200)["units"]
    assert counted == {
        "unit": HAI_PHONG,
        "requests": 3,
        "classified": 2,
        "logged": 1,
        "without_answer": 1,
        "withdrawn": 1,
        "duplicates": 0,
        "open": 0,
    }
    rows = {row["Mã số"]: row for row in read_csv(client.get("/v1/record", headers={"Accept": CSV}).raw)}
    said = {id: rows[lines[id]["number"]] for id in (silent, withdrawn, spot)}
    assert {row["Đánh giá của KH"] for row in (said[silent], said[withdrawn])} == {lines[silent]["evaluation"], ""}
    assert said[silent]["Đánh giá của KH"] == "Khách hàng không phản hồi"
    assert said[spot]["Đánh giá của KH"] == lines[spot]["evaluation"]
    assert said[withdrawn]["Trạng thái xử lý"] == lines[withdrawn]["status"] != said[silent]["Trạng thái xử lý"]


@pytest.mark.rule("S004-165")
def test_the_record_of_all_units_is_kept_by_market_development_and_others_see_their_own(house: House) -> None:
    office, keeper = Office(house), house.staff("market-development", name="Vũ Phát Triển")
    abroad = house.staff("staff", unit=SHANGHAI)
    house.settle()
    here = office.receive()
    asked = {"content": "问题", "requester": {"name": "王小明", "phones": ["+8613800138000"]}}
    there = house.client("support", abroad).post("/v1/tickets", asked).expect(201)
    house.settle()

    def seen(who: Any) -> set[str]:
        return {item["id"] for item in office.as_(who).get("/v1/record").expect(200)["items"]}

    assert seen(keeper) == {here, there["id"]}
    assert seen(office.staff) == {here}
    assert seen(abroad) == {there["id"]}
    lines = read_csv(office.as_(keeper, language="vi").get("/v1/record", headers={"Accept": CSV}).raw)
    assert {line["Người yêu cầu"] for line in lines} == {"王小明", "Nguyễn Thị Ánh"}
    refused = office.try_("classify", there["id"], keeper, request_type=3)
    assert refused.status == 404  # to keep the record is not to handle requests
    own = office.try_("classify", here, keeper, language="en", request_type=3)
    assert (own.status, own.code) == (403, "letter-missing")


@pytest.mark.rule("S004-167")
def test_no_record_is_ever_deleted_by_itself(house: House) -> None:
    office = Office(house)
    office.brought_to("log")
    client = office.as_(office.staff)
    before = client.get("/v1/record", headers={"Accept": CSV}).raw
    (line,) = read_csv(before)
    assert (line["Người yêu cầu"], line["Trạng thái xử lý"]) == ("Nguyễn Thị Ánh", "Đã ghi hồ sơ")
    house.time.move(timedelta(days=20 * 365))
    database = house.process.databases["support"]
    gone = janitor.clean(database, house.settings)
    assert gone["outbox"] > 0  # what is kept for a time is gone
    for sweep in manifest.sweeps(manifest.load("support")):
        sweep(database, house.settings)
    assert client.get("/v1/record", headers={"Accept": CSV}).raw == before


def test_a_record_with_an_empty_column_is_not_written() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    whole = model.Ticket(
        *("id", 5, 1, 2026, HAI_PHONG, "confirmed", "hotline", "question", "Hỏi"),
        *(model.Requester("Nam", "vi"), "staff:a", now, "vimc-support", "1"),
        handler="staff:a",
        request_type=3,
        classified_at=now,
        promised_at=now + timedelta(hours=1),
        method="TOS",
        rating=5,
    )
    assert model.log(whole, now=now).state == "logged"
    for column, empty in {
        "content": {"content": ""},
        "requester": {"requester": model.Requester(" ", "vi")},
        "handler": {"handler": None},
        "request_type": {"request_type": None},
        "processing_hours": {"promised_at": None},
        "method": {"method": None},
        "rating": {"rating": None},
    }.items():
        with pytest.raises(model.IncompleteRecord) as refused:
            model.log(dataclasses.replace(whole, **empty), now=now)
        assert list(refused.value.fields) == [column]
    silent = dataclasses.replace(whole, state="handed_over", rating=None)
    assert model.missing(silent) == ("rating",)
    assert model.missing(silent, without_answer=True) == ()
