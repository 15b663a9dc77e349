"""Events as they pass, at the terminal."""

from __future__ import annotations

import json
import signal
from typing import Any

import kombu
import pytest

from shared import outbox
from shared.bus import port
from shared.envelope import catalogue, cloudevent
from shared.kernel import ids
from shared.runtime import manifest
from shared.runtime.cli import shape
from tests.cli import parked
from tests.cli.house import House
from tests.servers import ports

KINDS = {kind.name: kind for kind in manifest.events(manifest.load("support"))}


def happen(house: House, type_: str, subject: str) -> None:
    """An event is committed to support's outbox."""
    kind = KINDS[type_]
    with house.database("support").work(actor="staff:1") as unit:
        outbox.emit(unit, kind, subject, catalogue.load(kind.name, kind.schema, kind.example))


def _lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_newest_events_come_in_order_and_masked(house: House) -> None:
    for number in range(5):
        happen(house, "support.ticket.received", f"ticket-{number}")
    happen(house, "support.ticket.handed_over", "ticket-5")
    done = house.run("events", "tail", "--last", "3", "--json")
    assert done.code == shape.OK
    shown = _lines(done.out)
    assert [event["subject"] for event in shown] == ["ticket-3", "ticket-4", "ticket-5"]
    assert {event["at"] for event in shown} == {"support"}
    example = KINDS["support.ticket.handed_over"].example
    assert shown[-1]["data"]["link"] == "***"
    assert shown[-1]["data"]["ticket_id"] == example["ticket_id"]
    for hidden in (example["link"], example["contact"]["name"], *example["contact"]["mails"], example["content"]):
        assert hidden not in done.out
    assert "support.ticket.handed_over" in house.run("events", "tail").out


@pytest.mark.parametrize(
    ("pattern", "count"), [("support.ticket.*", 3), ("*.handed_over", 1), ("support.ticket.receive?", 2), ("s%", 0)]
)
def test_only_types_like_the_pattern_are_shown(house: House, pattern: str, count: int) -> None:
    for type_ in ("received", "handed_over", "received"):
        happen(house, f"support.ticket.{type_}", "ticket")
    assert len(_lines(house.run("events", "tail", "--type", pattern, "--json").out)) == count


def test_what_arrives_is_shown_from_the_inboxes(house: House) -> None:
    id = parked.inbound(house, parked.REQUEST)
    done = house.run("events", "tail", "--inbox", "--json")
    (event,) = _lines(done.out)
    assert (event["at"], event["id"], event["type"]) == ("support", id, "request.submitted")
    for hidden in (parked.NAME, parked.MAIL, parked.PHONE, parked.CONTENT, parked.SECRET):
        assert hidden not in done.out
    assert house.run("events", "tail", "--json").out == ""


def test_events_to_come_are_followed_until_told_to_stop(house: House) -> None:
    happen(house, "support.ticket.received", "before")
    watching = house.start("events", "tail", "--follow", "--json")
    ports.until(lambda: "before" in watching.said, timeout_s=30, what="the first event", alive=lambda: watching.alive)
    happen(house, "support.ticket.received", "after")
    ports.until(lambda: "after" in watching.said, timeout_s=30, what="the next event", alive=lambda: watching.alive)
    watching.tell(signal.SIGINT)
    assert watching.wait(10) == shape.OK
    assert watching.said.count("after") == 1


def test_listening_on_the_broker_needs_one(house: House) -> None:
    done = house.run("events", "tail", "--broker")
    assert done.code == shape.REFUSED
    assert "set STEWARD_AMQP_URL" in done.sentence


def test_the_broker_is_listened_to_without_taking_anything_from_anybody(house: House, amqp_url: str) -> None:
    house.more["STEWARD_AMQP_URL"] = amqp_url
    assert house.run("topology").code == shape.OK
    watching = house.start("events", "tail", "--broker", "--type", "support.*", "--json")
    kind = KINDS["support.ticket.handed_over"]

    def passed() -> bool:
        _publish(amqp_url, kind.name, kind.example)
        _publish(amqp_url, "notify.message.sent", {})
        return "support.ticket.handed_over" in watching.said

    ports.until(passed, timeout_s=30, what="an event on the broker", alive=lambda: watching.alive)
    watching.tell(signal.SIGINT)
    assert watching.wait(10) == shape.OK
    assert kind.example["link"] not in watching.said
    assert "notify.message.sent" not in watching.said
    names = {row["queue"]: row["ready"] for row in house.run("queues", "--json").json["queues"]}
    assert names["steward.notify"] > 0, "the subscriber's own copy is gone"


def _publish(url: str, type_: str, data: dict[str, Any]) -> None:
    event = {"specversion": "1.0", "id": ids.new(), "source": "/steward/support", "type": type_, "data": data}
    with kombu.Connection(url) as connection:
        connection.default_channel.basic_publish(
            connection.default_channel.prepare_message(
                json.dumps(event).encode(), content_type=cloudevent.CONTENT_TYPE
            ),
            exchange=port.EVENTS,
            routing_key=type_,
        )
