"""Who may do what with a support request: the RACI table of the procedure, role by role and verb by verb, the authority
for the kind of request, and what a refusal says in each language."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.kernel import moment
from shared.playbook import reading
from shared.runtime import manifest
from shared.web import tokens
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer
from tests.flows.promised import CONTENT, DONE, HOUR, REQUESTER, Office, install

VIMC, _ = reading.read(reading.PACKAGED / "vimc-support.yaml", manifest.flows(manifest.load("support")))
assert VIMC is not None
ROLES = VIMC.roles
NAMES = {role: names["en"] for role, names in ROLES.items()}
"""The roles in the words of the procedure."""


@dataclass
class Table:
    """Tickets in every state, and what each role is answered."""

    office: Office
    people: dict[str, tokens.Caller] = field(default_factory=dict)

    def __post_init__(self) -> None:
        office = self.office
        self.people = {"staff": office.staff, "lead": office.lead, "executive": office.executive}
        self.people["none"] = office.house.staff("admin", name="Không Vai Trò")  # employed, without any letter
        office.house.settle()

    def fresh(self, verb: str) -> tuple[str, dict[str, Any]]:
        """A ticket on which the verb is possible now, and a good body."""
        office, later = self.office, moment.text(self.office.now + HOUR)
        if verb == "classify":
            return office.receive(), {"request_type": 3}
        if verb in ("assign", "complete", "escalate", "take_over"):
            bodies = {
                "assign": {"to": office.staff.id},
                "complete": DONE,
                "escalate": {"to": office.executive.id, "reason": "Ngoài thẩm quyền", "promised_at": later},
                "take_over": {"reason": "Nhân viên quá tải"},
            }
            return office.brought_to("classify"), bodies[verb]
        if verb in ("pause", "resume"):
            id = office.brought_to("classify")
            office.do("assign", id, to=office.staff.id)
            waiting: dict[str, Any] = {"reason": "client", "evidence": "Thư ngày 24/11"}
            if verb == "resume":
                office.do("pause", id, **waiting)
                return id, {}
            return id, waiting
        return office.brought_to({"hand_over": "complete", "log": "confirm"}[verb]), {}

    def ask(self, verb: str, id: str, body: dict[str, Any], role: str, *, language: str | None = None) -> Answer:
        """The verb as somebody in this role; nothing else happens in between."""
        client = self.office.as_(self.people[role], language=language)
        return client.post(f"/v1/tickets/{id}/{verb}", body)

    def check(self, verb: str, *allowed: str, code: str = "letter-missing", by: tuple[str, ...] = ()) -> None:
        """Every role tries: the others are refused first, told whom to ask, and change nothing; then the allowed."""
        others = [role for role in self.people if role not in allowed]
        id, body = self.fresh(verb)
        before = self.office.house.snapshot("support")
        for role in others:
            refused = self.ask(verb, id, body, role, language="en")
            assert (refused.status, refused.code) == (403, code), (verb, role, refused.body)
            for name in by or allowed:
                assert NAMES[name] in refused.body["detail"], (verb, role, refused.body)
            seen = self.office.ticket(id, self.people[role])
            assert verb not in seen["possible"]
            assert seen["not_possible"][verb]
        assert self.office.house.snapshot("support") == before
        for number, role in enumerate(allowed):
            if number:
                id, body = self.fresh(verb)
            assert verb in self.office.ticket(id, self.people[role])["possible"]
            self.ask(verb, id, body, role).expect(200)
            self.office.house.settle()


@pytest.fixture
def table(house: House) -> Table:
    return Table(Office(house))


@pytest.mark.rule("S004-47", "S004-59")
def test_every_employee_may_receive_a_request_and_the_lead_and_the_executive_are_told(table: Table) -> None:
    house, office = table.office.house, table.office
    people = {**table.people, "on-call": house.staff("on-call"), "executive": house.staff("executive", name="A")}
    house.settle()
    body = {"channel": "hotline", "content": CONTENT, "requester": REQUESTER}
    for who in people.values():
        office.as_(who).post("/v1/tickets", body).expect(201)
        house.settle()
        said = house.events("support", "support.ticket.received")[-1]["data"]["people"]
        assert said["responsible"] == [office.staff.id]
        assert said["informed"] == [office.lead.id, people["executive"].id]  # the branch's own, not the company's
        assert said["accountable"] == said["consulted"] == []
    before = house.snapshot("support")
    for stranger, status, says in (
        (house.system("tos", "inbound"), 403, "a system token with the scope tickets"),
        (None, 401, "Sign in first"),
    ):
        refused = house.client("support", stranger, language="en").post("/v1/tickets", body)
        assert refused.status == status
        assert says in refused.body["detail"]
    assert house.snapshot("support") == before


@pytest.mark.rule("S004-48")
def test_staff_classify_and_the_lead_and_the_executive_are_told(table: Table) -> None:
    table.check("classify", "staff")
    said = table.office.house.events("support", "support.ticket.classified")[-1]["data"]["people"]
    assert said["informed"] == [table.office.lead.id, table.office.executive.id]


LETTERS = {"R": "responsible", "A": "accountable", "C": "consulted", "I": "informed"}


@pytest.mark.rule("S004-384")
@pytest.mark.parametrize("holders", [1, 3], ids=["a person", "a unit"])
@pytest.mark.parametrize("letter", LETTERS)
def test_each_letter_is_held_by_one_person_or_by_all_of_a_unit_who_have_the_role(
    house: House, tmp_path: Path, letter: str, holders: int
) -> None:
    """A unit holds a letter as those of it who have the role of the table: each is named, and may what it allows."""
    office = Office(house)
    rows = [
        (f"{step}: {{staff: R, lead: I,", f"{step}: {{staff: R, lead: {letter},") for step in ("receive", "classify")
    ]
    install(house, tmp_path, *rows)
    mine = [office.lead, *(house.staff("lead", name=f"Trưởng nhóm {n}") for n in range(1, holders))]
    stranger = house.staff("lead", unit=SHANGHAI, name="王主任")
    house.settle()
    for each in mine:
        id = office.receive()
        told = house.events("support", "support.ticket.received")[-1]["data"]["people"]
        named = {person.id for person in mine} | ({office.staff.id} if letter == "R" else set())
        assert set(told[LETTERS[letter]]) - {office.executive.id} == named
        assert office.try_("classify", id, stranger, request_type=3).status == 404
        assert ("classify" in office.ticket(id, each)["possible"]) == (letter in "RA")
        asked = office.try_("classify", id, each, request_type=3)
        house.settle()
        if letter in "RA":
            asked.expect(200)
            taken = house.events("support", "support.ticket.classified")[-1]["data"]["people"]
            assert taken["responsible"] == [each.id]  # of a unit one takes it, and is named from then on
        else:
            assert (asked.status, asked.code) == (403, "letter-missing")


@pytest.mark.rule("S004-34", "S004-49")
@pytest.mark.parametrize("verb", ["assign", "pause", "resume", "escalate", "complete"])
def test_staff_and_lead_carry_out_the_support_and_nobody_else(table: Table, verb: str) -> None:
    table.check(verb, "staff", "lead")
    office = table.office
    if verb != "escalate":  # which makes the executive one who does the work
        event = {"assign": "assigned", "pause": "paused", "resume": "resumed", "complete": "completed"}[verb]
        said = office.house.events("support", f"support.ticket.{event}")[-1]["data"]["people"]
        assert said["informed"] == [office.executive.id]


@pytest.mark.rule("S004-35", "S004-50")
def test_the_lead_or_the_accountable_executive_hands_over(table: Table) -> None:
    table.check("hand_over", "lead", "executive")
    said = table.office.house.events("support", "support.ticket.handed_over")[-1]["data"]["people"]
    assert (said["accountable"], said["informed"]) == ([table.office.executive.id], [table.office.staff.id])


@pytest.mark.rule("S004-51")
def test_staff_write_the_record_and_the_executive_is_not_even_told(table: Table) -> None:
    table.check("log", "staff")
    said = table.office.house.events("support", "support.ticket.logged")[-1]["data"]["people"]
    assert said["informed"] == [table.office.lead.id]


def test_only_the_lead_takes_over_and_says_why(table: Table) -> None:
    table.check("take_over", "lead", code="role-missing")
    id, _ = table.fresh("take_over")
    assert table.ask("take_over", id, {"reason": " "}, "lead").status == 422


@pytest.mark.rule("S004-95")
@pytest.mark.parametrize("verb", ["assign", "complete"])
def test_who_has_no_authority_for_the_kind_of_request_does_not_handle_it(table: Table, verb: str) -> None:
    office = table.office
    id = office.brought_to("classify", request_type=4, promised_at=moment.text(office.now + 5 * HOUR))
    body = {"to": office.staff.id} if verb == "assign" else DONE
    before = office.house.snapshot("support")
    refused = table.ask(verb, id, body, "staff", language="en")
    assert (refused.status, refused.code) == (403, "authority-missing")
    assert NAMES["lead"] in refused.body["detail"]
    assert "4" in refused.body["detail"]
    if verb == "assign":  # nor is it given to somebody without the authority, by whoever has it
        wrong = table.ask("assign", id, body, "lead", language="en")
        assert (wrong.status, wrong.code, list(wrong.body["errors"])) == (422, "not-there", ["to"])
        body = {"to": office.lead.id}
    assert office.house.snapshot("support") == before
    table.ask(verb, id, body, "lead").expect(200)


@pytest.mark.rule("S004-97")
def test_a_classified_request_has_somebody_responsible_or_waits_for_who_has_the_authority(table: Table) -> None:
    office = table.office
    assert office.try_("assign", office.receive(), office.lead, to=office.staff.id).code == "wrong-state"
    mine = office.brought_to("classify", request_type=3)
    assert office.ticket(mine)["owner"] == office.staff.id
    theirs = office.brought_to("classify", request_type=4, promised_at=moment.text(office.now + 5 * HOUR))
    assert office.ticket(theirs)["owner"] is None
    waiting = office.as_(office.lead).get("/v1/desk").expect(200)["items"]
    of_tickets = [(item["of"]["id"], item["verbs"]) for item in waiting if item["of"]["kind"] == "support.ticket"]
    assert of_tickets == [(theirs, ["complete"])]
    office.do("assign", theirs, office.lead, to=office.lead.id)
    assigned = office.house.events("support", "support.ticket.assigned")[-1]["data"]
    assert assigned["people"]["responsible"] == [office.lead.id]
    assert office.ticket(theirs)["state"] == "assigned"
    assert office.clock(theirs, "handle")["owed_by"] == office.lead.id
    for nobody in ("0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d", table.people["none"].id, office.executive.id):
        refused = office.try_("assign", mine, office.lead, to=nobody)
        assert (refused.status, refused.code) == (422, "not-there")


@pytest.mark.parametrize("language", ["vi", "zh", "en"])
def test_a_refusal_says_in_the_callers_language_what_is_missing(table: Table, language: str) -> None:
    id, body = table.fresh("classify")
    letter = table.ask("classify", id, body, "executive", language=language).body
    table.office.do("classify", id, request_type=4, promised_at=moment.text(table.office.now + HOUR))
    authority = table.ask("complete", id, DONE, "staff", language=language).body
    role = table.ask("take_over", id, {"reason": "Vì"}, "staff", language=language).body
    expected = {
        "en": ("needs the letter R or A in the step", "needs the authority for requests of type 4", "needs the role"),
        "vi": ("R hoặc A", "4", "vai trò"),
        "zh": ("R 或 A", "4", "角色"),
    }[language]
    for problem, words in zip((letter, authority, role), expected, strict=True):
        assert words in problem["detail"], problem
    for problem, who in ((letter, "staff"), (authority, "lead"), (role, "lead")):
        assert ROLES[who][language] in problem["detail"]
    if language != "en":
        assert "classify" not in letter["detail"]
        assert not any("needs" in problem["detail"] for problem in (letter, authority, role))


def test_a_system_opens_requests_and_reads_them_and_does_nothing_else(table: Table) -> None:
    office = table.office
    crm = office.house.system("crm", "tickets")
    id, body = table.fresh("classify")
    assert office.try_("classify", id, crm, **body).code == "people-only"
    seen = office.ticket(id, crm)
    assert seen["possible"] == []
    assert set(seen["not_possible"]) == {"classify", "verify", "withdraw", "close_duplicate"}


def test_somebody_elses_ticket_does_not_exist_for_whoever_has_nothing_to_do_with_it(table: Table) -> None:
    office = table.office
    stranger = office.house.staff("staff", "lead", unit="thuong-hai", name="无关")
    office.house.settle()
    id, body = table.fresh("classify")
    assert office.try_("classify", id, stranger, **body).status == 404
    assert office.as_(stranger).get(f"/v1/tickets/{id}").status == 404
    assert office.as_(stranger).get(f"/v1/tickets/{id}/trail").status == 404
    assert office.as_(stranger).get(f"/v1/clocks/{office.clock(id, 'classify')['id']}/explain").status == 404
    for path in ("/v1/tickets", "/v1/clocks", "/v1/desk?show=team"):
        assert office.as_(stranger).get(path).expect(200)["items"] == []


@pytest.mark.parametrize("role", ["staff", "lead"])
def test_a_role_in_the_company_is_one_in_its_branches_but_not_the_other_way(house: House, role: str) -> None:
    office = Office(house)
    above = house.staff(role, unit="bien-xanh", name="Trên")
    house.settle()
    id = office.brought_to("classify" if role == "lead" else "confirm")
    verb, body = ("take_over", {"reason": "Vì"}) if role == "lead" else ("log", {})
    office.try_(verb, id, above, **body).expect(200)
    assert house.client("support", above).get("/v1/tickets").expect(200)["items"]
    assert above.unit != HAI_PHONG
