"""People from a file: names as they are written, every fault by line and column, all lines or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.gateway.directory.staff import importing, sheet, tables
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, House
from tests.flows.house_http import Answer

HEAD = "name,mail,unit,roles,locale\n"
GOOD = HEAD + (
    "Nguyễn Thị Hường,Huong.Nguyen@example.com,hai-phong,staff lead,vi\n"
    "王小明,wang@example.com,thuong-hai,staff,zh\n"
    "Siobhán O'Brien,siobhan@example.com,hai-phong,,\n"
)


def send(
    house: House, text: str | bytes, *, dry_run: bool = False, who: tokens.Caller | None = None, **more: Any
) -> Answer:
    admin = house.client("gateway", who or house.staff("staff", "admin"), language="en")
    raw = text if isinstance(text, bytes) else text.encode()
    return admin.call("POST", f"/v1/staff/import?dry_run={dry_run}", raw=raw, kind="text/csv", **more)


def people(house: House) -> dict[str, tuple[Any, ...]]:
    s = tables.staff.c
    with house.work("gateway") as work:
        rows = work.execute(sa.select(s.mail, s.name, s.unit, s.roles, s.locale)).all()
    return {row.mail.lower(): (row.name, row.unit, tuple(row.roles), row.locale) for row in rows}


@pytest.mark.parametrize("text", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace(",", ";")])
def test_names_arrive_as_they_are_written_however_the_file_was_saved(house: House, text: str) -> None:
    answer = send(house, text).expect(200)
    assert (answer["added"], answer["changed"], answer["faults"]) == (3, 0, [])
    found = people(house)
    assert found["huong.nguyen@example.com"] == ("Nguyễn Thị Hường", HAI_PHONG, ("staff", "lead"), "vi")
    assert found["wang@example.com"] == ("王小明", "thuong-hai", ("staff",), "zh")
    assert found["siobhan@example.com"] == ("Siobhán O'Brien", HAI_PHONG, ("staff",), "vi")


def test_new_people_are_mailed_a_link_to_choose_a_password(house: House) -> None:
    send(house, GOOD).expect(200)
    house.settle()
    (letter,) = house.mails(to="wang@example.com")
    assert letter.language.startswith("zh")


def test_a_known_mail_address_is_changed_and_what_is_left_empty_stays(house: House) -> None:
    send(house, GOOD).expect(200)
    again = (
        HEAD + "Nguyễn Thị Hương,huong.nguyen@example.com,hai-phong,,\n王小明,wang@example.com,thuong-hai,staff,zh\n"
    )
    answer = send(house, again).expect(200)
    assert (answer["added"], answer["changed"], answer["unchanged"]) == (0, 1, 1)
    assert people(house)["huong.nguyen@example.com"] == ("Nguyễn Thị Hương", HAI_PHONG, ("staff", "lead"), "vi")


FAULTY = HEAD + (
    "Lê Văn Nam,nam@example.com,hai-phong,staff,vi\n"
    ",nam2@example.com,hai-phong,staff,vi\n"
    "Lê Nam,nam@,hai-phong,staff,vi\n"
    "Lê Nam,nam4@example.com,nowhere,staff,vi\n"
    "Lê Nam,nam5@example.com,hai-phong,boss,vi\n"
    "Lê Nam,nam6@example.com,hai-phong,staff,fr\n"
    "Lê Nam,NAM@example.com,hai-phong,staff,vi\n"
    '"=HYPERLINK(""x"")",nam8@example.com,hai-phong,staff,vi\n'
    "Lê Nam,nam9@example.com,hai-phong,staff,vi,more\n"
)
WRONG = [
    (3, "name"),
    (4, "mail"),
    (5, "unit"),
    (6, "roles"),
    (7, "locale"),
    (8, "mail"),
    (9, "name"),
    (10, None),
]


def test_a_dry_run_names_every_fault_by_line_and_column_and_writes_nothing(house: House) -> None:
    admin = house.staff("staff", "admin")
    before = house.snapshot("gateway")
    answer = send(house, FAULTY, dry_run=True, who=admin).expect(200)
    assert [(each["line"], each["column"]) for each in answer["faults"]] == WRONG
    assert answer["added"] == 1
    assert "line 2" in answer["faults"][5]["why"]
    assert house.snapshot("gateway") == before


def test_a_file_with_a_fault_is_not_taken_in_at_all(house: House) -> None:
    answer = send(house, FAULTY)
    assert (answer.status, answer.code) == (422, "faulty-file")
    assert sorted(answer.body["errors"], key=lambda line: int(line.split()[1])) == [f"line {line}" for line, _ in WRONG]
    assert "nam@example.com" not in people(house)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD.encode("utf-16"), "not-utf-8"),
        (HEAD.encode() + "Nguyễn,a@example.com,hai-phong,,\n".encode("cp1258", "replace") + b"\xc3(", "not-utf-8"),
        (b"", "wrong-columns"),
        (b"name,mail\nA,a@example.com\n", "wrong-columns"),
        (b"name,mail,unit,salary\n", "wrong-columns"),
        (b"name,mail,unit,mail\n", "wrong-columns"),
        (b'name,mail,unit\n"Lan,lan@example.com,hai-phong\n', "not-csv"),
        (HEAD.encode() + b"A,a@example.com,hai-phong,,\n" * (sheet.MOST_LINES + 1), "too-many-lines"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(house: House, data: bytes, code: str) -> None:
    answer = send(house, data, dry_run=True)
    assert (answer.status, answer.code) == (422, code)


def test_somebody_of_another_company_is_neither_changed_nor_shown(house: House) -> None:
    house.unit("sao-mai", title="Sao Mai", parent=None, kind="company")  # type: ignore[arg-type]
    with house.work("gateway") as work:
        importing.take(work, (HEAD + "Mai,mai@example.com,sao-mai,staff,vi\n").encode(), company="sao-mai")
    answer = send(house, HEAD + "Hoa,mai@example.com,hai-phong,staff,vi\nLan,lan@example.com,sao-mai,staff,vi\n")
    assert answer.status == 422
    assert answer.body["errors"] == {
        "line 2": {"mail": ["Somebody has this mail address already."]},
        "line 3": {"unit": ["There is no such unit."]},
    }
    assert people(house)["mai@example.com"] == ("Mai", "sao-mai", ("staff",), "vi")


def test_the_last_administrator_stays_one_but_two_may_change_places(house: House) -> None:
    with house.work("gateway") as work:
        first = HEAD + f"An,an@example.com,{COMPANY},staff admin,vi\nBa,ba@example.com,{COMPANY},staff,vi\n"
        importing.take(work, first.encode(), company=COMPANY)
    with house.work("gateway") as work, pytest.raises(importing.FaultyFile) as refused:
        importing.take(work, (HEAD + f"An,an@example.com,{COMPANY},staff,vi\n").encode(), company=COMPANY)
    assert set(refused.value.fields) == {"line 2"}
    swapped = HEAD + f"An,an@example.com,{COMPANY},staff,vi\nBa,ba@example.com,{COMPANY},staff admin,vi\n"
    with house.work("gateway") as work:
        importing.take(work, swapped.encode(), company=COMPANY)
    assert people(house)["ba@example.com"][2] == ("staff", "admin")


def test_only_administrators_may_and_only_with_a_csv_file(house: House) -> None:
    lead = house.client("gateway", house.staff("staff", "lead"))
    assert lead.call("POST", "/v1/staff/import", raw=GOOD.encode(), kind="text/csv").status == 403
    admin = house.client("gateway", house.staff("staff", "admin"))
    assert admin.call("POST", "/v1/staff/import", raw=b"{}", kind="application/json").status == 415


def test_an_example_file_can_be_read(tmp_path: Path) -> None:
    rows, faults = sheet.read(GOOD.encode())
    assert (len(rows), faults) == (3, [])
    assert [row.line for row in rows] == [2, 3, 4]
