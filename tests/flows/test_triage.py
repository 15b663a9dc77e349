"""The queue of the triage: what waits, for whom, in which order, and how it is worked through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.web import tokens
from tests.flows.house import COMPANY, SHANGHAI, House
from tests.flows.promised import MINUTE, REQUESTER, Office


def queue(office: Office, who: tokens.Caller | None = None, **query: Any) -> dict[str, Any]:
    """What waits for somebody."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return office.as_(who or office.staff).get(f"/v1/triage?{asked}").expect(200)


def ids(found: dict[str, Any]) -> list[str]:
    return [each["id"] for each in found["items"]]


def test_the_oldest_clock_comes_first_whenever_it_was_written_down(house: House) -> None:
    office = Office(house)
    first = office.receive()
    house.pass_time(10 * MINUTE)
    second = office.receive()
    asked = {"channel": "hotline", "content": "Hỏi giá", "requester": REQUESTER}
    asked["asked_at"] = (house.time.now() - 25 * MINUTE).isoformat()
    called = office.as_(office.staff).post("/v1/tickets", asked).expect(201)["id"]
    found = queue(office, limit=10)
    assert ids(found) == [called, first, second]
    assert (found["next"], found["waiting"], found["late"]) == (None, 3, 0)
    house.pass_time(6 * MINUTE)
    assert (queue(office)["waiting"], queue(office)["late"]) == (3, 1)
    office.do("classify", called, request_type=3)
    assert ids(queue(office)) == [first]
    office.do("withdraw", first, reason="Khách gọi lại")
    assert (ids(queue(office, limit=10)), queue(office)["late"]) == ([second], 0)


def test_who_skips_goes_on_behind_and_what_comes_meanwhile_is_not_missed(house: House) -> None:
    office = Office(house)
    waits = []
    for _ in range(3):
        waits.append(office.receive())
        house.pass_time(MINUTE)
    at, seen = queue(office), []
    seen += ids(at)
    waits.append(office.receive())  # comes while somebody works
    while at["next"]:
        at = queue(office, cursor=at["next"])
        seen += ids(at)
    assert seen == waits
    assert ids(queue(office, ticket=waits[2])) == [waits[2]]
    office.do("classify", waits[2], request_type=3)
    assert ids(queue(office, ticket=waits[2])) == ids(queue(office, ticket="nowhere")) == []  # it waits no more
    assert queue(office, ticket=waits[2])["waiting"] == 3


def test_it_waits_for_those_who_may_classify_it_and_for_their_substitute(house: House) -> None:
    office = Office(house)
    id = office.receive()
    elsewhere = house.staff("staff", unit=SHANGHAI)
    above = house.staff("staff", unit=COMPANY)
    house.settle()
    assert ids(queue(office)) == ids(queue(office, above)) == [id]
    for who in (office.lead, office.executive, elsewhere):  # the letter I classifies nothing
        assert queue(office, who) == {"items": [], "next": None, "waiting": 0, "late": 0, "may": who is elsewhere}
    today = house.time.now().date()
    days = {"since": today.isoformat(), "until": (today + timedelta(days=1)).isoformat()}
    admin = house.client("gateway", house.staff("admin", unit=COMPANY))
    admin.post("/v1/substitutes", {"absent": office.staff.id, "substitute": office.lead.id, **days}).expect(201)
    house.settle()
    assert ids(queue(office, office.lead)) == [id]
    refused = house.client("support", house.system("crm", "tickets")).get("/v1/triage")
    assert (refused.status, refused.code) == (403, "people-only")
