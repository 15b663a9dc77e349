"""Tickets that may be one request: suggested with reasons, linked both ways by a person, taken back, never merged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.flows.house import SHANGHAI, House
from tests.flows.house_http import Client

NAM = {"name": "Lê Văn Nam", "mails": ["nam@example.com"], "phones": ["0912345678"]}
ASKED = "Hàng của tôi bao giờ đến cảng Hải Phòng?"


def received(client: Client, requester: dict[str, Any] = NAM, content: str = ASKED, **more: Any) -> dict[str, Any]:
    body = {"requester": requester, "content": content, **more}
    return client.post("/v1/tickets", body).expect(201)


def suggested(client: Client, ticket: dict[str, Any]) -> dict[str, list[str]]:
    """The numbers that are suggested, each with its reasons."""
    found = client.get(f"/v1/tickets/{ticket['id']}/duplicates").expect(200)
    return {each["number"]: [reason["code"] for reason in each["reasons"]] for each in found["items"]}


def linked(client: Client, ticket: dict[str, Any]) -> dict[str, str]:
    found = client.get(f"/v1/tickets/{ticket['id']}/duplicates").expect(200)
    return {each["number"]: each["as"] for each in found["links"]}


def test_a_request_asked_twice_is_suggested_with_its_reasons_the_likeliest_first(house: House) -> None:
    client = house.client("support", house.staff("staff", "lead"))
    first = received(client, reference="CALL-1")
    by_mail = received(client, {"name": "Nam", "mails": ["NAM@example.com"]}, "Xin hỏi giá kho")
    by_phone = received(
        client, {"name": "Anh Nam", "phones": ["+84 912 345 678"]}, "hang cua toi bao gio den cang hai phong"
    )
    by_name = received(
        client, {"name": "LE VAN NAM", "mails": ["khac@example.com"]}, "Hàng bao giờ đến cảng Hải Phòng?"
    )
    by_reference = received(client, {"name": "Hoa", "mails": ["hoa@example.com"]}, "?", reference="call-1")
    received(client, {"name": "Lê Văn Nam", "mails": ["khac2@example.com"]}, "Xin báo giá thuê container lạnh")
    received(client, {"name": "Hoa", "mails": ["hoa3@example.com"]}, ASKED)
    found = suggested(client, first)
    assert found == {
        by_phone["number"]: ["phone", "content"],
        by_name["number"]: ["name", "content"],
        by_mail["number"]: ["mail"],
        by_reference["number"]: ["reference"],
    }
    assert next(iter(found)) == by_phone["number"]
    theirs = house.client("support", house.staff("staff", unit=SHANGHAI))
    assert suggested(theirs, received(theirs)) == {}


def test_two_weeks_apart_it_is_another_request(house: House) -> None:
    client = house.client("support", house.staff("staff", "lead"))
    first = received(client)
    house.time.move(timedelta(days=14))
    second = received(client)
    assert suggested(client, first) == {second["number"]: ["mail", "phone", "name", "content"]}
    house.time.move(timedelta(seconds=1))
    third = received(client)
    assert list(suggested(client, first)) == [second["number"]]
    assert list(suggested(client, third)) == [second["number"]]


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "Cùng địa chỉ thư điện tử"), ("zh", "邮箱地址相同"), ("en", "The same mail address")]
)
def test_the_reasons_are_words_of_the_reader(house: House, language: str, said: str) -> None:
    who = house.staff("staff")
    client = house.client("support", who, language=language)
    first, _ = received(client), received(client)
    (found,) = client.get(f"/v1/tickets/{first['id']}/duplicates").expect(200)["items"]
    assert found["reasons"][0]["text"] == said
    assert "100" in found["reasons"][-1]["text"]


def test_linked_tickets_know_of_each_other_on_both_trails_and_that_can_be_taken_back(house: House) -> None:
    client = house.client("support", house.staff("staff", "lead"))
    first, second = received(client), received(client)
    client.post(
        f"/v1/tickets/{second['id']}/link", {"to": first["number"], "as": "duplicate", "reason": "Gọi lại"}
    ).expect(200)
    assert linked(client, second) == {first["number"]: "duplicate"}
    assert linked(client, first) == {second["number"]: "original"}
    assert suggested(client, first) == {}
    for ticket, other in ((first, second), (second, first)):
        assert client.get(f"/v1/tickets/{ticket['id']}").expect(200)["state"] == "received"  # nothing is merged
        entry = client.get(f"/v1/tickets/{ticket['id']}/trail").expect(200)["entries"][-1]
        assert (entry["what"], entry["facts"]["other"]) == ("linked", other["number"])
    events = house.events("support", "support.ticket.linked")
    assert {(e["subject"], e["data"]["relation"]) for e in events} == {
        (second["id"], "duplicate"),
        (first["id"], "original"),
    }
    again = client.post(f"/v1/tickets/{first['id']}/link", {"to": second["id"], "as": "related"})
    assert again.code == "already-linked"

    client.post(f"/v1/tickets/{first['id']}/unlink", {"to": second["id"]}).expect(200)
    assert linked(client, second) == linked(client, first) == {}
    assert list(suggested(client, first)) == [second["number"]]
    assert client.get(f"/v1/tickets/{second['id']}/trail").expect(200)["entries"][-1]["what"] == "unlinked"
    assert client.post(f"/v1/tickets/{first['id']}/unlink", {"to": second["id"]}).code == "not-linked"


def test_what_cannot_be_linked_says_why_and_changes_nothing(house: House) -> None:
    client = house.client("support", house.staff("staff", "lead"))
    first, second = received(client), received(client)
    elsewhere = received(house.client("support", house.staff("staff", unit=SHANGHAI)))
    before = house.snapshot("support")
    for to, code in (
        (first["id"], "same-ticket"),
        (elsewhere["number"], "no-such-other"),
        (elsewhere["id"], "no-such-other"),
        ("TCK-2026-999999", "no-such-other"),
        ("nonsense", "no-such-other"),
    ):
        answer = client.post(f"/v1/tickets/{first['id']}/link", {"to": to, "as": "duplicate"})
        assert (answer.status, answer.code) == (422, code), to
    body = {"to": second["id"], "as": "duplicate"}
    assert client.post(f"/v1/tickets/{elsewhere['id']}/link", body).status == 404
    powerless = house.client("support", house.staff("admin"))
    assert powerless.post(f"/v1/tickets/{first['id']}/link", body).code == "letter-missing"
    assert {k: v for k, v in house.snapshot("support").items() if k != "idempotency"} == {
        k: v for k, v in before.items() if k != "idempotency"
    }
