"""A message and a letter to start from."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from services.notify.channel import port
from services.notify.message import model

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ID = "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"

_WAITING = model.Message(
    id=ID,
    version=1,
    seq=7,
    source="/steward/support",
    event_id="0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
    rule="ticket-received",
    recipient="huong.nguyen@example.com",
    event="support.ticket.received",
    related="0193f1c2-1111-7c11-8a55-0f3d6e1b2c3d",
    number="TCK-2026-000123",
    unit="hai-phong",
    template="ticket-received",
    locale="vi",
    recipient_name="Nguyễn Thị Hường",
    people={},
    state=model.LIFECYCLE.initial,
    created_at=NOW,
    created_by="staff:staff-1",
    facts={"number": "TCK-2026-000123", "link": "s8hT2kQ9mRw4vXy7nBp3cLd"},
)

_LETTER = port.Letter(
    id=ID,
    message_id=f"<{ID}@steward.example.com>",
    sender_name="Chi nhánh Hải Phòng",
    sender="no-reply@steward.example.com",
    recipient_name="Nguyễn Thị Hường",
    recipient="huong.nguyen@example.com",
    locale="vi",
    subject="[TCK-2026-000123] Chúng tôi đã tiếp nhận yêu cầu của Quý khách",
    text="Kính gửi Quý khách Nguyễn Thị Hường,\n",
    html="<p>Kính gửi Quý khách Nguyễn Thị Hường,</p>\n",
    at=NOW,
)


def message(**changes: Any) -> model.Message:
    """A message that waits, with these differences."""
    return dataclasses.replace(_WAITING, **changes)


def rendered(**changes: Any) -> model.Message:
    """A message with its text, with these differences."""
    made = model.rendered(_WAITING, title="Tiếp nhận", text="Kính gửi", html="<p>Kính gửi</p>", sender_name="Hải Phòng")
    return dataclasses.replace(made, **changes)


def letter(**changes: Any) -> port.Letter:
    """A letter, with these differences."""
    return dataclasses.replace(_LETTER, **changes)
