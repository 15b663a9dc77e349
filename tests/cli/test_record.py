"""The tracking record as files that the IT department keeps."""

from __future__ import annotations

import csv
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.runtime.cli import shape
from tests.cli.house import House
from tests.flows.house import HAI_PHONG, SHANGHAI
from tests.flows.house import House as Flows
from tests.flows.promised import REQUESTER, Office

THEN = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # 23:30 of the year in Hai Phong, and of the next one in Shanghai


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _states(house: House, folder: Path) -> tuple[int, dict[str, str]]:
    done = house.run("record", "check", str(folder), "--json")
    return done.code, {row["file"]: row["state"] for row in done.json}


@pytest.mark.rule("S004-166")
def test_the_record_is_kept_at_it_as_files_that_are_whole_readable_without_us_and_checked(
    prepared: Path, empty: House, tmp_path: Path
) -> None:
    shutil.copytree(prepared, empty.home)
    kept, here, there = tmp_path / "kept", "hai-phong-2026.csv", "thuong-hai-2027.csv"
    with Flows(empty.home, start=THEN) as flows:
        office, abroad = Office(flows), flows.staff("staff", unit=SHANGHAI)
        flows.settle()
        number = office.ticket(office.brought_to("log"))["number"]
        asked = {"content": "=货物什么时候到港?", "requester": {"name": "王小明", "phones": ["+8613800138000"]}}
        flows.client("support", abroad).post("/v1/tickets", asked).expect(201)
    done = empty.run("record", "keep", str(kept), "--json")
    assert (done.code, {row["file"]: row["lines"] for row in done.json}) == (shape.OK, {here: 1, there: 1})

    (line,) = _read(kept / here)
    assert list(line)[:9] == [
        *("Nội dung yêu cầu", "Ngày yêu cầu", "Người yêu cầu", "Người xử lý", "Loại yêu cầu", "Thời gian xử lý"),
        *("Phương pháp xử lý", "Trạng thái xử lý", "Đánh giá của KH"),
    ]
    assert list(line.values())[:10] == [
        *("Lô hàng của tôi bao giờ đến cảng?", "2026-12-31", "Nguyễn Thị Ánh", "Trần Văn Nữ"),
        *("3 – Tra cứu tình trạng dịch vụ, hàng hóa", "1.0", "Tra cứu TOS", "Đã ghi hồ sơ", "Rất hài lòng", number),
    ]
    (other,) = _read(kept / there)
    assert (other["请求内容"], other["请求日期"]) == ("'=货物什么时候到港?", "2027-01-01")
    sums = (kept / "SHA256SUMS").read_text().splitlines()
    assert sums == [f"{hashlib.sha256((kept / name).read_bytes()).hexdigest()}  {name}" for name in (here, there)]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept.iterdir())
    assert _states(empty, kept) == (shape.OK, {here: "kept", there: "kept"})

    with Flows(empty.home, start=THEN) as flows:
        asked = {**REQUESTER, "unit": HAI_PHONG, "content": "Cước phí đi Busan?"}
        flows.client("support").post("/v1/public/requests", asked).expect(201)
    assert _states(empty, kept) == (shape.OK, {here: "changed since", there: "kept"})
    assert empty.run("record", "keep", str(kept)).code == shape.OK
    assert len(_read(kept / here)) == 2
    (kept / there).write_bytes((kept / there).read_bytes().replace(b"2027-01-01", b"2027-01-02"))
    (kept / here).unlink()
    assert _states(empty, kept) == (shape.FOUND, {here: "missing", there: "damaged"})
    assert empty.run("record", "keep", str(kept)).code == shape.OK
    assert _states(empty, kept)[0] == shape.OK


def test_without_a_request_there_is_nothing_to_keep(house: House, tmp_path: Path) -> None:
    done = house.run("record", "keep", str(tmp_path / "kept"))
    assert (done.code, done.out.strip()) == (shape.OK, "There is no request yet, so nothing to keep.")
    assert house.run("record", "check", str(tmp_path / "none"), "--json").json == []
