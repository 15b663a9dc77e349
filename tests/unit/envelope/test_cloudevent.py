"""One event, to and from its bytes: nothing is lost on the way, and whatever arrives gets an answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import catalogue, cloudevent

EVENT = cloudevent.Event(
    id="0193f1c2-9d3e-7b44-8c1a-5f0e2d4c6b8a",
    source="/steward/support",
    type="support.ticket.received",
    subject="0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d",
    time=datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC),
    data={"content": "我的货物什么时候到港? Hàng đến cảng Hải Phòng"},
    sequence=7,
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    actor="staff:0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
    onbehalfof="staff:0193f1c2-0001-7c11-8a55-0f3d6e1b2c3d",
)
STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
DATA = st.dictionaries(
    STORABLE,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-(2.0**62), 2.0**62)
        | STORABLE,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STORABLE, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)  # fmt: skip


def changed(**parts: Any) -> bytes:
    """The event as JSON with some attributes changed; `...` takes one out."""
    envelope = cloudevent.parts(EVENT) | parts
    return json.dumps({name: value for name, value in envelope.items() if value is not ...}).encode()


def test_an_event_arrives_as_it_left() -> None:
    assert cloudevent.read(cloudevent.write(EVENT)) == EVENT


@given(DATA)
def test_any_data_that_json_can_say_arrives_as_it_left(data: dict[str, Any]) -> None:
    event = cloudevent.Event("1", "/tos", "request.submitted", "1", EVENT.time, data)
    assert cloudevent.read(cloudevent.write(event)).data == data


@given(st.binary(max_size=200))
def test_whatever_arrives_is_read_or_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(cloudevent.Unreadable) as refused:
        cloudevent.read(body)
    assert refused.value.facts["why"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "it is not UTF-8"),
        (b"{", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"specversion": NaN}', "it is not JSON"),
        (changed(specversion="0.3"), "specversion is not 1.0"),
        (changed(data=...), "data is missing or not an object"),
        (changed(data=[1]), "data is missing or not an object"),
        (changed(id=""), "id is missing"),
        (changed(id=5), "id is missing"),
        (changed(type="t" * 201), "type is longer than 200 characters"),
        (changed(time="24.11.2026"), "time is not RFC 3339 with an offset"),
        (changed(time="2026-11-24T02:00:00"), "time is not RFC 3339 with an offset"),
        (changed(time="0001-01-01T00:00:00+14:00"), "time is not RFC 3339 with an offset"),
        (changed(sequence="first"), "sequence is not a whole number"),
        (changed(sequence="٣"), "sequence is not a whole number"),
        (changed(dataschema="urn:steward:other:1"), "dataschema is not urn:steward:support.ticket.received:<version>"),
        (changed(data={"a": "\x00"}), "it contains the NUL character"),
        (changed(data={"\ud800": 1}), "it contains half of a surrogate pair"),
        (changed(data={"a": 2**64}), "it contains a number of more than 64 bits"),
    ],
)
def test_what_cannot_be_an_event_is_refused_with_its_reason(body: bytes, why: str) -> None:
    with pytest.raises(cloudevent.Unreadable) as refused:
        cloudevent.read(body)
    assert refused.value.facts["why"] == why


def test_deep_nesting_is_refused_before_anybody_walks_down() -> None:
    deep: Any = 1
    for _ in range(cloudevent.MAX_DEPTH):
        deep = [deep]
    with pytest.raises(cloudevent.Unreadable, match="nested deeper than 32 levels"):
        cloudevent.read(changed(data={"a": deep}))


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_another_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(cloudevent.Unreadable, match="the content type is"):
        cloudevent.read(cloudevent.write(EVENT), content_type=content_type)


def test_a_content_type_may_have_parameters_and_capitals() -> None:
    kind = "Application/CloudEvents+JSON; charset=utf-8"
    assert cloudevent.read(cloudevent.write(EVENT), content_type=kind) == EVENT


def test_exactly_a_mebibyte_is_taken_and_one_byte_more_is_not() -> None:
    empty = len(cloudevent.write(cloudevent.Event("1", "/tos", "x.y", "1", EVENT.time, {"a": ""})))
    room = cloudevent.MAX_BYTES - empty
    full = cloudevent.Event("1", "/tos", "x.y", "1", EVENT.time, {"a": "x" * room})
    assert len(cloudevent.write(full)) == cloudevent.MAX_BYTES
    assert cloudevent.read(cloudevent.write(full)) == full
    with pytest.raises(cloudevent.TooLarge):
        cloudevent.write(cloudevent.Event("1", "/tos", "x.y", "1", EVENT.time, {"a": "x" * (room + 1)}))
    with pytest.raises(cloudevent.TooLarge):
        cloudevent.read(b" " + cloudevent.write(full))


def test_an_outside_system_may_leave_out_what_it_does_not_have() -> None:
    body = changed(subject=..., sequence=..., traceparent=..., actor=..., onbehalfof=..., dataschema=...)
    event = cloudevent.read(body)
    assert (event.subject, event.sequence, event.version) == (event.id, None, 1)
    assert (event.traceparent, event.actor, event.onbehalfof) == (None, None, None)


def test_data_that_breaks_its_own_schema_never_leaves() -> None:
    from services.support.ticket import events

    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    with pytest.raises(
        catalogue.InvalidData, match=r"unit: Field may not be null; state: Must be one of: .*withdrawn, duplicate\.$"
    ):
        catalogue.dump(
            events.RECEIVED,
            {**events.RECEIVED.example, "promised_at": None, "asked_at": now, "state": "lost", "unit": None},
        )
