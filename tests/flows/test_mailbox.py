"""Mail comes in by IMAP and over HTTP: as a ticket, an answer, a bounce, or parked with its reason; nothing twice,
nothing dropped, and never in a circle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.support.mailbox import reading, tables
from shared.kernel import moment
from tests.flows.house import HAI_PHONG, House
from tests.flows.house_fixtures import copied
from tests.flows.promised import MINUTE, Office
from tests.servers.imap import ImapStore
from tests.unit.support import files

ADDRESS = "support@bienxanh.example.com"
BOX = f"""
[hai-phong]
unit = "{HAI_PHONG}"
address = "{ADDRESS}"
"""
ASKED = "Kính gửi công ty,\n\nLô hàng HPH-8812 bao giờ đến cảng?\n\nTrân trọng,\nLê Văn Nam"


def mail(
    text: str = ASKED,
    *,
    sender: str = "Lê Văn Nam <nam.le@example.com>",
    to: str = ADDRESS,
    subject: str = "Hỏi lịch tàu",
    id: str = "<1@example.com>",
    **headers: str,
) -> bytes:
    """A mail as a client's program writes it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, subject, id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def with_files(*enclosed: tuple[str, bytes], **facts: str) -> bytes:
    """The same with files."""
    made = message_from_bytes(mail(**facts), policy=policy.SMTP)
    assert isinstance(made, EmailMessage)
    for name, body in enclosed:
        made.add_attachment(body, "application", "octet-stream", filename=name)
    return made.as_bytes()


@pytest.fixture
def store() -> Iterator[ImapStore]:
    with ImapStore() as made:
        made.add(mail(id="<old@example.com>"), read=True)  # of before we came
        yield made


@pytest.fixture
def office(tmp_path: Path, furnished_home: Path, store: ImapStore) -> Iterator[Office]:
    imap = f'imap = "imap://support%40example.com@127.0.0.1:{store.port}/INBOX"\nsecret_env = "MAILBOX_SECRET"\n'
    with House(copied(furnished_home, tmp_path), ready=True, mailboxes=BOX + imap) as house:
        yield Office(house)


def hand_in(office: Office, raw: bytes) -> dict[str, Any]:
    """A mail over HTTP, and everything that follows from it."""
    relay = office.house.client("support", office.house.system("relay", "mail"))
    taken = relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822").expect(201)
    office.house.settle()
    return taken


def tickets(office: Office) -> list[dict[str, Any]]:
    return office.as_(office.lead).get("/v1/tickets").expect(200)["items"][::-1]


def parked(office: Office, outcome: str = "parked") -> list[dict[str, Any]]:
    return office.as_(office.lead).get(f"/v1/mail/parked?outcome={outcome}").expect(200)["items"]


def said(office: Office, id: str) -> list[dict[str, Any]]:
    return office.as_(office.lead).get(f"/v1/tickets/{id}/conversation").expect(200)["items"]


def test_a_mail_in_the_mailbox_becomes_a_ticket_once_and_its_sender_is_answered(
    office: Office, store: ImapStore
) -> None:
    store.add(mail())
    office.house.settle()
    office.house.settle()
    (ticket,) = tickets(office)
    assert (ticket["channel"], ticket["unit"], ticket["state"]) == ("email", HAI_PHONG, "received")
    assert ticket["content"] == f"Hỏi lịch tàu\n\n{ASKED}"
    assert ticket["requester"] == {
        "name": "Lê Văn Nam",
        "locale": "vi",
        "mails": ["nam.le@example.com"],
        "phones": [],
    }
    (letter,) = office.house.mails(to="nam.le@example.com")
    assert str(letter.message["In-Reply-To"]).strip() == "<1@example.com>"
    reply_to = letter.message["Reply-To"].addresses[0]
    assert reply_to.domain == "bienxanh.example.com"
    assert reply_to.username.startswith("support+")
    assert len(reply_to.username) == len("support+") + 26

    store.renew()  # the folder is made anew: all its mails have other numbers, and are the same mails
    office.house.settle()
    store.add(mail("Thêm một việc khác.", id="<2@example.com>", subject="Việc khác"))
    office.house.settle()
    assert [each["content"].partition("\n")[0] for each in tickets(office)][-1] == "Việc khác"
    assert len(parked(office, "ticket")) == len(tickets(office))


def test_a_connection_that_breaks_in_the_middle_takes_nothing_twice_and_leaves_nothing_out(
    office: Office, store: ImapStore
) -> None:
    for number in range(1, 4):
        store.add(mail(f"Yêu cầu số {number}", id=f"<{number}@example.com>", sender=f"k{number}@example.com"))
    store.die_before_fetch = 3
    with pytest.raises(Exception, match="cannot be read"):
        office.house.settle()
    office.house.settle()
    assert [each["content"].rpartition("\n")[2] for each in tickets(office)] == [f"Yêu cầu số {n}" for n in (1, 2, 3)]


