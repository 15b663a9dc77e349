"""The list of tickets: every filter, every order, pages both ways, counts of views, and what one may do with many."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.support.ticket import queries
from shared.kernel import moment
from shared.sheets import csv_file
from tests.flows.house import SHANGHAI, House
from tests.flows.promised import HOUR, MINUTE, Office


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def asked(office: Office, query: str, who: Any = None) -> list[str]:
    """The ids of a list, in order."""
    items = office.as_(who or office.staff).get(f"/v1/tickets?{query}").expect(200)["items"]
    return [item["id"] for item in items]


def test_tickets_in_any_of_several_states_are_listed_together(office: Office) -> None:
    received, classified, logged = office.receive(), office.brought_to("classify"), office.brought_to("log")
    assert asked(office, "state=received&state=logged") == [logged, received]
    assert asked(office, "state=classified") == [classified]
    answer = office.as_(office.staff, language="en").get("/v1/tickets?state=received&state=eaten")
    assert (answer.status, list(answer.body["errors"])) == (422, ["state"])


def test_mine_is_whoever_asks_and_none_is_nobody_in_particular(office: Office) -> None:
    free, mine = office.receive(), office.brought_to("classify")
    theirs = office.brought_to("classify")
    office.do("assign", theirs, office.lead, to=office.lead.id)
    assert asked(office, "owner=me") == [mine]
    assert asked(office, "owner=me", office.lead) == [theirs]
    assert asked(office, f"owner={office.lead.id}") == [theirs]
    assert asked(office, "owner=none") == [free]


def test_the_state_of_a_promise_is_a_filter(office: Office) -> None:
    old = office.receive()
    office.house.time.move(31 * MINUTE)  # the half hour for its classification has passed
    paused = office.brought_to("classify")
    office.do("take", paused)
    office.do("pause", paused, reason="client", evidence="Thư")
    fresh = office.receive()
    assert asked(office, "clock=late") == [old]
    assert asked(office, "clock=soon") == [fresh]
    assert asked(office, "clock=paused") == asked(office, "waits_for=client") == [paused]
    assert asked(office, "waits_for=outside") == asked(office, "clock=paused&state=received") == []
    office.do("classify", old, request_type=3)
    assert asked(office, "clock=late") == []  # what was late is classified; another promise runs now


def test_each_order_is_total_and_pages_both_ways(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [office.receive()]
    for _ in range(4):
        office.house.time.move(MINUTE)
        made.append(office.brought_to("classify"))
    office.house.time.move(MINUTE)
    office.do("promise", made[1], office.staff, promised_at=moment.text(office.now + 90 * HOUR), reason="Tàu trễ")
    assert asked(office, "") == asked(office, "sort=-received") == made[::-1]
    assert asked(office, "sort=-changed")[0] == made[1]
    assert asked(office, "sort=promised") == [*made[2:], made[1], made[0]]  # what has no promise comes last
    assert asked(office, "sort=-promised") == [made[1], *made[:1:-1], made[0]]
    for few in (queries.FEW, 2):  # sorted as a whole, and walked through
        monkeypatch.setattr(queries, "FEW", few)
        for sort in queries.ORDERS:
            for narrowed in ("", "&channel=website", "&state=received&state=classified"):
                paged_both_ways(office, f"sort={sort}{narrowed}", made)


def paged_both_ways(office: Office, query: str, made: list[str]) -> None:
    """Two at a time to the end, and back to the beginning."""
    whole = asked(office, query)
    assert sorted(whole) == sorted(made)
    client = office.as_(office.staff)
    page = client.get(f"/v1/tickets?{query}&limit=2").expect(200)
    assert page["previous"] is None
    pages = [page]
    while page["next"]:
        page = client.get(f"/v1/tickets?{query}&limit=2&cursor={page['next']}").expect(200)
        pages.append(page)
    assert [item["id"] for each in pages for item in each["items"]] == whole
    for earlier in pages[-2::-1]:
        page = client.get(f"/v1/tickets?{query}&limit=2&cursor={page['previous']}").expect(200)
        assert [item["id"] for item in page["items"]] == [item["id"] for item in earlier["items"]]
    assert (page["items"], page["previous"]) == (pages[0]["items"], None)


def test_a_cursor_leads_nowhere_in_another_order(office: Office) -> None:
    for _ in range(3):
        office.receive()
    client = office.as_(office.staff)
    cursor = client.get("/v1/tickets?limit=2").expect(200)["next"]
    answer = client.get(f"/v1/tickets?limit=2&sort=changed&cursor={cursor}")
    assert (answer.status, answer.code) == (400, "bad-cursor")


def test_some_tickets_are_asked_for_by_their_ids(office: Office) -> None:
    first, second, _ = office.receive(), office.receive(), office.receive()
    assert asked(office, f"id={first}&id={second}&id=nothing") == [second, first]


def test_a_view_is_counted_up_to_a_bound(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        office.receive()
    mine = office.brought_to("classify")
    client = office.as_(office.staff)
    views = ("state%3Dreceived", "owner%3Dme%26sort%3D-changed", "owner%3Dme", "", "state%3Deaten", "q%3DAnh", "%2500")
    counted = client.get("/v1/tickets/counts?" + "&".join(f"view={each}" for each in views)).expect(200)["items"]
    assert [each["count"] for each in counted] == [3, 1, 1, 4, None, 4, None]
    assert {each["more"] for each in counted} == {False}
    monkeypatch.setattr(queries, "COUNTED", 3)
    (some,) = client.get("/v1/tickets/counts?view=state%3Dreceived").expect(200)["items"]
    assert some == {"count": 2, "more": True}
    (theirs,) = office.as_(office.lead).get("/v1/tickets/counts?view=owner%3Dme").expect(200)["items"]
    assert theirs == {"count": 0, "more": False}
    assert mine


def judged(office: Office, verb: str, who: Any, *ids: str) -> dict[str, Any]:
    query = "&".join(f"id={id}" for id in ids)
    items = office.as_(who, language="en").get(f"/v1/tickets/verdicts?verb={verb}&{query}").expect(200)["items"]
    return {item["id"]: item["why"] if not item["possible"] else True for item in items}


def test_for_many_tickets_one_is_told_at_once_what_the_verb_would_say(office: Office) -> None:
    received, mine, theirs = office.receive(), office.brought_to("classify"), office.brought_to("classify")
    office.do("assign", theirs, office.lead, to=office.lead.id)
    said = judged(office, "take", office.staff, received, mine, theirs, "nothing")
    assert list(said) == [received, mine, theirs]
    assert said[mine] is True
    assert "while the state is" in said[received]
    assert said[theirs] == "Lê Thị Lãnh Đạo has it already. Ask them, or let the lead assign it."
    for id in (received, theirs):
        assert office.try_("take", id, office.staff, language="en").body["detail"] == said[id]


def test_one_is_told_what_ones_roles_allow_with_any_ticket(office: Office) -> None:
    def may(who: Any) -> list[str]:
        return office.as_(who).get("/v1/tickets/verbs").expect(200)["verbs"]

    assert {"classify", "take", "log"} <= set(may(office.staff))
    assert not {"hand_over", "take_over", "log_unanswered"} & set(may(office.staff))
    assert {"take", "hand_over", "take_over", "log_unanswered"} <= set(may(office.lead))
    assert "log" not in may(office.lead)
    assert {"hand_over", "send_back"} == set(may(office.executive))


def test_silence_is_closed_only_when_the_clients_time_is_over_and_by_whoever_may(office: Office) -> None:
    handed = office.brought_to("hand_over")
    assert "still has time" in judged(office, "log_unanswered", office.lead, handed)[handed]
    office.house.time.move(timedelta(days=3))
    office.house.settle()
    assert judged(office, "log_unanswered", office.lead, handed) == {handed: True}
    refused = judged(office, "log_unanswered", office.staff, handed)[handed]
    answer = office.try_("log_unanswered", handed, office.staff, language="en", reason="Im lặng")
    assert (answer.status, answer.body["detail"]) == (403, refused)


def test_a_file_has_the_chosen_columns_in_the_chosen_order(office: Office) -> None:
    first = office.brought_to("classify")
    office.house.time.move(MINUTE)
    second = office.receive(name="Zoë Łuczak")
    client = office.as_(office.staff, language="en")
    address = "/v1/tickets?sort=received&column=requester&column=changed_at&column=state"
    raw = client.get(address, headers={"Accept": csv_file.CONTENT_TYPE}).raw.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(raw, newline="")))
    assert lines[0] == ["Client", "Last changed on", "State"]
    assert [line[2] for line in lines[1:]] == ["Classified", "Received"]
    assert lines[2][:2] == ["Zoë Łuczak", "2026-11-24 09:01"]
    assert asked(office, "sort=received") == [first, second]
    assert client.get("/v1/tickets?column=shoe_size").status == 422


FILTERS = {
    "": "ix_ticket_unit_asked",
    "state=received": "ix_ticket_list_state",
    "state=logged&state=received": "ix_ticket_list_state",
    "owner=me": "ix_ticket_list_owner",
    "owner=none&state=received": "ix_ticket_list_owner",
    "request_type=3": "ix_ticket_list_request_type",
    "channel=hotline": "ix_ticket_list_channel",
    "channel=hotline&state=received": "ix_ticket_list_state",
    "topic=price&state=logged": "ix_ticket_list_topic",
    "rating=5": "ix_ticket_list_rating",
    "clock=paused": "ix_ticket_list_state",
    "waits_for=client": "ix_ticket_list_state",
    "sort=changed": "ix_ticket_list_changed",
    "sort=-promised": "ix_ticket_list_promised",
}
"""By which index each is answered, already in its order."""


@pytest.mark.parametrize(("query", "index"), FILTERS.items(), ids=[query or "all" for query in FILTERS])
def test_each_filter_is_answered_in_order_by_an_index(office: Office, query: str, index: str) -> None:
    found = {line for line in plans(office, f"/v1/tickets?{query}") if " ticket " in line}
    assert {line.partition(" (")[0].replace("COVERING ", "") for line in found} == {
        f"SEARCH ticket USING INDEX {index}"
    }
    assert {line.partition(" (")[2].partition("=")[0] for line in found} == {"unit"}
    assert "USE TEMP B-TREE FOR ORDER BY" not in plans(office, f"/v1/tickets?{query}")


@pytest.mark.parametrize("days", ["from=2026-11-01T00:00:00Z", "to=2026-12-01T00:00:00Z"])
def test_days_are_a_stretch_of_an_index(office: Office, days: str) -> None:
    found = {line for line in plans(office, f"/v1/tickets?{days}") if " ticket " in line}
    assert {line.rpartition("=? AND ")[0] for line in found} == {
        "SEARCH ticket USING COVERING INDEX ix_ticket_unit_asked (unit"
    }


@pytest.mark.parametrize("clock", ["late", "soon"])
def test_what_is_late_is_found_from_the_open_promises(office: Office, clock: str) -> None:
    office.receive()
    lines = plans(office, f"/v1/tickets?clock={clock}")
    assert "SEARCH clock USING INDEX ix_clock_open_unit (unit=? AND due_at" in " ".join(lines)
    assert [line for line in lines if "SCAN clock" in line or "SCAN ticket" in line] == []


def plans(office: Office, path: str) -> list[str]:
    """How SQLite reads the tickets and clocks of an answer."""
    engine = office.house.process.databases["support"].engine
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        seen.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        office.as_(office.staff).get(path).expect(200)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    ours = [each for each in seen if each[0].startswith("SELECT") and "ORDER BY clock.started_at" not in each[0]]
    with engine.connect() as connection:
        return [
            row[3]
            for statement, given in ours
            if "FROM ticket" in statement or "FROM clock" in statement
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        ]


def test_every_place_of_every_order_has_the_neighbours_that_the_list_shows(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [office.receive()]
    for _ in range(3):
        office.house.time.move(MINUTE)
        made.append(office.brought_to("classify"))
    client = office.as_(office.staff)
    for few in (queries.FEW, 2):
        monkeypatch.setattr(queries, "FEW", few)
        for sort in queries.ORDERS:
            for narrowed in ("", "&state=classified", "&clock=soon&channel=website"):
                items = client.get(f"/v1/tickets?sort={sort}{narrowed}").expect(200)["items"]
                ids = [None, *(each["id"] for each in items), None]
                for number, item in enumerate(items, 1):
                    found = client.get(f"/v1/tickets/{item['id']}/beside?sort={sort}{narrowed}&at={item['place']}")
                    found = found.expect(200)
                    sides = [each and each["id"] for each in (found["previous"], found["next"])]
                    assert sides == [ids[number - 1], ids[number + 1]]


def test_neighbours_are_of_the_callers_units_and_a_place_is_one_that_the_list_gave(office: Office) -> None:
    first, _ = office.receive(), office.receive()
    client = office.as_(office.staff, language="en")
    items = client.get("/v1/tickets").expect(200)["items"]
    assert items[1]["id"] == first
    for place in ("", f"?at={items[1]['place']}"):  # where it stands now is where it stood
        found = client.get(f"/v1/tickets/{first}/beside{place}").expect(200)
        assert (found["previous"]["number"], found["next"]) == (items[0]["number"], None)
    answer = client.get(f"/v1/tickets/{first}/beside?at=nowhere")
    assert (answer.status, answer.code) == (400, "bad-cursor")
    stranger = office.house.staff("staff", unit=SHANGHAI)
    theirs = office.house.client("support", stranger)
    requester = {"name": "王经理", "locale": "zh", "mails": ["wang@example.com"]}
    other = theirs.post("/v1/tickets", {"content": "?", "requester": requester}).expect(201)["id"]
    assert theirs.get(f"/v1/tickets/{first}/beside").status == 404
    assert theirs.get(f"/v1/tickets/{other}/beside?at={items[1]['place']}").expect(200)["previous"]["id"] == other
