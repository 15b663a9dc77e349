"""A letter as a mail: whatever a client is called and whatever a subject says arrives as it was, in one header."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notify.channel import mail
from services.notify.template.model import one_line
from tests.unit.notify.letters import ID, letter

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
CHINESE = "王小明李娜张伟欧阳𠮷祥公司有限责任海防分货物什么时候到港请求编号【】：，。（）"
OTHER = " ,.;:\"'()<>@[]\\/?=_&%#!-–—€Łß0123456789ABCabc\u00a0\u3000"

words = st.text(VIETNAMESE + CHINESE + OTHER, min_size=1, max_size=120)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


def read(raw: bytes) -> EmailMessage:
    """As a mail program does."""
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def headers(raw: bytes) -> list[tuple[str, str]]:
    """The mail's own headers, unfolded, as they are on the wire."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n[ \t]", " ", head).split("\r\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def decoded(raw: bytes, header: str) -> str:
    """A header's words. Not by `policy.default`, which itself inserts or loses blanks between encoded words."""
    (value,) = [value for name, value in headers(raw) if name == header]
    return str(make_header(decode_header(value)))


def mailbox(raw: bytes, header: str) -> tuple[str, str]:
    """Name and address of the one mailbox in a header."""
    (value,) = [value for name, value in headers(raw) if name == header]
    name, bracket, tail = value.rpartition("<")
    if name.startswith('"'):
        ((name, _),) = getaddresses([value])
    return str(make_header(decode_header(name.strip()))), bracket + tail


HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Steward-Message",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]


@settings(max_examples=2_000, deadline=None)
@given(name=words, subject=words)
@example(name='O\'Neil, "Bob" (Łódź)', subject="gửi HĐ-2026")
@example(name="Bob, Alice <bob@evil.example>", subject="=?utf-8?q?Xin_ch=C3=A0o?=")
@example(name="=?utf-8?q?Admin?=", subject="x" * 300)
@example(name="A" * 200, subject="Ấ" * 300)
@example(name='"', subject=",")
@example(name="\\", subject="   ")
def test_names_and_subjects_in_vietnamese_and_chinese_arrive_as_they_were(name: str, subject: str) -> None:
    raw = mail.build(letter(recipient_name=name, sender_name=subject, subject=subject))
    assert decoded(raw, "Subject").rstrip() == one_line(subject)
    assert mailbox(raw, "To") == (one_line(name), "<huong.nguyen@example.com>")
    assert mailbox(raw, "From") == (one_line(subject), "<no-reply@steward.example.com>")
    assert [header for header, _ in headers(raw)] == HEADERS


@settings(max_examples=500, deadline=None)
@given(name=anything, subject=anything)
@example(name="a\r\nBcc: victim@example.org", subject="x\r\n\r\nbody")
@example(name="a\nTo: victim@example.org", subject="x\rBcc: victim@example.org")
@example(name="a\u2028Bcc: x@example.org", subject="x\x85Bcc: x@example.org")
@example(name="a\x00b\x0bc\x1fd", subject="\x0c")
def test_nothing_that_is_typed_makes_a_second_header_or_recipient(name: str, subject: str) -> None:
    raw = mail.build(letter(recipient_name=name, sender_name=name, subject=subject))
    assert [header for header, _ in headers(raw)] == HEADERS
    assert mailbox(raw, "To") == (one_line(name), "<huong.nguyen@example.com>")
    assert decoded(raw, "Subject").strip() == one_line(subject)
    assert all(line.isascii() and len(line) < 999 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


@settings(max_examples=300, deadline=None)
@given(text=st.text(VIETNAMESE + CHINESE + OTHER + "\n.", max_size=2_000))
@example(text=".\n..\n.\r\n")
def test_both_bodies_arrive_as_they_were(text: str) -> None:
    raw = mail.build(letter(text=text + "\n", html=f"<p>{text}</p>\n"))
    parsed = read(raw)
    assert parsed.get_content_type() == "multipart/alternative"
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == f"{text}\n".splitlines()
    assert html.get_content().splitlines() == f"<p>{text}</p>".splitlines()
    assert not parsed.defects


def test_the_same_letter_gives_the_same_bytes_at_every_attempt() -> None:
    assert mail.build(letter()) == mail.build(letter())


def test_machines_are_told_that_no_person_wrote_this() -> None:
    parsed = read(mail.build(letter()))
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Auto-Response-Suppress"] == "All"


@pytest.mark.parametrize(("locale", "language"), [("vi", "vi"), ("zh", "zh-CN"), ("en", "en")])
def test_a_mail_says_its_language(locale: str, language: str) -> None:
    assert read(mail.build(letter(locale=locale)))["Content-Language"] == language


def test_a_name_in_another_direction_hides_nothing() -> None:
    raw = mail.build(letter(recipient_name="moc.live\u202e \u200bNguyễn\u2066"))
    assert mailbox(raw, "To")[0] == "moc.live Nguyễn"


def test_a_client_without_a_readable_name_gets_the_mail_all_the_same() -> None:
    assert mailbox(mail.build(letter(recipient_name="\u202e\u200b")), "To") == ("", "<huong.nguyen@example.com>")


def test_an_address_in_another_script_goes_out_in_its_ascii_form() -> None:
    raw = mail.build(letter(recipient="info@bücher.example"))
    assert mailbox(raw, "To")[1] == "<info@xn--bcher-kva.example>"
    assert mail.wire("info@例子.cn") == "info@xn--fsqu00a.cn"


def test_an_address_that_has_no_ascii_form_is_refused() -> None:
    with pytest.raises(ValueError, match="before the @-sign"):
        mail.wire("nguyễn@example.com")


def test_the_message_id_is_made_of_the_message_and_our_domain() -> None:
    assert mail.message_id(ID, "no-reply@steward.example.com") == f"<{ID}@steward.example.com>"
    assert mail.message_id(ID, "info@bücher.example") == f"<{ID}@xn--bcher-kva.example>"