def test_an_answer_finds_its_ticket_and_one_that_waited_for_the_client_goes_on(office: Office) -> None:
    house = office.house
    hand_in(office, mail())
    (ticket,) = tickets(office)
    id = ticket["id"]
    office.do("classify", id, request_type=3)
    office.do("assign", id, to=office.staff.id)
    office.do("pause", id, reason="client", evidence="Hỏi số vận đơn")
    letter = house.mails(to="nam.le@example.com")[0]
    token = letter.message["Reply-To"].addresses[0].addr_spec
    quoted = "Số vận đơn là B/L 77.\n\nVào 09:00 24/11/2026, Biển Xanh đã viết:\n> Kính gửi Quý khách\n> ..."
    taken = hand_in(office, mail(quoted, to=token.upper(), id="<2@example.com>", subject="Re: Hỏi lịch tàu"))
    assert (taken["outcome"], taken["ticket"]) == ("answer", id)
    assert office.ticket(id)["state"] == "assigned"
    (answer,) = said(office, id)
    assert (answer["kind"], answer["text"], answer["by"]) == ("answer", "Số vận đơn là B/L 77.", f"client:{id}")
    (told,) = [each for each in house.mails() if "Khách hàng đã phản hồi" in each.subject]
    assert "Số vận đơn là B/L 77." in told.text
    assert len(house.events("support", "support.ticket.answered")) == 1

    by_reference = mail("Và nhanh nhé.", id="<3@example.com>", References=str(letter.message["Message-ID"]))
    assert hand_in(office, by_reference)["ticket"] == id
    numbered = {"subject": f"Re: [{ticket['number']}]", "id": "<4@example.com>"}
    assert hand_in(office, mail("Theo mã số.", **numbered))["ticket"] == id
    stranger = mail("Tôi là người khác.", **{**numbered, "id": "<5@example.com>"}, sender="la@example.com")
    assert hand_in(office, stranger)["outcome"] == "ticket"  # a number alone lets nobody in
    assert len(tickets(office)) == 2
    again = hand_in(office, by_reference)
    assert (again["outcome"], again["ticket"]) == ("duplicate", id)
    assert len(said(office, id)) == 3


def test_a_mail_decides_nothing_whoever_it_says_it_is_from(office: Office) -> None:
    hand_in(office, mail())
    (ticket,) = tickets(office)
    id = ticket["id"]
    office.do("classify", id, request_type=3)
    office.do("complete", id, method="m", result="r")
    office.do("hand_over", id)
    forged = {"sender": "Lê Thị Lãnh Đạo <staff2@bienxanh.example.com>", "subject": f"[{ticket['number']}] confirm"}
    token = office.house.mails(to="nam.le@example.com")[0].message["Reply-To"].addresses[0].addr_spec
    taken = hand_in(office, mail("confirm\nlog\nRating: 5", to=token, id="<9@example.com>", **forged))
    assert taken["outcome"] == "answer"
    assert said(office, id)[-1]["sender"] == "staff2@bienxanh.example.com"  # shown as a claim
    assert said(office, id)[-1]["by"] == f"client:{id}"
    assert office.ticket(id)["state"] == "handed_over"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (mail("Tôi đang nghỉ phép.", Auto_Submitted="auto-replied"), "auto-reply"),
        (mail("Out of office", X_Autoreply="yes"), "auto-reply"),
        (mail("Bản tin", Precedence="bulk"), "auto-reply"),
        (mail("x", sender="not an address"), "no-sender"),
        (mail("", subject=""), "empty"),
        (mail("Vòng lặp", sender=ADDRESS), "loop"),
        (mail("Vòng lặp", sender=ADDRESS.replace("@", "+abc@")), "loop"),
        (mail("Vòng lặp", X_Steward_Message="0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"), "loop"),
    ],
)
def test_what_no_person_wrote_is_parked_with_its_reason_and_answered_by_nobody(
    office: Office, raw: bytes, reason: str
) -> None:
    taken = hand_in(office, raw)
    assert (taken["outcome"], taken["reason"]) == ("parked", reason)
    assert [each["reason"] for each in parked(office)] == [reason]
    assert tickets(office) == []
    assert office.house.mails() == []


