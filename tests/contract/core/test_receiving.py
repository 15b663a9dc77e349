"""What arrives: stored once, or parked with its raw bytes and answered; directly and over RabbitMQ alike."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from typing import Any

import prometheus_client
import pytest
import sqlalchemy as sa

from shared.bus import port
from shared.envelope import cloudevent
from shared.inbox import receive
from shared.kernel import errors
from shared.store import tables
from tests.contract.core import ground
from tests.contract.core.pair import Pair

KEY = f"tos.{ground.OFFERED}"
JSON = cloudevent.CONTENT_TYPE


def envelope(**changes: Any) -> dict[str, Any]:
    """An event of the outside system `tos` that could not be better, but for the changes; None takes a member away."""
    whole = {
        "specversion": "1.0",
        "id": "order-1",
        "source": "/tos",
        "type": ground.OFFERED,
        "subject": "s",
        "time": "2026-11-24T02:00:00Z",
        "data": {"number": 1, "word": "fine"},
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def written(**changes: Any) -> bytes:
    return json.dumps(envelope(**changes)).encode()


def deep(levels: int) -> bytes:
    return written()[:-1] + b', "x": ' + b"[" * levels + b"]" * levels + b"}"


ROOM = cloudevent.MAX_BYTES - len(written(data={"number": 1, "word": ""}))  # letters in the largest event

UNREADABLE: dict[str, tuple[bytes, str | None, str, str]] = {
    "empty": (b"", JSON, "unreadable-event", "it is not JSON"),
    "not JSON": (b"<order/>", JSON, "unreadable-event", "it is not JSON"),
    "cut off": (written()[:-5], JSON, "unreadable-event", "it is not JSON"),
    "not UTF-8": (written(subject="Nguyễn").decode().encode("utf-16"), JSON, "unreadable-event", "it is not UTF-8"),
    "a list": (b"[1]", JSON, "unreadable-event", "it is not a JSON object"),
    "no content type": (written(), None, "unreadable-event", "the content type is missing"),
    "another content type": (written(), "application/json", "unreadable-event", "application/json"),
    "a pickle": (pickle.dumps({"a": 1}), "application/x-python-serialize", "unreadable-event", "x-python-serialize"),
    "a pickle under our type": (pickle.dumps({"a": 1}), JSON, "unreadable-event", "it is not UTF-8"),
    "another version of CloudEvents": (written(specversion="0.3"), JSON, "unreadable-event", "specversion"),
    "no id": (written(id=None), JSON, "unreadable-event", "id is missing"),
    "no source": (written(source=None), JSON, "unreadable-event", "source is missing"),
    "a long id": (written(id="x" * 201), JSON, "unreadable-event", "id is longer than 200 characters"),
    "no time": (written(time=None), JSON, "unreadable-event", "time is missing"),
    "a time without an offset": (written(time="2026-11-24T02:00:00"), JSON, "unreadable-event", "RFC 3339"),
    "data that is a text": (written(data="x"), JSON, "unreadable-event", "data is missing or not an object"),
    "a sequence that is none": (written(sequence="1e3"), JSON, "unreadable-event", "sequence"),
    "another schema": (written(dataschema="urn:x:1"), JSON, "unreadable-event", "dataschema"),
    "NUL": (written(data={"number": 1, "word": "a\x00b"}), JSON, "unreadable-event", "NUL"),
    "half of a surrogate pair": (
        written(data={"number": 1, "word": "\ud800"}), JSON, "unreadable-event", "surrogate",
    ),
    "a number of 70 bits": (written(data={"number": 2**70, "word": "x"}), JSON, "unreadable-event", "64 bits"),
    "a number of 5,000 digits": (
        written().replace(b'"number": 1', b'"number": ' + b"9" * 5000), JSON, "unreadable-event", "it is not JSON",
    ),
    "NaN": (written().replace(b'"number": 1', b'"number": NaN'), JSON, "unreadable-event", "it is not JSON"),
    "a number beyond all floats": (
        written().replace(b'"number": 1', b'"number": 1e999'), JSON, "unreadable-event", "number",
    ),
    "33 levels": (deep(33), JSON, "unreadable-event", "nested deeper"),
    "100,000 levels": (deep(100_000), JSON, "unreadable-event", "it is not JSON"),
    "a mebibyte and a byte": (
        written(data={"number": 1, "word": "x" * (ROOM + 1)}), JSON, "event-too-large", "1048577 bytes",
    ),
    "a forged source": (written(source="/wms"), JSON, "forged-source", "/wms"),
    "the source of a service": (written(source="/steward/left"), JSON, "forged-source", "/steward/left"),
    "another type than its key": (written(type="party.upserted"), JSON, "forged-source", "party.upserted"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_taken_is_parked_with_its_bytes_and_answered(both: Pair, what: str) -> None:
    body, content_type, code, why = UNREADABLE[what]
    both.arrive(port.Delivery(body, content_type, port.INBOUND, KEY, {}, message_id="order-1"))
    both.work()
    (failure,) = ground.failures(both.right)
    assert (failure.kind, failure.reason, failure.state, failure.name) == ("delivery", code, "parked", KEY)
    assert why in failure.error
    assert bytes(failure.raw) == body[: receive.KEPT_BYTES]
    assert ground.inbox(both.right) == []
    (answer,) = ground.outgoing(both.right)
    assert answer.routing_key == "right.inbound.rejected"
    said = cloudevent.read(bytes(answer.body)).data
    assert (said["source"], said["event_id"], said["type"]) == ("/tos", "order-1", ground.OFFERED)
    assert said["code"] == code
    assert why in said["detail"]


def test_a_bad_message_disturbs_none_of_those_around_it(both: Pair) -> None:
    bad = [port.Delivery(body, kind, port.INBOUND, KEY) for body, kind, _, _ in UNREADABLE.values()]
    bad = list({each.body: each for each in bad}.values())  # the same bytes are one failure
    good = [ground.offered(number, subject=f"s{number}") for number in range(len(bad))]
    both.arrive(*[each for two in zip(bad, good, strict=True) for each in two])
    both.work()
    assert [number for _, number in ground.effects(both.right)] == list(range(len(bad)))
    assert len(ground.failures(both.right)) == len(bad)


def test_the_largest_event_from_outside_takes_effect(both: Pair) -> None:
    body = written(data={"number": 1, "word": "x" * ROOM})
    assert len(body) == cloudevent.MAX_BYTES
    both.arrive(port.Delivery(body, JSON, port.INBOUND, KEY))
    both.work()
    assert ground.effects(both.right) == [("s", 1)]


def test_a_message_without_an_id_is_answered_by_the_digest_of_its_bytes(both: Pair) -> None:
    both.arrive(port.Delivery(b"<order/>", JSON, port.INBOUND, KEY))
    digest = hashlib.sha256(b"<order/>" + KEY.encode()).hexdigest()
    (answer,) = ground.outgoing(both.right)
    assert cloudevent.read(bytes(answer.body)).data["event_id"] == f"sha256:{digest}"


def test_a_bad_event_of_our_own_is_parked_and_nobody_outside_hears_of_it(both: Pair) -> None:
    both.arrive(port.Delivery(b"{}", JSON, port.EVENTS, ground.NOTED.name))
    assert [failure.reason for failure in ground.failures(both.right)] == ["unreadable-event"]
    assert ground.outgoing(both.right) == []


def test_the_same_event_fifty_times_over_is_stored_and_takes_effect_once(both: Pair) -> None:
    event = ground.offered(1, id="order-1")
    both.arrive(*[event] * 50)
    both.work()
    assert len(ground.inbox(both.right)) == 1
    assert ground.effects(both.right) == [("s", 1)]


def test_the_same_id_from_two_systems_is_two_events(both: Pair) -> None:
    both.arrive(ground.offered(1, id="1", system="tos"), ground.offered(2, id="1", system="wms"))
    both.work()
    assert ground.effects(both.right) == [("s", 1), ("s", 2)]


def test_an_outside_system_does_not_say_who_of_us_acted(both: Pair) -> None:
    both.arrive(ground.offered(1, actor="staff:director"))
    both.work()
    assert [row.actor for row in ground.rows(both.right, sa.select(ground.effect))] == ["system:tos"]


def test_an_event_of_a_service_names_its_actor(both: Pair) -> None:
    both.arrive(ground.noted(1, actor="staff:lan"), ground.noted(2, subject="t"))
    both.work()
    actors = [row.actor for row in ground.rows(both.right, sa.select(ground.effect).order_by(ground.effect.c.number))]
    assert actors == ["staff:lan", "system:steward/left"]


def test_a_service_event_said_by_an_outside_system_has_no_effect(open_: Callable[..., Any]) -> None:
    """A system may hand in whatever type it likes over HTTP; that must not make it one of us."""
    database = open_()
    event = cloudevent.Event("1", "/tos", ground.NOTED.name, "s", ground.START, {"number": 1, "word": "fine"})
    said = ground.delivery(event, exchange=port.INBOUND, key=f"tos.{ground.NOTED.name}")
    made = Pair(open_("left"), database, database.time)
    made.arrive(said)
    made.work()
    assert ground.effects(database) == []
    assert [row.state for row in ground.inbox(database)] == ["skipped"]
    made.close()


@pytest.mark.parametrize("system", ["steward/left", "steward", "", "a b", "Tos", "x" * 64, "tos\u0301"])
def test_a_system_with_a_name_that_is_none_is_refused(open_: Callable[..., Any], system: str) -> None:
    database = open_()
    event = cloudevent.Event("1", f"/{system}", ground.OFFERED, "s", ground.START, {"number": 1, "word": "fine"})
    receive.store(database, [ground.delivery(event, exchange=port.INBOUND, key=f"{system}.{ground.OFFERED}")])
    allowed = system == "steward"  # nobody but the operator gives that name to a broker user; it is no service's source
    assert [row.source for row in ground.inbox(database)] == (["/steward"] if allowed else [])
    assert [failure.reason for failure in ground.failures(database)] == ([] if allowed else ["forged-source"])


def test_a_name_that_no_database_takes_is_parked_in_escapes(open_: Callable[..., Any]) -> None:
    """RabbitMQ lets a publisher put NUL into a routing key, and `*.thing.offered` lets it through to the queue."""
    database = open_()
    key = f"\x00\ud800.{ground.OFFERED}"
    receive.store(
        database,
        [
            port.Delivery(written(), "\x00", port.INBOUND, key, {}, message_id="\x00"),
            ground.offered(2),
        ],
    )
    (failure,) = ground.failures(database)
    assert failure.name == rf"\x00\ud800.{ground.OFFERED}"
    assert [row.source for row in ground.inbox(database)] == ["/tos"]
    assert cloudevent.read(bytes(ground.outgoing(database)[0].body)).data["event_id"] == r"\x00"


def test_what_the_database_does_not_take_is_parked_and_its_neighbours_are_stored(open_: Callable[..., Any]) -> None:
    """The last net: whatever a message does to the database, it must not stop the receiver."""
    database = open_()
    with database.engine.begin() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql(
                "create trigger fussy before insert on inbox when new.subject = 'odd'"
                " begin select raise(abort, 'not this one'); end"
            )
        else:
            connection.exec_driver_sql("alter table inbox add constraint fussy check (subject <> 'odd')")
    try:
        receive.store(database, [ground.noted(1), ground.noted(2, subject="odd"), ground.noted(3, subject="t")])
        assert [row.subject for row in ground.inbox(database)] == ["s", "t"]
        assert [failure.reason for failure in ground.failures(database)] == ["not-storable"]
    finally:
        if database.dialect == "postgresql":
            with database.engine.begin() as connection:
                connection.exec_driver_sql("alter table inbox drop constraint fussy")


def test_a_database_that_is_away_is_said_and_nothing_is_parked(time: Any) -> None:
    with ground.opened("sqlite:////nowhere/at-all.sqlite", "right", time) as lost, pytest.raises(errors.DatabaseAway):
        receive.store(lost, [ground.noted(1)])


def test_a_drained_dead_letter_is_parked_under_its_first_names_and_can_be_replayed(database: Any) -> None:
    whole = ground.offered(1)
    death = {
        "x-death": [
            {"exchange": "", "routing-keys": ["steward.right"]},
            {"exchange": port.INBOUND, "routing-keys": [KEY]},
        ]
    }
    dead = port.Delivery(whole.body, whole.content_type, "", "steward.right.dead", death, whole.message_id)
    receive.store_dead(database, [dead])
    (failure,) = ground.failures(database)
    assert (failure.reason, failure.name, failure.source) == ("delivery-limit", KEY, port.INBOUND)
    assert ground.outgoing(database) == []  # it is not its sender's fault


@pytest.mark.parametrize("deaths", ["x", [], [7], [{}], [{"routing-keys": []}], {"a": 1}])
def test_a_dead_letter_with_a_forged_history_is_parked_all_the_same(database: Any, deaths: Any) -> None:
    receive.store_dead(database, [port.Delivery(b"x", None, "", "steward.right.dead", {"x-death": deaths})])
    assert [failure.name for failure in ground.failures(database)] == ["steward.right.dead"]


def test_an_unrouted_event_that_somebody_subscribes_to_is_an_alarm() -> None:
    def count(**labels: str) -> float:
        return prometheus_client.REGISTRY.get_sample_value("steward_events_unrouted_total", labels) or 0

    known, unknown = {"type": ground.NOTED.name, "subscribed": "yes"}, {"type": "unknown", "subscribed": "no"}
    before = count(**known), count(**unknown)
    keys = (ground.NOTED.name, "a.b.c", "d.e.f")
    receive.count_unrouted([port.Delivery(b"", None, port.EVENTS, key) for key in keys], {ground.NOTED.name})
    assert (count(**known) - before[0], count(**unknown) - before[1]) == (1, 2)


def test_the_tables_hold_what_the_envelope_allows() -> None:
    assert tables.NAME == cloudevent.MAX_NAME
