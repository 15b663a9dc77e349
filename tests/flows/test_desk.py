"""The desk: what I owe, what is open in my units, what I only hear of, and how much of each."""

from __future__ import annotations

from typing import Any

from shared.web import tokens
from tests.flows.house import SHANGHAI, House
from tests.flows.promised import Office


def desk(office: Office, who: tokens.Caller, show: str = "mine") -> list[tuple[str, str]]:
    """The tickets and clocks on a list of somebody's desk, in its order."""
    items = office.as_(who).get(f"/v1/desk?show={show}&limit=100").expect(200)["items"]
    return [(each["of"]["id"], each["name"]) for each in items if each["of"]["kind"] == "support.ticket"]


def counts(office: Office, who: tokens.Caller) -> dict[str, int]:
    return office.as_(who).get("/v1/desk/counts").expect(200)


def test_the_letter_i_shows_what_others_owe_and_nothing_that_is_ones_own(house: House) -> None:
    office = Office(house)
    asked, classified, done = office.receive(), office.brought_to("classify"), office.brought_to("complete")
    both = house.staff("staff", "lead")
    house.settle()
    assert set(desk(office, office.executive, "informed")) == {(asked, "classify"), (classified, "handle")}
    assert desk(office, office.executive) == []  # the handover is the lead's, and A is no I
    assert desk(office, office.lead, "informed") == [(asked, "classify")]  # in the handling a lead is responsible
    assert desk(office, office.staff, "informed") == [(done, "hand_over")]
    assert set(desk(office, both)) == {(asked, "classify"), (done, "hand_over")}
    assert desk(office, both, "informed") == []  # theirs to do by their other role
    for stranger in (house.staff("lead", unit=SHANGHAI), house.system("crm", "tickets")):
        assert desk(office, stranger, "informed") == []


def test_what_is_open_in_my_units_says_what_of_it_is_mine(house: House) -> None:
    office = Office(house)
    office.brought_to("classify")
    office.brought_to("complete")
    for who in (office.staff, office.lead, office.executive):
        items = office.as_(who).get("/v1/desk?show=team&limit=100").expect(200)["items"]
        own = office.as_(who).get("/v1/desk?limit=100").expect(200)["items"]
        assert {each["id"] for each in items if each["mine"]} == {each["id"] for each in own}
        assert all(each["mine"] for each in own)


def test_the_counts_are_those_of_the_lists(house: House) -> None:
    office = Office(house)
    for verb in ("classify", "complete", "hand_over"):
        office.receive()
        office.brought_to(verb)
    people = (office.staff, office.lead, office.executive, house.system("crm", "tickets"))
    for who in people:
        lists = {
            show: len(office.as_(who).get(f"/v1/desk?show={show}&limit=100").expect(200)["items"])
            for show in ("mine", "team", "informed")
        }
        assert counts(office, who) == lists
    assert counts(office, office.executive)["informed"] > 0


def test_a_promise_is_called_what_its_procedure_calls_it(house: House) -> None:
    office = Office(house)
    id = office.brought_to("classify")
    office.do("take", id)
    office.do("pause", id, reason="client", evidence="Thư 09:10")
    item: dict[str, Any] = office.as_(office.staff).get("/v1/desk").expect(200)["items"][0]
    assert item["title"] == {"vi": "Xử lý yêu cầu", "zh": "处理请求", "en": "Handle the request"}
    assert item["owes_title"]["en"] == "Customer service officer"
    assert item["paused_why"]["vi"] == "Chờ thông tin từ khách hàng"
