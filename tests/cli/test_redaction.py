"""What no log, failure or terminal shows."""

from __future__ import annotations

import pytest

from shared.kernel import ids
from shared.runtime import redaction


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("amqp://steward:p%40ss@broker:5672/x", "amqp://***@broker:5672/x"),
        ("postgresql://steward:secret@db/steward refused", "postgresql://***@db/steward refused"),
        ("GET /p/s8hT2kQ9mRw4vXy7nBp3cLd 200", "GET /p/*** 200"),
        ("Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln", "Authorization: Bearer ***"),
        ("key (mail)=(huong.nguyen@example.com) exists", "key (mail)=(h***@example.com) exists"),
        ("to +84 912 345 678 or 0912345678", "to *** or ***"),
        ("to +8613800138000 or 13800138000", "to *** or ***"),
        ("password=hunter2 token: 'abc'", "password=*** token: '***'"),
        ("the code 7KQ4-M2XP-9TRD-HW3C", "the code ***"),
        ("steward_s8hT2kQ9mRw4vXy7nBp3cLd", "steward_***"),
    ],
)
def test_a_secret_or_an_address_in_a_text_is_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert redaction.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "01a20f8d-455d-7fc2-abf3-a8bf26c5c02f",
        "2026-11-24T02:00:00.000000Z",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "TCK-2026-000123",
        "support.ticket.handed_over",
        "127.0.0.1:55432",
        "1764000000",
        "retry in 1764000000123 ms",
    ],
)
def test_ids_moments_and_numbers_are_no_secrets(text: str) -> None:
    assert redaction.text(text) == text


def test_every_link_that_is_made_is_masked_wherever_it_stands() -> None:
    for _ in range(500):
        token = "s" + ids.secret()
        assert token not in redaction.text(f"sent https://khach.example.com/p/{token} to the client")
        if any(c.isupper() for c in token):
            assert token not in redaction.text(f"no such link: {token}.")


def test_a_payload_keeps_codes_and_hides_what_a_person_wrote_or_is_called() -> None:
    given = {
        "ticket_id": "01a20f8d-455d-7fc2-abf3-a8bf26c5c02f",
        "number": "TCK-2026-000123",
        "version": 3,
        "content": "Hỏi về thời gian hàng đến",
        "comment": "我的货物什么时候到港?",
        "contact": {"name": "Anna", "locale": "vi", "mails": ["a@example.com"], "phones": []},
        "link": "s8hT2kQ9mRw4vXy7nBp3cLd",
        "name": "anna",
        "at": "2026-11-24T02:00:00Z",
        "nothing": None,
    }
    shown = redaction.payload(given)
    assert (shown["ticket_id"], shown["number"], shown["version"]) == (given["ticket_id"], "TCK-2026-000123", 3)
    assert (shown["at"], shown["nothing"], shown["link"]) == (given["at"], None, "***")
    assert shown["content"] == f"*** ({len(given['content'])} characters)"
    assert shown["comment"] == f"*** ({len(given['comment'])} characters)"
    assert "Anna" not in str(shown)
    assert "anna" not in str(shown)
    assert "example.com" not in str(shown)


def test_what_is_nested_without_end_is_cut_off() -> None:
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"in": deep, "mail": "huong@example.com"}
    assert "huong" not in str(redaction.value(deep))