def test_a_long_mail_is_cut_where_everybody_sees_it_and_kept_whole(office: Office) -> None:
    long = "Kính gửi công ty, " + "hàng đến chưa? " * 4_000
    taken = hand_in(office, mail(long))
    (ticket,) = tickets(office)
    assert len(ticket["content"]) <= 20_000
    assert ticket["content"].endswith(
        f"[Đã rút gọn tại đây: toàn văn có {len(long) - 1} ký tự; thư gốc được lưu nguyên vẹn.]"
    )
    with office.house.process.databases["support"].reading() as connection:
        raw = connection.execute(sa.select(tables.mail.c.raw).where(tables.mail.c.id == taken["id"])).scalar_one()
    assert reading.read(raw).text == long.strip()

    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2_000))
    taken = hand_in(office, b"From: a@example.com\nMessage-ID: <deep@example.com>\n" + nested)
    assert (taken["outcome"], taken["reason"]) == ("parked", "unreadable")


def test_the_files_of_a_mail_are_on_the_ticket_and_those_refused_are_named_with_the_reason(
    office: Office, store: ImapStore
) -> None:
    good, bomb = ("Báo giá.pdf", files.PDF), ("a.zip", files.zipped({"a.txt": bytes(20 * 1024 * 1024)}))
    script, large = ("chạy.pdf", b"<!doctype html><script>"), ("to.txt", b"x" * (10 * 1024 * 1024 + 1))
    store.add(with_files(good, script, bomb, large))
    office.house.settle()
    (ticket,) = tickets(office)
    desk, path = office.as_(office.lead), f"/v1/tickets/{ticket['id']}"
    assert ticket["content"].startswith(f"Hỏi lịch tàu\n\n{ASKED}")
    (kept,) = desk.get(f"{path}/attachments").expect(200)["items"]
    assert (kept["name"], kept["type"], kept["by"]) == ("Báo giá.pdf", "application/pdf", f"client:{ticket['id']}")
    assert desk.get(f"/v1/attachments/{kept['id']}/content").raw == files.PDF
    (note,) = said(office, ticket["id"])
    assert (note["kind"], note["by"]) == ("note", "system:mail")
    lines = note["text"].splitlines()
    assert [line.partition(". ")[0] for line in lines] == [
        f"Không nhận tệp trong thư: {name}" for name in ("chạy.pdf", "a.zip", "to.txt")
    ]
    assert len({line.partition(". ")[2] for line in lines}) == 3
    assert "10 MB" in lines[2]

    token = office.house.mails(to="nam.le@example.com")[0].message["Reply-To"].addresses[0].addr_spec
    again = with_files(("货.txt", "货".encode()), to=token, id="<2@example.com>")
    assert hand_in(office, again)["outcome"] == "answer"
    assert hand_in(office, again)["outcome"] == "duplicate"
    items = desk.get(f"{path}/attachments").expect(200)["items"]
    assert [each["name"] for each in items] == ["Báo giá.pdf", "货.txt"]
    (told,) = office.house.events("support", "support.ticket.answered")
    assert told["data"]["attachments"] == [items[1]["id"]]


def test_a_machine_that_answers_our_answers_is_stopped_at_one(office: Office) -> None:
    hand_in(office, mail(id="<robot-1@example.com>"))
    (ours,) = office.house.mails(to="nam.le@example.com")
    for number in range(2, 5):  # it answers whatever it gets, without saying that it is a machine
        reply_to = ours.message["Reply-To"].addresses[0].addr_spec
        hand_in(office, mail("Đã nhận.", to=reply_to, id=f"<robot-{number}@example.com>"))
    assert len(office.house.mails(to="nam.le@example.com")) == 1
    assert len(tickets(office)) == 1
    assert hand_in(office, ours.raw)["reason"] == "loop"  # and our own mail, sent round to us


def test_more_than_twenty_mails_of_one_sender_in_an_hour_wait_for_a_person(office: Office) -> None:
    relay = office.house.client("support", office.house.system("relay", "mail"))
    for number in range(21):
        raw = mail(f"Thư {number}", id=f"<{number}@example.com>")
        taken = relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822").expect(201)
        assert (taken["outcome"], taken["reason"]) == (("ticket", None) if number < 20 else ("parked", "too-many"))
    office.house.time.move(61 * MINUTE)
    raw = mail("Giờ sau", id="<later@example.com>")
    relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822")
    assert parked(office, "ticket")[0]["message_id"] == "<later@example.com>"


