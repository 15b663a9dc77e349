"""What the directory says of people and days, and what the promises make of it: substitutes, absences, roles elsewhere,
a role taken away meanwhile, closures, official years, the regulation on authority, saved views."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.gateway.directory.official_year import commands as years
from shared.kernel import moment
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer
from tests.flows.promised import DONE, HOUR, Office

TODAY = {"since": "2026-11-24", "until": "2026-11-24"}
WORKING = """
id: working-hours
version: "1"
title: {vi: Giờ làm việc, zh: 工作时间, en: Working hours}
flow: support.ticket
units: [hai-phong]
calendar: {country: VN, hours: {mon-fri: ["08:00-12:00", "13:30-17:30"]}}
roles: {staff: Nhân viên, lead: Lãnh đạo}
raci:
  receive: {staff: R}
  classify: {staff: R}
  support: {staff: R, lead: R}
  hand_over: {lead: R}
  log: {staff: R}
clocks:
  classify:
    {from: support.ticket.received, until: support.ticket.classified, within: 3wd, on: working, owes: staff,
     ladder: [{at: 100%, tell: lead}]}
  answer:
    {from: support.ticket.classified, until: support.ticket.completed, within: by_type, on: working, owes: staff,
     ladder: [{at: 100%, tell: lead}]}
request_types:
  - {code: 3, title: {vi: Tra cứu, zh: 查询, en: Status}, within: 8h, criteria: {vi: a, zh: a, en: a},
     script: {vi: a, zh: a, en: a}}
authority: {3: [staff, lead]}
pauses: {client: {vi: Chờ khách, zh: 等客户, en: Waiting for the client}}
"""


class Directory:
    """The directory's API as the administrator of the company uses it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.admin = house.staff("admin", unit=COMPANY, name="Quản Trị")
        house.settle()

    def try_(self, path: str, body: dict[str, Any], who: tokens.Caller | None = None, method: str = "POST") -> Answer:
        answer = self.house.client("gateway", who or self.admin).call(method, f"/v1/{path}", body=body)
        self.house.settle()
        return answer

    def do(self, path: str, body: dict[str, Any], *, method: str = "POST") -> dict[str, Any]:
        answer = self.try_(path, body, method=method)
        assert answer.status in (200, 201), answer.body
        return answer.body


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


@pytest.fixture
def directory(house: House) -> Directory:
    return Directory(house)


# ---- people


def test_a_substitute_acts_in_the_others_stead_and_both_names_stay(office: Office, directory: Directory) -> None:
    helper = office.house.staff("staff", unit=SHANGHAI, name="王帮忙")
    office.house.settle()
    id = office.brought_to("complete")
    assert office.as_(helper).get(f"/v1/tickets/{id}").status == 404
    directory.do("absences", {"person": office.lead.id, **TODAY})
    directory.do("substitutes", {"absent": office.lead.id, "substitute": helper.id, **TODAY})

    desk = office.as_(helper).get("/v1/desk").expect(200)["items"]
    waiting = [(item["of"]["id"], item["verbs"]) for item in desk if item["of"]["kind"] == "support.ticket"]
    assert waiting == [(id, ["hand_over"])]
    assert "hand_over" in office.ticket(id, helper)["possible"]
    office.do("hand_over", id, helper)
    event = office.house.events("support", "support.ticket.handed_over")[-1]
    assert (event["actor"], event["onbehalfof"]) == (helper.actor, office.lead.actor)
    entry = next(each for each in office.trail(id)["entries"] if each["what"] == "handed_over")
    assert (entry["actor"], entry["on_behalf_of"]) == (helper.actor, office.lead.actor)

    office.house.pass_time(timedelta(days=1))  # the day after, it is over
    assert office.as_(helper).get(f"/v1/tickets/{id}").status == 404
    assert office.as_(helper).get("/v1/desk").expect(200)["items"] == []


