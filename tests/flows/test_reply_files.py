"""Files on a reply: the client's mail holds them as they were chosen, once, or the reply says why it cannot."""

from __future__ import annotations

import dataclasses
import io
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from services.support.conversation import enclosed
from shared.files import local
from tests.flows.house import SHANGHAI, House
from tests.flows.house_mail import Letter
from tests.flows.notify_house import Open, houses, ticket
from tests.flows.promised import Office
from tests.flows.test_attachments import _send
from tests.servers import ScriptedPeer
from tests.servers.smtp import Turn
from tests.unit.support import files

TEN = timedelta(seconds=10)
VIETNAMESE = "Thông báo hàng đến – tàu Sao Mai chuyến 8812, hai công te nơ lạnh gửi Công ty Gạch Bông.pdf"
CHINESE = "提货单 SC260088.xlsx"


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def upload(office: Office, body: bytes, name: str) -> str:
    return _send(office.as_(office.staff), body, name).expect(201)["token"]


def reply(office: Office, id: str, *tokens: str, **more: Any) -> Any:
    body = {"text": "Quý khách xem tệp đính kèm.", "attachments": list(tokens), **more}
    return office.as_(office.staff, language="en").post(f"/v1/tickets/{id}/reply", body)


def enclosed_in(letter: Letter) -> list[tuple[str | None, str, bytes]]:
    """What a mail program offers to save."""
    return [
        (part.get_filename(), part.get_content_type(), _content(part)) for part in letter.message.iter_attachments()
    ]


