"""What may happen to a support request besides the straight way: refused, seen twice, sent twice, for nobody."""

from __future__ import annotations

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from services.support.ticket import tables as tickets
from shared.envelope import cloudevent
from shared.kernel import ids, moment
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer
from tests.flows.house_request import CHINESE, ENGLISH, STEPS, VIETNAMESE, Handled, arrived, quoted


def test_a_client_who_refuses_is_asked_again_with_a_new_link(any_house: House) -> None:
    case = CHINESE
    handled = arrived(any_house, case)
    handled.classify()
    handled.complete()
    handled.do("hand_over")
    first = handled.letters[-1]

    handled.answer("refuse", {"reason": case.content}, first.link)
    assert quoted(case.content, handled.letters[-1].text)
    assert handled.ticket["state"] == "reopened"
    assert handled.ticket["reason"] == case.content
    assert "complete" in handled.ticket["possible"]

    handled.complete()
    handled.do("hand_over")
    second = handled.letters[-1]
    assert second.link != first.link
    client = any_house.client("support", language=case.locale)
    assert client.post(f"/v1/public/links/{first.link}/confirm", {"rating": 5}).code == "link-used"
    handled.answer("confirm", {"rating": 4}, second.link)
    assert handled.ticket["rating"] == 4
    assert handled.ticket["state"] == "confirmed"


def test_the_link_in_the_first_mail_shows_the_request_as_often_as_one_looks(house: House) -> None:
    handled = arrived(house, VIETNAMESE)
    link = handled.letters[0].link
    client = house.client("support")
    before = house.snapshot("support")
    seen = [client.get(f"/v1/public/links/{link}").expect(200) for _ in range(3)]
    assert seen[0] == seen[1] == seen[2]
    assert (seen[0]["state"], seen[0]["contact_name"], seen[0]["usable"]) == ("received", VIETNAMESE.name, False)
    assert client.post(f"/v1/public/links/{link}/confirm", {"rating": 5}).status == 404  # it shows, it does not act
    assert house.snapshot("support") == before


def test_looking_at_the_link_that_asks_does_not_answer_it(house: House) -> None:
    handled = arrived(house, CHINESE)
    handled.classify()
    handled.complete()
    handled.do("hand_over")
    link = handled.letters[-1].link
    client = house.client("support")
    looks = [client.get(f"/v1/public/links/{link}").expect(200) for _ in range(3)]
    assert [each["usable"] for each in looks] == [True] * 3
    seen = looks[0]
    assert seen["answer_by"] < seen["expires_at"]  # asked for within a day, and welcome for a month
    assert moment.parse(seen["answer_by"]) - house.time.now() == timedelta(hours=24)
    assert handled.ticket["state"] == "handed_over"


def test_a_name_typed_with_combining_marks_is_the_same_name(house: House) -> None:
    decomposed = unicodedata.normalize("NFD", VIETNAMESE.name)
    assert decomposed != VIETNAMESE.name
    body = {**VIETNAMESE.requester, "name": decomposed, "unit": HAI_PHONG, "content": "Chào"}
    house.client("support").post("/v1/public/requests", body).expect(201)
    house.settle()
    (letter,) = house.mails()
    assert letter.to_name == VIETNAMESE.name


def test_an_event_that_comes_twice_makes_one_ticket_and_one_mail(any_house: House) -> None:
    id = ids.new()
    data = {"unit": SHANGHAI, "content": CHINESE.content, "requester": CHINESE.requester}
    for _ in range(2):
        any_house.publish_inbound("tos", "request.submitted", data, id=id)
        any_house.settle()
    assert any_house.scalar("support", sa.select(sa.func.count()).select_from(tickets.ticket)) == 1
    assert len(any_house.mails()) == 1


def test_a_request_for_a_unit_that_is_not_there_is_answered_to_the_system_that_sent_it(any_house: House) -> None:
    data = {"unit": "atlantis", "content": "?", "requester": VIETNAMESE.requester}
    id = any_house.publish_inbound("tos", "request.submitted", data)
    any_house.settle()
    (failure,) = any_house.failures("support")
    (rejected,) = any_house.events("support", "support.inbound.rejected")
    assert failure.reason == rejected["data"]["code"] == "unknown-unit"
    assert (rejected["data"]["source"], rejected["data"]["event_id"]) == ("/tos", id)
    assert any_house.mails() == []


