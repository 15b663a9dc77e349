"""Reading deliveries whose names and properties were written by somebody else.

py-amqp takes them for UTF-8 and for dates that exist, and raises when they are not. In the middle of a connection's
stream that ends the connection, gives everything in hand back to the queue, and meets the same message again: one bad
message would stop the queue and use up the delivery limit of its neighbours. So they are made readable before py-amqp
sees them; the bytes of a body are never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import Any

from amqp import method_framing, serialization, spec

METHOD, HEADER = 1, 2  # kinds of frames
_DELIVER = pack(">HH", *spec.Basic.Deliver)
_FIXED = 12  # bytes of a content header before its properties: class, weight, size of the body
_CONTENT_TYPE_ONLY = pack(">H", 0x8000)
UNREADABLE = "unreadable/properties"
"""The content type of a message whose properties could not be read."""

Frame = tuple[int, int, Any]


def handler(connection: Any, callback: Callable[..., Any], **more: Any) -> Callable[[Frame], bool]:
    """py-amqp's frame handler behind a reader that nothing in a delivery can stop."""
    inner = method_framing.frame_handler(connection, callback, **more)

    def on_frame(frame: Frame) -> bool:
        kind, channel, content = frame
        if kind == METHOD and bytes(content[:4]) == _DELIVER:
            frame = kind, channel, readable_delivery(bytes(content))
        elif kind == HEADER:
            frame = kind, channel, readable_header(bytes(content))
        return inner(frame)

    return on_frame


def readable_delivery(content: bytes) -> bytes:
    """The method frame of a delivery, its names in UTF-8: what is not becomes visible escapes."""
    if content.isascii():
        return content
    tag, at = _short(content, 4)
    fixed = content[at : at + 9]  # delivery tag and the redelivered bit
    exchange, at = _short(content, at + 9)
    key, _ = _short(content, at)
    return content[:4] + _written(tag) + fixed + _written(exchange) + _written(key)


def readable_header(content: bytes) -> bytes:
    """The content header as it is, or with a content type that says that its properties cannot be read."""
    try:
        serialization.decode_properties_basic(content, _FIXED)
    except Exception:  # noqa: BLE001 - whatever it is, the message is for a person to look at
        return content[:_FIXED] + _CONTENT_TYPE_ONLY + _written(UNREADABLE.encode())
    return content


def _short(content: bytes, at: int) -> tuple[bytes, int]:
    """A short string and where it ends."""
    end = at + 1 + content[at]
    return content[at + 1 : end], end


def _written(raw: bytes) -> bytes:
    text = raw.decode("utf-8", "backslashreplace").encode()[:255]
    text = text.decode("utf-8", "ignore").encode()  # a character that was cut in two
    return bytes([len(text)]) + text