def test_what_the_absent_would_be_told_their_substitute_is_told(office: Office, directory: Directory) -> None:
    helper = office.house.staff("staff", name="Thay Thế")
    office.house.settle()
    directory.do("absences", {"person": office.lead.id, **TODAY})
    directory.do("substitutes", {"absent": office.lead.id, "substitute": helper.id, **TODAY})
    id = office.receive()
    office.house.pass_time(timedelta(minutes=31))
    assert office.rungs(id, "classify")[-1]["told"] == {"lead": [helper.id]}
    given = office.do("assign", office.brought_to("classify"), office.staff, to=office.lead.id)
    assert given["owner"] == helper.id  # nothing is given to who is away


def test_two_substitutes_of_one_person_do_not_overlap(office: Office, directory: Directory) -> None:
    first, second = office.staff, office.executive
    named = {"absent": office.lead.id, "since": "2026-11-24", "until": "2026-11-30"}
    made = directory.do("substitutes", {**named, "substitute": first.id})
    for since, until in (("2026-11-30", "2026-12-05"), ("2026-11-20", "2026-11-24"), ("2026-11-25", "2026-11-26")):
        other = {"absent": office.lead.id, "substitute": second.id, "since": since, "until": until}
        refused = directory.try_("substitutes", other)
        assert (refused.status, refused.code) == (409, "substitute-overlaps")
        assert first.name in refused.body["detail"]
    directory.do("substitutes", {**named, "substitute": second.id, "since": "2026-12-01", "until": "2026-12-05"})
    directory.do(f"substitutes/{made['id']}/take_back", {})
    directory.do("substitutes", {**named, "substitute": second.id})
    own = directory.try_("substitutes", {**named, "absent": first.id, "substitute": first.id})
    assert own.code == "own-substitute"


def test_of_two_overlapping_substitutes_at_once_one_is_refused(house_on_either: House) -> None:
    directory = Directory(house_on_either)
    absent, first, second = (house_on_either.staff("lead", name=f"Người {n}") for n in range(3))
    house_on_either.settle()
    answers: list[Answer] = []
    ready = threading.Barrier(2)

    def name(substitute: tokens.Caller) -> None:
        client = house_on_either.client("gateway", directory.admin)
        body = {"absent": absent.id, "substitute": substitute.id, **TODAY}
        ready.wait(timeout=30)
        answers.append(client.post("/v1/substitutes", body))

    threads = [threading.Thread(target=name, args=(each,)) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answer.status for answer in answers) == [201, 409]


def test_roles_in_another_unit_hold_there_until_they_are_ended(office: Office, directory: Directory) -> None:
    person = office.house.staff("staff", unit=SHANGHAI, name="两地")
    office.house.settle()
    id, later = office.brought_to("complete"), office.brought_to("complete")
    made = directory.do("memberships", {"person": person.id, "unit": HAI_PHONG, "roles": ["lead"]})
    office.do("hand_over", id, person)
    assert office.as_(person).get("/v1/desk").expect(200)["items"]
    directory.do(f"memberships/{made['id']}/end", {})
    assert office.try_("hand_over", later, person).status == 404
    assert office.as_(person).get("/v1/desk").expect(200)["items"] == []


def test_a_role_taken_away_while_somebody_acts_counts_no_more_at_the_next_verb(
    office: Office, directory: Directory
) -> None:
    id = office.brought_to("complete")
    seen = office.ticket(id)  # the lead has the page open, and a token that still names the role
    assert "hand_over" in seen["possible"]
    directory.do(f"staff/{office.lead.id}", {"roles": ["staff"]}, method="PATCH")
    before = office.house.snapshot("support")
    refused = office.try_("hand_over", id, office.lead)
    assert (refused.status, refused.code) == (403, "letter-missing")
    assert office.house.snapshot("support") == before


def test_who_has_left_sees_and_does_nothing_even_with_a_token_that_is_still_good(
    office: Office, directory: Directory
) -> None:
    id = office.brought_to("complete")
    directory.do(f"staff/{office.lead.id}/deactivate", {})
    assert office.try_("hand_over", id, office.lead).status == 404
    assert office.as_(office.lead).get(f"/v1/tickets/{id}").status == 404
    assert office.as_(office.lead).get("/v1/clocks").expect(200)["items"] == []