def test_a_client_with_a_phone_only_is_told_by_sms_and_staff_see_that(house: House) -> None:
    requester = {"name": "Lê Văn Nam", "locale": "vi", "mails": [], "phones": ["0912 345 678"]}
    staff = house.staff(unit=HAI_PHONG)
    made = house.client("support", staff).post("/v1/tickets", {"content": "?", "requester": requester}).expect(201)
    assert made["requester"]["phones"] == ["+84912345678"]
    house.settle()
    assert house.mails() == []
    (message,) = house.client("notify", staff).get("/v1/messages").expect(200)["items"]
    assert (message["channel"], message["recipient"], message["state"]) == ("sms", "+84912345678", "sent")
    assert message["recipient_name"] == "Lê Văn Nam"


def test_a_request_can_be_handed_in_over_http_where_there_is_a_broker_too(house_on_servers: House) -> None:
    house = house_on_servers
    event = cloudevent.Event(
        id=ids.new(),
        source="/erp",
        type="request.submitted",
        subject="erp-1",
        time=house.time.now(),
        data={"unit": SHANGHAI, "content": CHINESE.content, "requester": CHINESE.requester},
    )
    client = house.client("support", house.system("erp", "inbound"))
    client.call("POST", "/v1/inbound", raw=cloudevent.write(event), kind=cloudevent.CONTENT_TYPE).expect(202)
    house.settle()
    assert [letter.to_name for letter in house.mails()] == [CHINESE.name]


def test_nothing_can_be_asked_of_a_unit_that_was_closed(any_house: House) -> None:
    any_house.unit("vinh", title="Chi nhánh Vinh")
    any_house.settle()
    client, asked = any_house.client("support"), {**VIETNAMESE.requester, "unit": "vinh", "content": "?"}
    client.post("/v1/public/requests", asked).expect(201)
    any_house.client("gateway", any_house.staff("admin")).post("/v1/units/vinh/close", {}).expect(200)
    any_house.settle()
    refused = client.post("/v1/public/requests", asked)
    assert (refused.status, refused.code, list(refused.body["errors"])) == (422, "unknown-unit", ["unit"])


def test_a_client_who_answers_while_staff_hand_over_again_is_heard(house_on_postgres: House) -> None:
    """The two lock the same link and the same ticket; neither may wait for the other for ever."""
    house = house_on_postgres
    for _ in range(4):
        handled = arrived(house, VIETNAMESE)
        handled.classify()
        handled.complete()
        handled.do("hand_over")
        link, gate = handled.letters[-1].link, threading.Barrier(4)

        def answer(link: str = link, gate: threading.Barrier = gate) -> Answer:
            gate.wait(20)
            return house.client("support").post(f"/v1/public/links/{link}/confirm", {"rating": 5})

        def again(handled: Handled = handled, gate: threading.Barrier = gate) -> Answer:
            gate.wait(20)
            return handled.staff.post(f"/v1/tickets/{handled.id}/hand_over", {})

        with ThreadPoolExecutor(4) as pool:
            staff = [pool.submit(again) for _ in range(3)]
            assert pool.submit(answer).result(30).status == 200
            assert {each.result(30).status for each in staff} == {409}


def test_another_unit_knows_nothing_of_the_request(house: House) -> None:
    handled = arrived(house, VIETNAMESE)
    stranger = house.client("support", house.staff("lead", unit=SHANGHAI))
    before = house.snapshot("support")
    assert stranger.get("/v1/tickets").expect(200)["items"] == []
    assert stranger.get(f"/v1/tickets/{handled.id}").status == 404
    for verb, body in STEPS.items():
        assert stranger.post(f"/v1/tickets/{handled.id}/{verb}", body).status == 404
    assert house.snapshot("support") == before


def test_a_link_that_nobody_answered_for_a_month_has_expired(house: House) -> None:
    handled = arrived(house, ENGLISH)
    handled.classify()
    handled.complete()
    handled.do("hand_over")
    link = handled.letters[-1].link
    client = house.client("support")
    house.time.move(timedelta(days=30) - timedelta(seconds=1))
    client.get(f"/v1/public/links/{link}").expect(200)
    house.time.move(timedelta(seconds=1))
    assert client.get(f"/v1/public/links/{link}").code == "link-expired"
    assert client.post(f"/v1/public/links/{link}/confirm", {"rating": 5}).code == "link-expired"
    assert handled.ticket["state"] == "handed_over"
