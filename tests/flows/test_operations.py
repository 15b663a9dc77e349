"""Operations over HTTP, through the whole house: what failed is seen, decided about by whoever is on call, and the
client is told once, whoever else decides the same and wherever the work is cut off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notify.message import facts
from shared.failures import batch
from shared.jobs import rows
from shared.kernel import errors
from shared.runtime import presence
from tests.flows.house import House
from tests.flows.house_http import Client

WHY = {"reason": "mẫu thư đã được sửa"}
SECOND = timedelta(seconds=1)


def ask(house: House, *mails: str) -> list[str]:
    """Clients ask for something; each is to be told that it has arrived. Returns the tickets' ids."""
    staff = house.client("support", house.staff("staff"))
    bodies = [{"content": "Khi nào?", "requester": {"name": "Lê Văn Nam", "mails": [mail]}} for mail in mails]
    found = [staff.post("/v1/tickets", body).expect(201)["id"] for body in bodies]
    house.settle()
    return found


def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_ticket(*_: Any, **__: Any) -> Any:
        raise errors.Refused("The template is broken.")

    monkeypatch.setattr(facts, "of_ticket", of_ticket)


def on_call(house: House, service: str = "notify") -> Client:
    return house.client(service, house.staff("on-call"), language="en")


def only_cause(client: Client) -> dict[str, Any]:
    (found,) = client.get("/v1/operations/causes").expect(200)["items"]
    return found


def go_on(house: House, seconds: int = 8) -> None:
    for _ in range(seconds):
        house.pass_time(SECOND)