def test_a_parked_mail_is_read_whole_and_made_a_request_once_with_its_words_and_its_files(office: Office) -> None:
    client = office.as_(office.staff)
    quoted = f"{ASKED}\n\n> Ngày 20/11 công ty viết:\n> Tàu đến trễ."
    made = message_from_bytes(
        with_files(("van-don.pdf", files.PDF), text=quoted, Precedence="bulk"), policy=policy.SMTP
    )
    taken = hand_in(office, made.as_bytes())
    assert (taken["outcome"], taken["reason"]) == ("parked", "auto-reply")
    came = office.now
    office.house.pass_time(10 * MINUTE)
    shown = client.get(f"/v1/mail/{taken['id']}").expect(200)
    assert "Tàu đến trễ." in shown["text"]
    assert (shown["name"], shown["locale"], shown["sender"]) == ("Lê Văn Nam", "vi", "nam.le@example.com")
    opened = client.post(f"/v1/mail/{taken['id']}/open", {}).expect(201)
    office.house.settle()
    ticket = office.ticket(opened["ticket"])
    assert (ticket["channel"], ticket["requester"]["mails"]) == ("email", ["nam.le@example.com"])
    assert ticket["content"].startswith("Hỏi lịch tàu\n\nKính gửi công ty,")
    assert moment.parse(ticket["asked_at"]) == came  # it has waited since then
    (file,) = client.get(f"/v1/tickets/{ticket['id']}/attachments").expect(200)["items"]
    assert file["name"] == "van-don.pdf"
    assert parked(office) == []
    assert parked(office, "ticket")[0]["ticket"] == ticket["id"]
    (letter,) = office.house.mails(to="nam.le@example.com")
    assert ticket["number"] in str(letter.message["Subject"])
    assert client.post(f"/v1/mail/{taken['id']}/open", {}).code == "mail-not-parked"
    assert len(tickets(office)) == 1


def test_a_parked_mail_without_a_sender_needs_somebody_to_answer_and_one_without_words_is_taken_down_by_hand(
    office: Office,
) -> None:
    client = office.as_(office.staff)
    nobody = hand_in(office, mail(sender="??", id="<2@example.com>"))["id"]
    assert client.post(f"/v1/mail/{nobody}/open", {}).code == "no-way-to-answer"
    requester = {"name": "Trần Bình", "locale": "vi", "phones": ["+84912345678"]}
    opened = client.post(f"/v1/mail/{nobody}/open", {"requester": requester}).expect(201)
    assert office.ticket(opened["ticket"])["requester"]["name"] == "Trần Bình"
    empty = hand_in(office, b"From: nam@example.com\nMessage-ID: <3@example.com>\n\n")["id"]
    assert client.post(f"/v1/mail/{empty}/open", {"requester": requester}).code == "mail-without-words"
    assert client.get("/v1/mail/nonsense").code == "no-such-mail"


def test_a_mail_that_came_back_is_told_and_shown_on_the_message(office: Office) -> None:
    house = office.house
    hand_in(office, mail())
    (ours,) = house.mails(to="nam.le@example.com")
    id = str(ours.message["Message-ID"]).strip()
    report = (
        "From: MAILER-DAEMON@mx.example.net\nTo: support@bienxanh.example.com\nSubject: Undelivered\n"
        "Message-ID: <b1@mx.example.net>\nReturn-Path: <>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNo such user.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; nam.le@example.com\nAction: failed\n"
        "Status: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {id}\nTo: nam.le@example.com\n\n--b--\n"
    )
    taken = hand_in(office, report.encode())
    assert (taken["outcome"], taken["ticket"]) == ("bounce", tickets(office)[0]["id"])
    (event,) = house.events("support", "support.mail.bounced")
    assert (event["data"]["message_id"], event["data"]["status"]) == (id, "5.1.1")
    assert event["data"]["permanent"] is True
    assert event["data"]["recipient"] == "nam.le@example.com"
    (shown,) = house.client("notify", office.lead).get("/v1/messages?recipient=nam.le@example.com").expect(200)["items"]
    assert shown["state"] == "bounced"
    assert "5.1.1" in shown["detail"]


def test_only_a_system_with_the_scope_hands_in_mail_and_only_staff_read_the_list(office: Office) -> None:
    house = office.house
    for who in (office.staff, house.system("crm", "tickets", "inbound")):
        refused = house.client("support", who, language="en").call(
            "POST", "/v1/inbound/mail", raw=mail(), kind="message/rfc822"
        )
        assert refused.status == 403
        assert "mail" in refused.body["detail"]
    relay = house.client("support", house.system("relay", "mail"))
    assert relay.post("/v1/inbound/mail", {}).status == 415
    assert relay.call("POST", "/v1/inbound/mail", raw=b" ", kind="message/rfc822").status == 400
    assert relay.get("/v1/mail/parked").status == 403
    assert tickets(office) == []


def test_without_an_inbound_address_no_mail_invites_an_answer(tmp_path: Path, furnished_home: Path) -> None:
    home = tmp_path / "plain"
    shutil.copytree(furnished_home, home)
    with House(home, ready=True) as house:
        Office(house).receive()
        (letter,) = house.mails()
        assert letter.message["Reply-To"] is None