# ---- the regulation on authority


def test_a_regulation_with_dates_is_stronger_than_the_playbooks_table(office: Office, directory: Directory) -> None:
    promised = {"request_type": 4, "promised_at": moment.text(office.now + 50 * HOUR)}
    before = office.brought_to("classify", **promised)
    assert office.try_("complete", before, office.staff, **DONE).code == "authority-missing"
    row = {"unit": COMPANY, "request_type": 4, "roles": ["staff"], "since": "2026-11-25", "until": "2026-11-25"}
    made = directory.do("authority", row)
    assert office.try_("complete", before, office.staff, **DONE).code == "authority-missing"  # not yet

    office.house.pass_time(timedelta(days=1))
    assert office.try_("complete", before, office.lead, **DONE).code == "authority-missing"  # the table is replaced
    mine = office.brought_to("classify", **promised)
    assert (office.ticket(mine)["owner"], office.clock(mine, "handle")["owes"]) == (office.staff.id, "staff")
    own = {**row, "unit": HAI_PHONG, "roles": ["lead"]}
    nearer = directory.do("authority", own)  # the branch's own rule is stronger than the company's
    assert office.try_("complete", mine, office.staff, **DONE).code == "authority-missing"
    directory.do(f"authority/{nearer['id']}/take_back", {})
    office.do("complete", mine, office.staff, **DONE)
    directory.do(f"authority/{made['id']}/take_back", {})
    assert office.try_("complete", before, office.staff, **DONE).code == "authority-missing"
    office.do("complete", before, office.lead, **DONE)


# ---- days


@pytest.fixture
def working(tmp_path: Path, migrated_home: Path) -> Iterator[Office]:
    """A branch whose promises run on working time, under an operator's own playbook."""
    import shutil

    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "working-hours.yaml").write_text(WORKING, encoding="utf-8")
    home = tmp_path / "home"
    shutil.copytree(migrated_home / "data", home / "data")
    with House(home, playbooks=folder) as made:
        yield Office(made)


def test_a_closure_moves_open_promises_and_says_old_and_new(working: Office) -> None:
    directory, id = Directory(working.house), working.receive()
    was = working.due(id, "classify")
    assert was == moment.parse("2026-11-27T10:30:00Z")  # three days from Wednesday on: the 24th is a day off since 2026
    closed = directory.do(
        "closures", {"unit": HAI_PHONG, "since": "2026-11-25", "until": "2026-11-26", "reason": "Bão số 9"}
    )
    now = working.due(id, "classify")
    assert now == moment.parse("2026-12-01T10:30:00Z")
    event = working.house.events("support", "support.clock.repriced")[-1]["data"]
    assert (moment.parse(event["due_before"]), moment.parse(event["due_at"])) == (was, now)
    (change,) = working.explain(id, "classify")["changes"]
    assert (change["what"], moment.parse(change["due_before"]), moment.parse(change["due_after"])) == (
        "repriced",
        was,
        now,
    )
    entry = working.trail(id)["entries"][-1]
    assert (entry["what"], moment.parse(entry["facts"]["due_before"])) == ("clock.repriced", was)
    directory.do(f"closures/{closed['id']}/take_back", {})
    assert working.due(id, "classify") == was


def test_a_declared_official_year_moves_open_promises_and_ends_their_being_provisional(working: Office) -> None:
    directory, id = Directory(working.house), working.receive()
    was = working.due(id, "classify")
    assert working.clock(id, "classify")["provisional"] is True
    refused = directory.try_(
        "official-years", {"country": "VN", "year": 2026, "off": ["2026-11-24", "2026-11-25"]}, working.staff
    )
    assert refused.status == 403
    directory.do("official-years", {"country": "VN", "year": 2026, "off": ["2026-11-24", "2026-11-25"]})
    assert working.due(id, "classify") == was + timedelta(days=3)  # Friday becomes Monday
    assert working.clock(id, "classify")["provisional"] is False
    assert len(working.house.events("support", "support.clock.repriced")) == 1
    directory.do(
        "official-years", {"country": "VN", "year": 2026, "off": ["2026-11-24", "2026-11-25"]}
    )  # said again: nothing moves
    assert len(working.house.events("support", "support.clock.repriced")) == 1


