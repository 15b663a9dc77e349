"""Before somebody sends an SMS they see how it will read and what it costs: the same text and parts as what is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notify.channel import segments
from tests.flows.house import House
from tests.flows.promised import Office

PHONE = "+84912345678"
TEXT = "Lô hàng của Quý khách dự kiến đến ngày 26/11/2026, mời Quý khách đến nhận tại kho hai từ 8 giờ sáng."
REPLIED, HANDED_OVER = "support.ticket.replied", "support.ticket.handed_over"


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def asked(office: Office, id: str, *cases: dict[str, Any], **more: Any) -> Any:
    ticket = office.ticket(id)
    body = {name: ticket[name] for name in ("unit", "playbook", "playbook_version", "number", "topic")}
    who = ticket["requester"]
    body |= {"name": who["name"], "locale": who["locale"], "mails": who["mails"], "phones": who["phones"]}
    client = office.house.client("notify", office.staff)
    return client.post("/v1/messages/sms-preview", {**body, "cases": list(cases), **more})


def sent(house: House) -> list[str]:
    return [path.read_text("utf-8") for path in sorted((house.home / "mail").glob("*.sms"))]


@pytest.mark.parametrize("locale", ["vi", "zh", "en"])
def test_a_reply_is_previewed_as_it_is_sent(office: Office, locale: str) -> None:
    house, id = office.house, office.receive(locale=locale, mails=[], phones=[PHONE])
    before, messages = len(sent(house)), house.snapshot("notify")
    (sms,) = asked(office, id, {"type": REPLIED}, text=TEXT).expect(200)["items"]
    assert (sms["to"], sms["whole"]) == ([PHONE], True)
    assert house.snapshot("notify") == messages  # nothing was written down
    assert len(sent(house)) == before
    office.as_(office.staff).post(f"/v1/tickets/{id}/reply", {"text": TEXT}).expect(201)
    house.pass_time(timedelta(seconds=10))
    (new,) = sent(house)[before:]
    assert new == f"To: {PHONE}\n\n{sms['text']}"
    assert sms["parts"] == segments.count(sms["text"]).parts


def test_what_is_not_known_yet_stands_as_dots_and_a_links_secret_is_hidden(office: Office) -> None:
    id = office.receive(mails=[], phones=[PHONE])
    gap, link = asked(office, id, {"type": REPLIED, "gaps": ["brief"]}, {"type": HANDED_OVER}).expect(200)["items"]
    assert (gap["text"].endswith(": ..."), gap["whole"]) == (True, False)
    assert "/p/s•••" in link["text"]
    assert link["parts"] == segments.count(link["text"].replace("/p/s•••", "/p/s" + 22 * "0")).parts


def test_whoever_has_a_mail_address_gets_no_sms_and_none_but_staff_may_ask(office: Office) -> None:
    id = office.receive(phones=[PHONE])
    assert asked(office, id, {"type": REPLIED}, text=TEXT).expect(200)["items"] == []
    refused = asked(office, id, {"type": "support.ticket.eaten"})
    assert (refused.status, list(refused.body["errors"])) == (422, ["cases"])
    crm = office.house.client("notify", office.house.system("crm", "tickets"))
    body = {"unit": "hai-phong", "number": "1", "name": "x", "locale": "vi", "cases": [{"type": REPLIED}]}
    assert crm.post("/v1/messages/sms-preview", body).status == 403
