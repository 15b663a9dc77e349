"""Two people and one ticket, at the same moment, where the database decides: one is heard, the other told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.flows.house import House
from tests.flows.house_http import Answer
from tests.flows.promised import DONE, Office

Call = Callable[[], Answer]


def at_once(*calls: Call) -> list[int]:
    """What each is answered."""
    gate = threading.Barrier(len(calls))

    def go(call: Call) -> int:
        gate.wait(30)
        return call().status

    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result(60) for each in [pool.submit(go, call) for call in calls]]


def test_of_two_at_once_one_is_heard_and_the_ticket_is_whole(house_on_postgres: House) -> None:
    house = house_on_postgres
    office = Office(house)
    other = house.staff("staff", name="Đến Cùng Lúc")
    house.settle()

    id = office.brought_to("classify")
    taken = at_once(*(lambda who=who: office.try_("take", id, who) for who in (office.staff, other)))
    assert sorted(taken) == [200, 409]

    id = office.receive()
    link = _link(office, id, "received")
    public = f"/v1/public/links/{link}/withdraw"
    both = at_once(
        lambda: house.client("support").post(public, {}),
        lambda: office.try_("classify", id, office.staff, request_type=3),
    )
    assert both in ([200, 409], [200, 200])  # withdrawn first, or classified and then withdrawn
    assert office.ticket(id)["state"] == "withdrawn"
    assert not [clock for clock in office.ticket(id)["clocks"] if clock["ended_at"] is None]

    id = office.brought_to("hand_over")
    confirm = f"/v1/public/links/{_link(office, id, 'handed_over')}/confirm"
    phones = at_once(*(lambda: house.client("support").post(confirm, {"rating": 5}) for _ in range(2)))
    assert sorted(phones) == [200, 410]
    assert office.try_("log", id, office.staff).status == 200

    id = office.brought_to("hand_over")
    link = _link(office, id, "handed_over")
    answers = at_once(
        lambda: house.client("support").post(f"/v1/public/links/{link}/confirm", {"rating": 5}),
        lambda: house.client("support").post(f"/v1/public/links/{link}/refuse", {"reason": "Chưa"}),
    )
    assert sorted(answers) == [200, 410]
    state = office.ticket(id)["state"]
    assert state == ("confirmed" if answers[0] == 200 else "reopened")
    if state == "confirmed":
        return
    assert office.try_("log", id, office.staff).status == 409  # what was refused is not logged
    assert office.try_("complete", id, office.staff, **DONE).status == 200


def _link(office: Office, id: str, kind: str) -> str:
    events = office.house.events("support", f"support.ticket.{kind}")
    return [event["data"]["link"] for event in events if event["subject"] == id][-1]
