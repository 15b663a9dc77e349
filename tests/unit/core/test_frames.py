"""What a publisher wrote into names and properties never breaks the stream that it arrives in."""

from __future__ import annotations

from struct import pack
from typing import Any

import amqp
from amqp import serialization, spec
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import frames

DELIVER = pack(">HH", *spec.Basic.Deliver)
SHORT = st.binary(max_size=255)


def short(raw: bytes) -> bytes:
    return bytes([len(raw)]) + raw


@given(tag=SHORT, number=st.integers(0, 2**64 - 1), again=st.booleans(), exchange=SHORT, key=SHORT)
def test_every_delivery_can_be_read_and_keeps_its_tag(
    tag: bytes, number: int, again: bool, exchange: bytes, key: bytes
) -> None:
    frame = DELIVER + short(tag) + pack(">QB", number, again) + short(exchange) + short(key)
    read, _ = serialization.loads("sLbss", frames.readable_delivery(frame), 4)
    assert read[1] == number
    for written, name in ((tag, read[0]), (exchange, read[3]), (key, read[4])):
        try:
            assert name == written.decode()
        except UnicodeDecodeError:
            assert name.isprintable() or "\\x" in name


@given(flags=st.integers(0, 0xFFFF), rest=st.binary(max_size=300))
def test_every_content_header_can_be_read(flags: int, rest: bytes) -> None:
    header = pack(">HHQH", 60, 0, 10, flags) + rest
    message: Any = amqp.Message("")
    message.inbound_header(frames.readable_header(header))
    if message.properties.get("content_type") != frames.UNREADABLE:
        assert frames.readable_header(header) == header


def test_a_good_header_is_passed_on_as_it_is() -> None:
    message: Any = amqp.Message("", content_type="application/cloudevents+json", message_id="m", delivery_mode=2)
    header = pack(">HHQ", 60, 0, 10) + message._serialize_properties()
    assert frames.readable_header(header) is header


def test_a_date_that_does_not_exist_makes_the_properties_unreadable() -> None:
    table = short(b"at") + b"T" + pack(">Q", 2**63)
    header = pack(">HHQH", 60, 0, 10, 0x2000) + pack(">I", len(table)) + table
    message: Any = amqp.Message("")
    message.inbound_header(frames.readable_header(header))
    assert message.properties == {"content_type": frames.UNREADABLE}


@given(st.binary(max_size=400))
def test_what_is_written_is_a_short_string_in_utf8(raw: bytes) -> None:
    written = frames._written(raw)
    assert written[0] == len(written) - 1
    written[1:].decode()
