"""A tracking record that was kept elsewhere: read whatever wrote it, judged line by line, imported once, taken back."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from services.support.importing import commands
from shared.jobs import rows, runner
from shared.kernel import errors
from shared.sheets import reading
from tests.flows.house import SHANGHAI, House
from tests.flows.promised import Office
from tests.flows.test_list_export import CSV, read_csv

VI = ",".join(
    (
        *("Nội dung yêu cầu", "Ngày yêu cầu", "Người yêu cầu", "Người xử lý", "Loại yêu cầu", "Thời gian xử lý"),
        *("Phương pháp xử lý", "Trạng thái xử lý", "Đánh giá của KH", "Mã số"),
    )
)
FORM = "Hỏi về thời gian hàng đến,10/10/2020,Lê Văn Nam,Trần Văn Nữ,2,1,Truy cập TOS và trả lời,Hoàn thành,Hài lòng,A-1"
ZH = "请求内容;请求日期;请求人;处理人;请求类别;处理时限;处理方法;客户评价"
ZH_LINE = "查询货物到港时间;2020-10-10;欧阳祥;王小明;查询服务与货物状态;1,5;查询TOS后答复;满意"


def upload(office: Office, raw: bytes, *, query: str = "", who: Any = None) -> Any:
    return office.as_(who or office.staff, language="vi").call(
        "POST", f"/v1/record-imports{query}", raw=raw, kind="application/octet-stream"
    )


def step(office: Office, id: str, verb: str, body: Any = None, who: Any = None) -> Any:
    return office.as_(who or office.staff, language="vi").post(f"/v1/record-imports/{id}/{verb}", body or {})


def imported(office: Office, raw: bytes) -> dict[str, Any]:
    made = upload(office, raw).expect(201)
    step(office, made["id"], "map", {"columns": made["columns"]}).expect(200)
    step(office, made["id"], "run").expect(200)
    office.house.settle()
    return office.as_(office.staff).get(f"/v1/record-imports/{made['id']}").expect(200)


def record(office: Office, query: str = "") -> list[dict[str, Any]]:
    return office.as_(office.staff, language="vi").get(f"/v1/record?limit=100{query}").expect(200)["items"]


def workbook(*lines: str) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line.split(","))  # type: ignore[union-attr] - a new workbook has a sheet
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_forms_own_example_is_imported_closed_with_its_nine_columns_and_tells_nobody(house: House) -> None:
    office = Office(house)
    before = len(house.events("support"))
    done = imported(office, f"{VI}\r\n{FORM}\r\n".encode("utf-8-sig"))
    assert (done["state"], done["lines"], done["bad"], done["done"]) == ("imported", 1, 0, 1)
    (line,) = record(office)
    assert (line["content"], line["request_date"]) == ("Hỏi về thời gian hàng đến", "2020-10-10")
    assert (line["requester"], line["handler"], line["request_type"]) == ("Lê Văn Nam", "Trần Văn Nữ", 2)
    assert (line["processing_hours"], line["method"]) == (1.0, "Truy cập TOS và trả lời")
    assert (line["state"], line["evaluation"], line["missing"]) == ("logged", "Hài lòng", [])
    ticket = office.ticket(line["id"])
    assert (ticket["reference"], ticket["number"][:8], ticket["clocks"]) == ("A-1", "TCK-2020", [])
    assert ticket["handler"] == f"staff:{office.staff.id}"  # the one person here with this name
    assert [entry["what"] for entry in office.trail(line["id"])["entries"]] == ["import"]
    assert len(house.events("support")) == before
    assert house.mails() == []
    assert [each["id"] for each in record(office, "&handler=văn nữ")] == [line["id"]]


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (f"{VI}\n{FORM}".encode(), "utf-8"),
        (f"{VI}\n{FORM}".replace(",", "\t").encode("utf-16"), "utf-16"),
        (unicodedata.normalize("NFD", f"{VI}\n{FORM}").encode(), "utf-8"),
        (workbook(VI, FORM), None),
    ],
    ids=["utf-8", "utf-16 with tabs", "decomposed", "xlsx"],
)
def test_names_arrive_whatever_program_wrote_them(raw: bytes, encoding: str | None) -> None:
    table = reading.read(raw)
    assert (table.encoding, list(table.headings), list(table.rows[0][1])) == (encoding, VI.split(","), FORM.split(","))


def test_old_windows_encodings_are_recognised_or_chosen(house: House) -> None:
    office = Office(house)
    table = reading.read("\r\n".join([ZH, *[ZH_LINE] * 20]).encode("gb18030"))
    assert (table.encoding, table.headings[0], table.rows[0][1][2]) == ("gb18030", "请求内容", "欧阳祥")
    vietnamese = _cp1258(f"{VI}\r\n{FORM}")
    assert reading.read(vietnamese, encoding="cp1258").rows[0][1][2] == "Lê Văn Nam"
    chosen = upload(office, vietnamese, query="?encoding=cp1258").expect(201)
    assert set(chosen["columns"]) >= {"content", "requester", "handler", "evaluation"}
    assert upload(office, b"\xff\xff\xff", query="?encoding=utf-8").code == "unreadable-file"
    done = imported(office, f"{ZH}\n{ZH_LINE}".encode())
    assert (done["bad"], done["done"]) == (0, 1)
    (line,) = record(office)
    assert (line["requester"], line["request_type"], line["processing_hours"], line["rating"]) == ("欧阳祥", 3, 1.5, 4)


def _cp1258(text: str) -> bytes:
    """As Windows writes Vietnamese: letters with their hats, tone marks behind them."""
    found = b""
    for letter in text:
        try:
            found += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            tones = [each for each in parts if each in "\u0300\u0301\u0303\u0309\u0323"]
            rest = unicodedata.normalize("NFC", "".join(each for each in parts if each not in tones))
            found += (rest + "".join(tones)).encode("cp1258")
    return found


BAD = {
    ",10/10/2020,Lê,Trần,2,1,TOS,,Hài lòng,B-1": "Nội dung yêu cầu",
    "Hỏi,32/13/2020,Lê,Trần,2,1,TOS,,Hài lòng,B-2": "Ngày yêu cầu",
    "Hỏi,10/10/2030,Lê,Trần,2,1,TOS,,Hài lòng,B-3": "Ngày yêu cầu",
    "Hỏi,10/10/2020,Lê,Trần,9,1,TOS,,Hài lòng,B-4": "Loại yêu cầu",
    "Hỏi,10/10/2020,Lê,Trần,2,lâu,TOS,,Hài lòng,B-5": "Thời gian xử lý",
    "Hỏi,10/10/2020,Lê,Trần,2,1,TOS,,Tuyệt vời,B-6": "Đánh giá của KH",
    "Hỏi,10/10/2020,Lê,Trần,2,1,TOS,,,A-1": "Mã số",
}


def test_bad_lines_say_why_stay_out_and_come_back_mended_and_a_kill_imports_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(house)
    imported(office, f"{VI}\n{FORM}".encode())
    monkeypatch.setattr(commands, "CHUNK", 4)
    good = [FORM.replace("A-1", f"G-{number}") for number in range(10)]
    made = upload(office, "\n".join([VI, *good, *BAD]).encode()).expect(201)
    assert step(office, made["id"], "run").code == "wrong-state"
    assert step(office, made["id"], "map", {"columns": {"content": 0}}).status == 422
    judged = step(office, made["id"], "map", {"columns": made["columns"]}).expect(200)
    assert (judged["lines"], judged["bad"], judged["done"]) == (17, 7, 0)
    assert len(record(office)) == 1  # a dry run imports nothing
    refused = step(office, made["id"], "run", who=office.executive)
    assert (refused.status, refused.code) == (403, "letter-missing")
    elsewhere = house.staff(unit=SHANGHAI)
    house.settle()
    assert step(office, made["id"], "run", who=elsewhere).status == 404
    step(office, made["id"], "run").expect(200)

    database = house.process.databases["support"]
    (task,) = rows.next_due(database, limit=5)
    runner.run(database, {commands.RUN: _dying()}, task, house._resources)
    assert len(record(office)) == 1  # what was not committed is not there
    house.time.move(timedelta(minutes=5))
    house.settle()
    done = office.as_(office.staff).get(f"/v1/record-imports/{made['id']}").expect(200)
    assert (done["state"], done["done"]) == ("imported", 10)
    assert len(record(office)) == 11

    path = f"/v1/record-imports/{made['id']}/lines?bad=true"
    errors_ = office.as_(office.staff, language="vi").get(path, headers={"Accept": CSV})
    lines = read_csv(errors_.raw)
    for line, column in zip(lines, BAD.values(), strict=True):
        assert line["Lỗi"].startswith(f"{column}: ")
    mended = errors_.raw.decode("utf-8-sig").replace("32/13/2020", "12/10/2020").encode()
    again = imported(office, mended)
    assert (again["lines"], again["bad"], again["done"]) == (7, 6, 1)


def _dying() -> rows.Task:
    """The task, killed after it has written and before it has committed."""

    def run(job: Any, import_id: str) -> None:
        with job.database.work(actor="system:support") as work:
            commands.take(work, import_id)
            raise errors.DatabaseAway

    return rows.Task(commands.RUN, run)


def test_an_import_is_taken_back_whole_within_a_day_and_not_once_it_was_touched(house: House) -> None:
    office = Office(house)
    first = imported(office, f"{VI}\n{FORM}".encode())
    (line,) = record(office)
    undone = step(office, first["id"], "undo").expect(200)
    assert (undone["state"], undone["done"], record(office)) == ("undone", 0, [])
    assert office.as_(office.staff).get("/v1/tickets?q=Nam").expect(200)["items"] == []
    assert office.as_(office.lead).get(f"/v1/tickets/{line['id']}").status == 404
    second = imported(office, f"{VI}\n{FORM}".encode())
    assert second["done"] == 1  # its number is free again
    house.time.move(timedelta(hours=24, seconds=1))
    assert step(office, second["id"], "undo").code == "import-too-old"


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(house: House) -> None:
    office = Office(house)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 30_000_000)
    for raw, why in ((bomb.getvalue(), "giải nén"), (b"PK\x03\x04nonsense", "không phải"), (b" \n", "trống")):
        refused = upload(office, raw)
        assert (refused.status, refused.code) == (422, "unreadable-file")
        assert why in refused.body["detail"]