def _content(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def of_ticket(office: Office, id: str) -> list[str]:
    items = office.as_(office.staff).get(f"/v1/tickets/{id}/attachments").expect(200)["items"]
    return [each["name"] for each in items]


def test_the_clients_mail_holds_the_files_under_their_names(office: Office) -> None:
    house, id = office.house, office.receive()
    written = reply(office, id, upload(office, files.PDF, VIETNAMESE), upload(office, files.XLSX, CHINESE)).expect(201)
    assert [each["name"] for each in written["attachments"]] == [VIETNAMESE, CHINESE]
    assert of_ticket(office, id) == []  # it may still be taken back
    house.pass_time(TEN)
    letter = house.mails(to="anh@example.com")[-1]
    assert enclosed_in(letter) == [(VIETNAMESE, "application/pdf", files.PDF), (CHINESE, files.EXCEL, files.XLSX)]
    assert f"Tệp đính kèm: {VIETNAMESE}, {CHINESE}" in letter.text
    assert letter.raw.isascii()
    assert max(map(len, letter.raw.split(b"\r\n"))) < 100  # servers take 998; some break longer ones anyhow
    assert of_ticket(office, id) == [VIETNAMESE, CHINESE]
    attached = [each for each in office.trail(id)["entries"] if each["what"] == "attached"]
    assert [each["text"] for each in attached] == [VIETNAMESE, CHINESE]
    (event,) = house.events("support", "support.ticket.replied")
    assert event["data"]["attachments"] == [each["id"] for each in written["attachments"]]
    (message,) = [
        each
        for each in house.client("notify", office.staff).get(f"/v1/messages?subject={id}").expect(200)["items"]
        if each["rule"] == "ticket-reply"
    ]
    shown = house.client("notify", office.staff).get(f"/v1/messages/{message['id']}").expect(200)
    assert [each["name"] for each in shown["files"]] == [VIETNAMESE, CHINESE]


def test_taken_back_with_the_reply_they_reach_nobody_and_can_be_sent_with_another(office: Office) -> None:
    house, id = office.house, office.receive()
    written = reply(office, id, upload(office, files.PDF, VIETNAMESE)).expect(201)
    before = len(house.mails())
    (file,) = written["attachments"]
    staff = office.as_(office.staff, language="en")
    assert reply(office, id, again=[file["id"]]).code == "upload-not-waiting"  # it belongs to a reply that will leave
    staff.post(f"/v1/replies/{written['id']}/undo", {}).expect(200)
    house.pass_time(TEN)
    assert (len(house.mails()), of_ticket(office, id)) == (before, [])
    assert staff.get(f"/v1/attachments/{file['id']}/content").status == 404
    other = office.as_(office.lead).post(f"/v1/tickets/{id}/reply", {"text": "x", "again": [file["id"]]})
    assert (other.status, other.code) == (422, "upload-not-waiting")  # nobody sends what somebody else chose
    reply(office, id, again=[file["id"]]).expect(201)
    house.pass_time(TEN)
    assert [name for name, *_ in enclosed_in(house.mails()[-1])] == [VIETNAMESE]
    assert of_ticket(office, id) == [VIETNAMESE]
    house.time.move(timedelta(hours=2))
    late = reply(office, id, upload(office, b"x", "a.txt")).expect(201)
    staff.post(f"/v1/replies/{late['id']}/undo", {}).expect(200)
    house.time.move(timedelta(hours=1, seconds=1))
    assert reply(office, id, again=[late["attachments"][0]["id"]]).code == "upload-not-waiting"


def test_what_a_mail_cannot_carry_is_refused_and_nothing_is_written(office: Office, monkeypatch: Any) -> None:
    house, id = office.house, office.receive()
    by_phone = office.receive(mails=[], phones=["+84912345678"])
    one, other = upload(office, files.PDF, "a.pdf"), upload(office, files.XLSX, "b.xlsx")
    before = house.snapshot("support")
    refused = reply(office, by_phone, one)
    assert (refused.status, refused.code, list(refused.body["errors"])) == (422, "no-mail-for-files", ["attachments"])
    monkeypatch.setattr(enclosed, "TOGETHER", len(files.PDF) + len(files.XLSX) - 1)
    refused = reply(office, id, one, other)
    assert (refused.status, refused.code) == (413, "files-too-large")
    assert reply(office, id, one, one).code == "upload-not-waiting"
    elsewhere = house.client("support", house.staff("staff", unit=SHANGHAI))
    assert elsewhere.post(f"/v1/tickets/{id}/reply", {"text": "x", "attachments": [one]}).status == 404
    assert house.snapshot("support") == before
    reply(office, id, one).expect(201)


def test_while_a_file_cannot_be_read_the_mail_waits_and_then_leaves_with_it_once(office: Office) -> None:
    house, id = office.house, office.receive()
    written = reply(office, id, upload(office, files.PDF, VIETNAMESE)).expect(201)
    kept = local._path(house.home / "files" / "support", written["attachments"][0]["hash"])
    away = kept.rename(kept.with_name("away"))
    before = len(house.mails())
    house.pass_time(TEN)
    notify = house.client("notify", office.staff)
    (message,) = [
        each for each in notify.get(f"/v1/messages?subject={id}").expect(200)["items"] if each["rule"] == "ticket-reply"
    ]
    assert (len(house.mails()), message["state"], message["reason"]) == (before, "waiting", "channel-away")
    assert VIETNAMESE in message["detail"]
    away.rename(kept)
    house.pass_time(timedelta(minutes=2))
    house.pass_time(timedelta(minutes=2))
    (letter,) = house.mails()[before:]
    assert [body for *_, body in enclosed_in(letter)] == [files.PDF]


# ---- a mail that is offered again


@pytest.fixture(params=["embedded"])
def open_house(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    yield from houses(request, tmp_path)


def test_a_mail_that_is_offered_again_is_the_same_with_each_file_once(open_house: Open) -> None:
    with ScriptedPeer(Turn.RCPT_451, Turn.DATA_451, Turn.TAKE) as peer:
        house = open_house(peer)
        store = local.Local(house.settings.files / "support", time=house.time)
        stored = store.put(io.BytesIO(files.PDF), 10_000)
        file = {"id": "1", "name": VIETNAMESE, "type": "application/pdf", **dataclasses.asdict(stored)}
        house.hear("support.ticket.replied", ticket(text="Xem tệp.", files=[file]))
        house.work_off()
        for minutes in (2, 6):
            assert house.pass_time(minutes=minutes) == 1
        assert house.outcomes() == ["deferred", "deferred", "sent"]
        (mail,) = house.mails()
        assert [part.get_filename() for part in mail.iter_attachments()] == [VIETNAMESE]
