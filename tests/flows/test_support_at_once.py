"""Two people and one ticket, at the same moment, where the database decides: one is heard, the other told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from tests.flows.house import House
from tests.flows.house_http import Answer
from tests.flows.promised import DONE, Office

Call = Callable[[], Answer]
WHY = "Khách không trả lời điện thoại"


def at_once(*calls: Call) -> list[int]:
    """What each is answered."""
    gate = threading.Barrier(len(calls))

    def go(call: Call) -> int:
        gate.wait(30)
        return call().status

    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result(60) for each in [pool.submit(go, call) for call in calls]]


def test_of_two_colleagues_at_once_one_is_heard_and_the_ticket_is_whole(house_on_either: House) -> None:
    house = house_on_either
    office = Office(house)
    other = house.staff("staff", name="Đến Cùng Lúc")
    house.settle()

    id = office.brought_to("classify")
    taken = at_once(*(lambda who=who: office.try_("take", id, who) for who in (office.staff, other)))
    assert sorted(taken) == [200, 409]
    (assigned,) = _told(office, id, "assigned")
    assert assigned["people"]["responsible"] == [office.ticket(id)["owner"]]

    id = office.brought_to("complete")  # handed over while it is sent back to be done again
    sent = at_once(
        lambda: office.try_("hand_over", id, office.lead),
        lambda: office.try_("send_back", id, office.lead, reason="Thiếu giờ đến"),
    )
    assert sorted(sent) == [200, 409]
    handed_over = sent[0] == 200
    assert office.ticket(id)["state"] == ("handed_over" if handed_over else "assigned")
    assert (len(_told(office, id, "handed_over")), len(_told(office, id, "sent_back"))) == (
        sent[0] == 200,
        not handed_over,
    )
    assert _open(office, id) == (["confirm"] if handed_over else ["rework"])

    id = office.brought_to("complete")  # handed over twice: the client gets one link
    assert sorted(at_once(*(lambda: office.try_("hand_over", id, office.lead) for _ in range(2)))) == [200, 409]
    assert len(_told(office, id, "handed_over")) == 1


def test_of_a_client_and_staff_at_once_one_is_heard_and_the_ticket_is_whole(house_on_either: House) -> None:
    house = house_on_either
    office = Office(house)

    id = office.receive()
    withdraw = _by(office, id, "received", "withdraw", {})
    both = at_once(withdraw, lambda: office.try_("classify", id, office.staff, request_type=3))
    assert both in ([200, 409], [200, 200])  # withdrawn first, or classified and then withdrawn
    assert office.ticket(id)["state"] == "withdrawn"
    assert (len(_told(office, id, "withdrawn")), len(_told(office, id, "classified"))) == (1, both[1] == 200)
    assert _open(office, id) == []

    id = office.brought_to("hand_over")  # handed over while it is opened again
    refuse = _by(office, id, "handed_over", "refuse", {"reason": "Vẫn chưa có giờ đến"})
    assert at_once(refuse, lambda: office.try_("hand_over", id, office.lead)) == [200, 409]
    assert office.ticket(id)["state"] == "reopened"
    assert (len(_told(office, id, "refused")), len(_told(office, id, "handed_over"))) == (1, 1)
    assert _open(office, id) == ["rework"]

    id = office.brought_to("hand_over")  # logged while it is refused: the record of an answer needs a yes
    refuse = _by(office, id, "handed_over", "refuse", {"reason": "Vẫn chưa có giờ đến"})
    assert at_once(refuse, lambda: office.try_("log", id, office.staff)) == [200, 409]
    assert office.ticket(id)["state"] == "reopened"

    id = office.brought_to("hand_over")  # the lead closes it for silence while the client breaks it
    house.pass_time(timedelta(hours=24, minutes=1))
    refuse = _by(office, id, "handed_over", "refuse", {"reason": "Vẫn chưa có giờ đến"})
    ended = at_once(refuse, lambda: office.try_("log_unanswered", id, office.lead, reason=WHY))
    assert ended in ([200, 409], [409, 200])
    refused = ended[0] == 200
    assert office.ticket(id)["state"] == ("reopened" if refused else "logged")
    assert (len(_told(office, id, "refused")), len(_told(office, id, "logged"))) == (refused, not refused)
    assert _open(office, id) == (["rework"] if refused else [])


def test_of_two_answers_at_once_the_first_counts(house_on_either: House) -> None:
    office = Office(house_on_either)
    id = office.brought_to("hand_over")
    confirm = _by(office, id, "handed_over", "confirm", {"rating": 5})
    assert sorted(at_once(confirm, confirm)) == [200, 410]  # from two phones
    assert len(_told(office, id, "confirmed")) == 1
    assert office.try_("log", id, office.staff).status == 200

    id = office.brought_to("hand_over")
    confirm = _by(office, id, "handed_over", "confirm", {"rating": 5})
    refuse = _by(office, id, "handed_over", "refuse", {"reason": "Chưa"})
    answers = at_once(confirm, refuse)
    assert sorted(answers) == [200, 410]
    confirmed = answers[0] == 200
    assert office.ticket(id)["state"] == ("confirmed" if confirmed else "reopened")
    assert (len(_told(office, id, "confirmed")), len(_told(office, id, "refused"))) == (confirmed, not confirmed)

    id = office.brought_to("hand_over")  # one after the other: what was refused is not confirmed by the same link
    refuse, confirm = (
        _by(office, id, "handed_over", verb, body)
        for verb, body in (("refuse", {"reason": "Chưa"}), ("confirm", {"rating": 5}))
    )
    assert (refuse().status, confirm().status) == (200, 410)
    assert office.try_("log", id, office.staff).status == 409
    assert office.try_("complete", id, office.staff, **DONE).status == 200


def _by(office: Office, id: str, kind: str, verb: str, body: dict[str, Any]) -> Call:
    """What the client does by the link that they were sent with this event."""
    link = _told(office, id, kind)[-1]["link"]
    return lambda: office.house.client("support").post(f"/v1/public/links/{link}/{verb}", body)


def _told(office: Office, id: str, kind: str) -> list[dict[str, Any]]:
    """The data of the events of this kind about a ticket."""
    events = office.house.events("support", f"support.ticket.{kind}")
    return [event["data"] for event in events if event["subject"] == id]


def _open(office: Office, id: str) -> list[str]:
    """The promises that still run."""
    return [clock["name"] for clock in office.ticket(id)["clocks"] if clock["ended_at"] is None]