def test_a_procedure_names_its_clocks_as_it_likes(working: Office) -> None:
    id = working.receive()
    working.do("classify", id, request_type=3)
    assert working.due(id, "answer") == moment.parse("2026-11-25T10:30:00Z")
    working.do("assign", id, working.lead, to=working.staff.id)
    working.do("pause", id, reason="client", evidence="Thư")
    assert working.clock(id, "answer")["state"] == "paused"
    working.do("resume", id)
    working.do("take_over", id, working.lead, reason="Vì")
    assert working.clock(id, "answer")["owed_by"] == working.lead.id
    working.do("complete", id, working.lead)
    assert working.clock(id, "answer")["state"] == "stopped"


def test_years_are_proposed_from_the_library_for_every_country_that_somebody_works_in(directory: Directory) -> None:
    years = directory.house.client("gateway", directory.admin).get("/v1/official-years").expect(200)
    assert {(year["country"], year["year"]) for year in years} >= {
        (country, number) for country in ("VN", "CN") for number in (2025, 2026, 2027)
    }
    assert not any(year["official"] for year in years)
    tet = next(year for year in years if (year["country"], year["year"]) == ("VN", 2026))
    assert {"2026-02-17", "2026-04-30", "2026-05-01", "2026-09-02"} <= set(tet["off"])


def test_a_countrys_year_belongs_to_the_operator_once_several_companies_work_there(working: Office) -> None:
    house, directory, id = working.house, Directory(working.house), working.receive()
    was = working.due(id, "classify")
    house.unit("son-ca", title="Sơn Ca", parent=None, kind="company")
    year = {"country": "VN", "year": 2026, "off": ["2026-11-24", "2026-11-25"]}
    refused = directory.try_("official-years", year)
    assert (refused.status, refused.body["type"]) == (403, "urn:steward:problem:shared-year")
    assert "steward year" in refused.body["detail"]
    assert working.due(id, "classify") == was
    directory.do("official-years", {**year, "country": "CN"})  # nobody else works there
    with house.work("gateway", "system:operator") as work:
        years.declare(work, country="VN", year=2026, off=(date(2026, 11, 24), date(2026, 11, 25)), made_up={})
    house.settle()
    assert working.due(id, "classify") == was + timedelta(days=3)


def test_why_somebody_is_away_is_read_by_themselves_their_lead_and_the_administrator(
    office: Office, directory: Directory
) -> None:
    house, person = office.house, office.staff
    elsewhere = house.staff("lead", unit=SHANGHAI, name="王远")
    entered = house.client("gateway", person).post(
        "/v1/absences", {"person": person.id, **TODAY, "reason": "Khám bệnh"}
    )
    assert entered.expect(201)["reason"] == "Khám bệnh"
    house.settle()

    def told(who: tokens.Caller) -> set[str | None]:
        api = house.client("gateway", who)
        one = api.get(f"/v1/absences/{entered.body['id']}").expect(200)
        (listed,) = api.get(f"/v1/absences?person={person.id}").expect(200)["items"]
        return {one["reason"], listed["reason"]}

    assert told(person) == told(office.lead) == told(directory.admin) == {"Khám bệnh"}
    colleague = house.staff("staff", unit=HAI_PHONG, name="Đồng Nghiệp")
    assert told(colleague) == told(elsewhere) == {None}
    directory.do("memberships", {"person": elsewhere.id, "unit": HAI_PHONG, "roles": ["lead"]})
    assert told(elsewhere) == {"Khám bệnh"}


# ---- saved views


