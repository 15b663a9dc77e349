"""A list as a file: what the filter shows, as spreadsheets open it, with names as they were written."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from shared.sheets import csv_file, xlsx_file
from shared.web import export
from tests.flows.house import SHANGHAI, House

CSV, XLSX = csv_file.CONTENT_TYPE, xlsx_file.CONTENT_TYPE
NAMES = ("Nguyễn Thị Ánh Tuyết Đặng", "欧阳𠮷祥", '=HYPERLINK("http://evil.example")', "Zoë O'Brien-Łuczak")
DECOMPOSED, DECOMPOSED_NFC = "Nguye\u0302\u0303n", "Nguyễn"  # how some keyboards type it, and what arrives


def received(house: House, who: Any, name: str, content: str = "Hàng bao giờ đến?", **more: Any) -> dict[str, Any]:
    requester = {"name": name, "phones": ["+84912345678"], "locale": "vi"}
    return (
        house.client("support", who)
        .post("/v1/tickets", {"content": content, "requester": requester, **more})
        .expect(201)
    )


def read_csv(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def read_xlsx(raw: bytes) -> tuple[Any, list[dict[str, Any]]]:
    tab: Any = openpyxl.load_workbook(io.BytesIO(raw)).active
    head, *lines = tab.iter_rows(values_only=True)
    return tab, [dict(zip(head, line, strict=True)) for line in lines]


def test_a_list_is_exported_as_the_filter_shows_it_page_after_page(house: House, monkeypatch: Any) -> None:
    staff = house.staff(name="Trần Văn Nữ")
    house.settle()
    made = [received(house, staff, name, channel="hotline", topic="price") for name in (*NAMES, DECOMPOSED)]
    client = house.client("support", staff, language="vi")
    client.post(f"/v1/tickets/{made[0]['id']}/classify", {"request_type": 3}).expect(200)
    house.settle()
    monkeypatch.setattr(export, "PAGE", 2)

    answer = client.get("/v1/tickets", headers={"Accept": CSV})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''Phi%E1%BA%BFu%20y%C3%AAu%20c%E1%BA%A7u.csv")
    assert answer.raw.startswith(b"\xef\xbb\xbf")
    assert answer.raw.count(b"\r\n") == answer.raw.count(b"\n") == 6
    lines = read_csv(answer.raw)
    assert [line["Khách hàng"] for line in lines] == [DECOMPOSED_NFC, NAMES[3], f"'{NAMES[2]}", NAMES[1], NAMES[0]]
    assert {line["Số điện thoại"] for line in lines} == {"'+84912345678"}
    assert lines[-1]["Tiếp nhận lúc"] == "2026-11-24 09:00"
    assert lines[-1]["Loại yêu cầu"] == "3 – Tra cứu tình trạng dịch vụ, hàng hóa"
    assert lines[-1]["Người phụ trách"] == "Trần Văn Nữ"

    tab, sheet = read_xlsx(client.get("/v1/tickets?state=received", headers={"Accept": XLSX}).raw)
    assert [line["Khách hàng"] for line in sheet] == [DECOMPOSED_NFC, *reversed(NAMES[1:])]
    assert tab.freeze_panes == "A2"
    assert tab.column_dimensions["F"].width > 50
    row = {cell.column: cell for cell in tab[4]}
    assert row[7].value == NAMES[2]
    assert row[7].data_type == "s"  # text, never a formula
    assert sheet[0]["Tiếp nhận lúc"] == datetime(2026, 11, 24, 9, 0)  # noqa: DTZ001 - a spreadsheet knows no zones
    assert {(line["Kênh tiếp nhận"], line["Chủ đề"]) for line in sheet} == {("Đường dây nóng", "Giá cả")}


def test_a_file_speaks_the_readers_language_and_the_units_time(house: House) -> None:
    staff = house.staff(unit=SHANGHAI, locale="zh")
    received(house, staff, "王小明")
    house.settle()
    client = house.client("support", staff, language="zh")
    (line,) = read_csv(client.get("/v1/tickets", headers={"Accept": CSV}).raw)
    assert line["客户"] == "王小明"
    assert line["受理时间"] == "2026-11-24 10:00"
    english = house.client("support", staff, language="en").get("/v1/tickets", headers={"Accept": f"{CSV};q=0.9"})
    assert read_csv(english.raw)[0]["State"] == "Received"


def test_what_would_be_too_long_is_refused_with_a_sentence(house: House, monkeypatch: Any) -> None:
    staff = house.staff()
    for name in NAMES[:3]:
        received(house, staff, name)
    house.settle()
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    answer = house.client("support", staff, language="en").get("/v1/tickets", headers={"Accept": XLSX})
    assert (answer.status, answer.code) == (422, "too-many-rows")
    assert "2 rows" in answer.body["detail"]


def test_who_asks_for_anything_else_gets_json(house: House) -> None:
    client = house.client("support", house.staff())
    for accept in ("*/*", "application/json", "text/csv;q=0.1, application/json", "image/png"):
        assert client.get("/v1/tickets", headers={"Accept": accept}).body == {
            "items": [],
            "next": None,
            "previous": None,
        }


@pytest.mark.parametrize("cell", ["=1+1", "+84912345678", "-5", "@SUM(A1)", "\tx", "\rx", "  =1+1", "＝1+1"])
def test_no_cell_of_a_csv_file_begins_like_a_formula(cell: str) -> None:
    assert csv_file.safe(cell) == f"'{cell}"
    assert csv_file.safe(f"a{cell}") == f"a{cell}"


def test_a_text_that_no_cell_can_hold_is_cut_and_says_so() -> None:
    assert xlsx_file.fitting("ă" * 40_000) == "ă" * 32_766 + "…"
    assert xlsx_file.fitting("𠮷" * 20_000).endswith("𠮷…")
    assert xlsx_file.fitting("ă" * 32_767) == "ă" * 32_767
