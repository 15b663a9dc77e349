"""Whatever arrives, reading it gives an event or one of the envelope's own errors, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.bus import port
from shared.envelope import cloudevent
from shared.inbox import receive

TEXT = st.text(max_size=30)
CLEAN = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
MEMBERS = {
    "specversion": st.just("1.0") | JSON,
    "id": CLEAN | JSON,
    "source": st.just("/tos") | JSON,
    "type": st.just("thing.offered") | JSON,
    "subject": CLEAN | JSON,
    "time": st.just("2026-11-24T02:00:00Z") | st.datetimes().map(str) | JSON,
    "dataschema": st.just("urn:steward:thing.offered:1") | JSON,
    "sequence": st.integers() | JSON,
    "actor": CLEAN | JSON,
    "onbehalfof": JSON,
    "traceparent": JSON,
    "data": st.dictionaries(CLEAN, JSON, max_size=3) | JSON,
}
CONTENT_TYPES = st.sampled_from(
    [cloudevent.CONTENT_TYPE, f"{cloudevent.CONTENT_TYPE}; charset=utf-8", cloudevent.CONTENT_TYPE.upper()]
)


def read(body: bytes, content_type: str | None) -> cloudevent.Event | None:
    try:
        return cloudevent.read(body, content_type=content_type)
    except (cloudevent.Unreadable, cloudevent.TooLarge):
        return None


@given(body=st.binary(max_size=400), content_type=CONTENT_TYPES | st.none() | TEXT)
@example(b"[" * 200_000, cloudevent.CONTENT_TYPE)
@example(b'{"a":' * 100_000, cloudevent.CONTENT_TYPE)
@example(b'"' + b"\\ud800" + b'"', cloudevent.CONTENT_TYPE)
@example(b"9" * 100_000, cloudevent.CONTENT_TYPE)
@example(b"\xef\xbb\xbf{}", cloudevent.CONTENT_TYPE)
def test_bytes_are_an_event_or_refused(body: bytes, content_type: str | None) -> None:
    read(body, content_type)


@given(members=st.fixed_dictionaries({}, optional=MEMBERS), content_type=CONTENT_TYPES)
def test_json_is_an_event_or_refused(members: dict[str, Any], content_type: str) -> None:
    event = read(json.dumps(members).encode("utf-8", "surrogatepass"), content_type)
    if event is not None:
        assert 0 < len(event.id) <= cloudevent.MAX_NAME
        assert 0 < len(event.subject) <= cloudevent.MAX_NAME
        assert event.time.utcoffset() is not None
        assert event.version >= 0
        cloudevent.write(event)


@given(members=st.fixed_dictionaries(MEMBERS), key=TEXT, exchange=st.sampled_from([port.EVENTS, port.INBOUND, ""]))
def test_a_delivery_is_read_or_refused(members: dict[str, Any], key: str, exchange: str) -> None:
    body = json.dumps(members).encode("utf-8", "surrogatepass")
    try:
        receive.read(port.Delivery(body, cloudevent.CONTENT_TYPE, exchange, key))
    except (cloudevent.Unreadable, cloudevent.TooLarge, receive.ForgedSource) as error:
        str(error).encode()


@given(
    id=CLEAN,
    subject=CLEAN,
    time=st.datetimes(timezones=st.just(UTC)),
    data=st.dictionaries(CLEAN, CLEAN | st.integers(-(2**63), 2**63 - 1) | st.none() | st.lists(CLEAN), max_size=4),
    sequence=st.integers(1, 10**17) | st.none(),
    actor=CLEAN | st.none(),
)
def test_what_is_written_is_read_as_it_was(
    id: str, subject: str, time: datetime, data: dict[str, Any], sequence: int | None, actor: str | None
) -> None:
    event = cloudevent.Event(id, "/steward/left", "left.thing.noted", subject, time, data, sequence, actor=actor)
    assert cloudevent.read(cloudevent.write(event)) == event


@pytest.mark.parametrize("what", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 30])
def test_a_number_that_no_database_holds_is_refused(what: str) -> None:
    body = (
        b'{"specversion":"1.0","id":"1","source":"/a","type":"b.c","time":"2026-01-01T00:00:00Z","data":{"n":%s}}'
        % what.encode()
    )
    assert read(body, cloudevent.CONTENT_TYPE) is None


@given(value=st.dictionaries(TEXT, JSON, max_size=4))
def test_what_is_not_suspicious_needs_no_closer_look(value: dict[str, Any]) -> None:
    """Most events are read without looking at each part; that must make no difference."""
    for ascii_ in (True, False):
        try:
            body = json.dumps(value, ensure_ascii=ascii_, allow_nan=False).encode()
        except ValueError:  # no JSON, or no UTF-8
            continue
        if not cloudevent._suspicious(body):
            cloudevent.check_text(json.loads(body))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff x"])
def test_what_no_reader_takes_is_not_written(text: str) -> None:
    for data in ({"word": text}, {text: 1}, {"word": ["deep", {"er": text}]}):
        with pytest.raises(cloudevent.Unreadable):
            cloudevent.write(cloudevent.Event("1", "/a", "b.c", "s", datetime(2026, 1, 1, tzinfo=UTC), data))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, float("nan"), float("inf"), 1e300])
def test_a_number_that_no_reader_takes_is_not_written(number: float) -> None:
    with pytest.raises(cloudevent.Unreadable):
        cloudevent.write(cloudevent.Event("1", "/a", "b.c", "s", datetime(2026, 1, 1, tzinfo=UTC), {"n": [number]}))