def test_a_view_is_saved_under_its_name_and_is_its_owners_alone(office: Office) -> None:
    house = office.house
    mine, theirs = house.client("gateway", office.staff), house.client("gateway", office.lead)
    view = {"list": "support.tickets", "name": "Trễ hạn", "query": "state=classified"}
    mine.post("/v1/views", view).expect(201)
    saved = mine.post("/v1/views", {**view, "query": "state=received"}).expect(201)
    assert [each["query"] for each in mine.get("/v1/views").expect(200)] == ["state=received"]
    assert theirs.get("/v1/views").expect(200) == []
    assert theirs.call("DELETE", f"/v1/views/{saved['id']}").status == 404
    assert mine.call("DELETE", f"/v1/views/{saved['id']}").status == 204
    assert mine.get("/v1/views").expect(200) == []


def test_a_shared_view_is_the_units_to_use_and_its_owners_or_a_leads_to_change(office: Office) -> None:
    house = office.house
    colleague, elsewhere = house.staff(name="Đồng Nghiệp"), house.staff(unit=SHANGHAI)
    house.settle()
    mine, theirs = house.client("gateway", office.staff), house.client("gateway", colleague, language="en")
    lead, far = house.client("gateway", office.lead), house.client("gateway", elsewhere)
    view = {"list": "support.tickets", "name": "Chờ khách", "query": "state=waiting", "shared": True}
    saved = mine.post("/v1/views", view).expect(201)
    (seen,) = theirs.get("/v1/views").expect(200)
    assert (seen["name"], seen["shared"], seen["changeable"], seen["owner"]) == (
        "Chờ khách", True, False, office.staff.id)  # fmt: skip
    assert far.get("/v1/views").expect(200) == []
    assert far.post(f"/v1/views/{saved['id']}/rename", {"name": "?"}).status == 404
    refused = theirs.post(f"/v1/views/{saved['id']}/rename", {"name": "?"})
    assert (refused.status, refused.code) == (403, "view-of-somebody-else")
    assert theirs.call("DELETE", f"/v1/views/{saved['id']}").status == 403
    assert lead.post(f"/v1/views/{saved['id']}/rename", {"name": "Đợi khách"}).expect(200)["owner"] == office.staff.id
    assert [each["name"] for each in mine.get("/v1/views").expect(200)] == ["Đợi khách"]


def test_a_deleted_view_is_brought_back_unless_another_took_its_name(office: Office) -> None:
    client = office.house.client("gateway", office.staff)
    view = {"list": "support.tickets", "name": "Trễ hạn", "query": "clock=late"}
    first = client.post("/v1/views", view).expect(201)["id"]
    assert client.post(f"/v1/views/{first}/restore").status == 404  # it is there
    assert client.call("DELETE", f"/v1/views/{first}").status == 204
    assert client.post(f"/v1/views/{first}/rename", {"name": "?"}).status == 404
    assert client.post(f"/v1/views/{first}/restore").expect(200)["query"] == "clock=late"
    assert [each["id"] for each in client.get("/v1/views").expect(200)] == [first]
    other = client.post("/v1/views", {**view, "name": "Khác"}).expect(201)["id"]
    taken = client.post(f"/v1/views/{other}/rename", {"name": "Trễ hạn"})
    assert (taken.status, taken.code) == (409, "view-name-taken")
    assert client.call("DELETE", f"/v1/views/{first}").status == 204
    client.post(f"/v1/views/{other}/rename", {"name": "Trễ hạn"}).expect(200)
    assert client.post(f"/v1/views/{first}/restore").status == 404


def test_what_was_deleted_a_month_ago_is_gone(office: Office) -> None:
    house, client = office.house, office.house.client("gateway", office.staff)
    view = {"list": "support.tickets", "name": "Cũ", "query": ""}
    old = client.post("/v1/views", view).expect(201)["id"]
    assert client.call("DELETE", f"/v1/views/{old}").status == 204
    house.time.move(timedelta(days=31))
    house.client("gateway", office.staff).post("/v1/views", {**view, "name": "Mới"}).expect(201)
    assert house.client("gateway", office.staff).post(f"/v1/views/{old}/restore").status == 404