def test_what_failed_is_replayed_by_cause_and_each_client_is_told_once(
    house_on_either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, mails = house_on_either, [f"khach{number}@example.com" for number in range(5)]
    broken(monkeypatch)
    tickets = ask(house, *mails)
    assert house.mails() == []
    client = on_call(house)
    cause = only_cause(client)
    assert (cause["count"], cause["name"], cause["kind"]) == (5, "support.ticket.received", "event")
    assert {each["id"] for each in cause["about"]} <= set(tickets)
    monkeypatch.undo()
    body = {"act": "replay", "cause": cause["id"], "rate": 2, **WHY}
    begun = client.post("/v1/operations/batches", body).expect(201)
    assert (begun["state"], begun["total"]) == ("running", 5)
    twice = on_call(house).post("/v1/operations/batches", body)
    assert (twice.status, twice.code) == (409, "nothing-to-do")
    go_on(house)
    ended = client.get(f"/v1/operations/batches/{begun['id']}").expect(200)
    assert (ended["state"], ended["counts"]["done"]) == ("finished", 5)
    assert sorted(letter.to for letter in house.mails()) == mails
    assert client.get("/v1/operations/causes").expect(200)["items"] == []


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_replay_that_is_killed_in_the_middle_tells_nobody_twice(
    house_on_either: House, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    house, mails = house_on_either, [f"khach{number}@example.com" for number in range(3)]
    with monkeypatch.context() as patched:
        broken(patched)
        ask(house, *mails)
    client = on_call(house)
    body = {"act": "replay", "cause": only_cause(client)["id"], "rate": 10, "stop_on_failure": False, **WHY}
    id = client.post("/v1/operations/batches", body).expect(201)["id"]
    calls = iter(range(1, 100))
    mark, replay = batch._mark, batch.ACTS["replay"]

    def dying(run: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            made = run(*args, **more)  # written, and not committed
            if next(calls) == cut:
                raise Killed
            return made

        return call

    with monkeypatch.context() as patched:
        patched.setattr(batch, "_mark", dying(mark))
        patched.setitem(batch.ACTS, "replay", dying(replay))
        if cut <= 2 * len(mails):
            with pytest.raises(Killed):
                go_on(house)
        else:
            go_on(house)
    go_on(house)
    ended = client.get(f"/v1/operations/batches/{id}").expect(200)
    assert (ended["state"], ended["counts"]["done"]) == ("finished", 3)
    assert sorted(letter.to for letter in house.mails()) == mails


def test_a_replay_stops_at_the_first_new_failure_and_says_which(
    house_on_either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_on_either
    broken(monkeypatch)
    ask(house, "a@example.com", "b@example.com", "c@example.com")
    client = on_call(house)
    body = {"act": "replay", "cause": only_cause(client)["id"], **WHY}
    id = client.post("/v1/operations/batches", body).expect(201)["id"]
    go_on(house)
    ended = client.get(f"/v1/operations/batches/{id}").expect(200)
    assert (ended["state"], ended["ended_why"]) == ("stopped", "failed-again")
    assert (ended["counts"]["failed"], ended["counts"]["left"]) == (1, 2)
    (trouble,) = ended["troubles"]
    failure = client.get(f"/v1/operations/failures/{trouble['failure_id']}").expect(200)
    assert (failure["state"], failure["failed_again"]) == ("parked", 1)
    assert [each["what"] for each in failure["decisions"]] == ["replayed"]


def test_every_decision_names_who_took_it_and_why_and_the_trail_is_anchored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    ask(house, "a@example.com")
    client = on_call(house)
    (failure,) = client.get("/v1/operations/failures?state=parked").expect(200)["items"]
    path = f"/v1/operations/failures/{failure['id']}"
    client.post(f"{path}/discard", WHY).expect(200)
    client.post(f"{path}/restore", {"reason": "khách vẫn chờ"}).expect(200)
    client.post(f"{path}/reveal", {"reason": "khách đang gọi"}).expect(200)
    decisions = client.get(path).expect(200)["decisions"]
    assert client.who is not None
    assert [(each["what"], each["actor"], each["reason"]) for each in decisions] == [
        ("discarded", client.who.actor, WHY["reason"]),
        ("restored", client.who.actor, "khách vẫn chờ"),
        ("revealed", client.who.actor, "khách đang gọi"),
    ]
    house.pass_time(timedelta(minutes=6))
    assert (house.settings.second_place / "notify.checkpoints").read_text().count(failure["id"]) == 1


def test_personal_data_is_shown_for_a_reason_only_and_a_kept_answer_holds_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    ask(house, "nam.le@example.com")
    client = on_call(house)
    (failure,) = client.get("/v1/operations/failures").expect(200)["items"]
    path = f"/v1/operations/failures/{failure['id']}"
    masked = client.call("GET", path)
    for hidden in ("nam.le", "Lê Văn Nam", "Khi nào?"):
        assert hidden not in masked.raw.decode()
    assert client.post(f"{path}/reveal", {"reason": "x"}).status == 422
    key = "b2a1f0c8-of-this-look-alone"
    shown = client.post(f"{path}/reveal", WHY, key=key)
    shown.expect(200)
    assert "nam.le@example.com" in shown.raw.decode()
    assert "Lê Văn Nam" in shown.raw.decode()
    link = house.events("support", "support.ticket.received")[0]["data"]["link"]
    assert link not in shown.raw.decode()  # with which one could act as the client
    again = client.post(f"{path}/reveal", WHY, key=key)
    assert "nam.le" not in again.raw.decode()


def test_the_state_of_a_service_tells_what_stands_still(house: House) -> None:
    client = on_call(house, "support")
    state = client.get("/v1/operations").expect(200)
    assert (state["well"], state["missing"], state["queues"]) == (False, ["bus"], None)
    loop = {"name": "relay", "idle_s": 0, "stuck": False, "error": None}
    being = presence.Presence(house.process.databases["support"], house.settings, "all", lambda: [loop])
    being.step()
    state = client.get("/v1/operations").expect(200)
    assert (state["well"], state["missing"], state["alarms"]) == (True, [], 0)
    assert [each["name"] for each in state["processes"][0]["loops"]] == ["relay"]
    assert state["database"]["pending"] == []
    house.time.move(presence.SILENT + SECOND)
    state = client.get("/v1/operations").expect(200)
    assert (state["well"], state["missing"], state["processes"][0]["alive"]) == (False, ["bus"], False)
    loop["stuck"] = True
    being.step()
    assert client.get("/v1/operations").expect(200)["well"] is False
    loop["stuck"] = False
    being.step()
    with house.work("support") as work:
        rows.add(work, "nobody-knows")
    house.time.move(timedelta(minutes=6))
    being.step()
    waiting = {each["what"]: each for each in client.get("/v1/operations").expect(200)["waiting"]}
    assert waiting["tasks"]["alarm"]
    assert waiting["outbox"]["rows"] == 1
    being.close()
    assert client.get("/v1/operations").expect(200)["processes"] == []


@pytest.mark.parametrize("service", ["support", "notify", "gateway"])
def test_a_system_with_the_scope_may_look_and_decides_nothing(house: House, service: str) -> None:
    with house.work(service) as work:
        rows.add(work, "nobody-knows")
    house.settle()
    dashboard = house.client(service, house.system("grafana", "operations"), language="en")
    assert dashboard.get("/v1/operations").expect(200)["service"] == service
    (failure,) = dashboard.get("/v1/operations/failures").expect(200)["items"]
    for path, body in (
        (f"failures/{failure['id']}/replay", WHY),
        (f"failures/{failure['id']}/reveal", WHY),
        (f"causes/{failure['cause_id']}/note", {"text": "xin chào"}),
        ("batches", {"act": "discard", "cause": failure["cause_id"], **WHY}),
    ):
        refused = dashboard.post(f"/v1/operations/{path}", body)
        assert (refused.status, "a staff account" in refused.body["detail"]) == (403, True), path
    other = house.client(service, house.system("crm", "tickets"), language="en").get("/v1/operations")
    assert (other.status, "the scope operations" in other.body["detail"]) == (403, True)


def test_somebody_who_left_or_is_on_call_no_more_is_not_let_in(house: House) -> None:
    person = house.staff("on-call")
    house.settle()
    assert house.client("notify", person).get("/v1/operations").status == 200
    admin = house.client("gateway", house.staff("admin"))
    admin.post(f"/v1/staff/{person.id}/deactivate", {}).expect(200)
    house.settle()
    assert house.client("notify", person).get("/v1/operations").status == 403


def test_the_queues_of_a_service_are_told_by_whoever_runs_its_loops(house_on_servers: House) -> None:
    house = house_on_servers
    database = house.process.databases["support"]
    being = presence.Presence(database, house.settings, "bus", list)
    being.step()
    being.step()  # a beat tells what the one before it has seen: looking must not keep anybody from beating
    ask(house, "a@example.com")
    state = on_call(house, "support").get("/v1/operations").expect(200)
    queues = {each["name"]: each for each in state["queues"]}
    assert set(queues) == {"steward.support", "steward.support.dead", "steward.support.tasks"}
    assert queues["steward.support.tasks"]["consumers"] >= 1
    assert state["missing"] == ["tasks"]  # with a broker, tasks are run by processes of their own
    presence.Presence(database, house.settings, "tasks", list).step()
    assert on_call(house, "support").get("/v1/operations").expect(200)["missing"] == []
