"""Files with a request: sent by clients and staff, attached once, seen and given back only to whoever may see it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from services.support.attachment import retention, tables
from shared.files import local, port
from shared.runtime import backup, restore
from shared.web import tokens
from tests.flows.house import HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer, Client
from tests.unit.support import files

REQUESTER = {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam@example.com"], "phones": []}
REQUEST = {**REQUESTER, "unit": HAI_PHONG, "topic": "question", "content": "Hàng bao giờ đến?"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FILES = "/v1/uploads"
PUBLIC = "/v1/public/uploads"


def _send(client: Client, body: bytes, name: str, *, path: str = FILES, **more: Any) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'.encode().decode("latin-1")}
    return client.call("POST", path, raw=body, kind="application/octet-stream", headers=headers, **more)


def _form(body: bytes, name: str) -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: a/b\r\n\r\n'
    return head.encode() + body + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def _kept(house: House) -> list[str]:
    root = house.home / "files" / "support"
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.fixture
def staff(house: House) -> tokens.Caller:
    person = house.staff("staff")
    house.settle()
    return person


def test_a_client_sends_files_with_a_request_and_staff_gets_them_as_they_were(
    house: House, staff: tokens.Caller
) -> None:
    nobody, desk = house.client("support", language="vi"), house.client("support", staff)
    first = _send(nobody, files.PDF, "Báo giá\u202e tháng 11.pdf", path=PUBLIC).expect(201)
    raw, kind = _form(files.XLSX, "kho/报价单.xlsx")
    second = nobody.call("POST", PUBLIC, raw=raw, kind=kind).expect(201)
    assert first["name"] == "Báo giá tháng 11.pdf"
    assert first["type"] == "application/pdf"
    assert first["hash"] == hashlib.sha256(files.PDF).hexdigest()
    assert first["expires_at"] == "2026-11-24T03:00:00.000000Z"
    assert len(first["token"]) == 22

    sent = nobody.post("/v1/public/requests", {**REQUEST, "attachments": [first["token"], second["token"]]})
    link = nobody.get(f"/v1/public/links/{sent.expect(201)['follow']}").expect(200)
    assert [each["name"] for each in link["attachments"]] == ["Báo giá tháng 11.pdf", "报价单.xlsx"]
    assert set(link["attachments"][0]) == {"name", "size"}  # names only: what is inside is for whoever handles it

    house.settle()
    (ticket,) = desk.get("/v1/tickets").expect(200)["items"]
    pdf, sheet = desk.get(f"/v1/tickets/{ticket['id']}/attachments").expect(200)["items"]
    assert (pdf["by"], pdf["size"], sheet["type"]) == ("client:anonymous", len(files.PDF), files.EXCEL)
    got = desk.get(f"/v1/attachments/{pdf['id']}/content")
    assert (got.status, got.raw) == (200, files.PDF)
    assert got.headers["Content-Type"] == "application/pdf"
    disposition = got.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert "filename*=UTF-8''B%C3%A1o%20gi%C3%A1%20th%C3%A1ng%2011.pdf" in disposition
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"

    trail = desk.get(f"/v1/tickets/{ticket['id']}/trail").expect(200)
    attached = [entry for entry in trail["entries"] if entry["what"] == "attached"]
    assert [entry["text"] for entry in attached] == ["Báo giá tháng 11.pdf", "报价单.xlsx"]
    assert attached[0]["facts"]["hash"] == first["hash"]
    assert trail["whole"]


def test_a_file_is_attached_once_within_the_hour_and_by_whoever_sent_it(house: House, staff: tokens.Caller) -> None:
    desk, colleague = house.client("support", staff), house.client("support", house.staff("staff"))
    id = desk.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    path = f"/v1/tickets/{id}/attach"

    def upload(by: Client = desk) -> str:
        return _send(by, b"x", "a.txt").expect(201)["token"]

    token = upload()
    desk.post(path, {"attachments": [token]}).expect(200)
    of_colleague, late = upload(colleague), upload()
    house.time.move(HOUR)
    fresh = upload()
    before = house.snapshot("support")
    for tokens_, wrong in (
        ([fresh, token], "1"),
        ([of_colleague], "0"),
        ([late], "0"),
        ([fresh, fresh], "1"),
        (["nonsense"], "0"),
    ):
        refused = desk.post(path, {"attachments": tokens_})
        assert (refused.status, refused.code) == (422, "upload-not-waiting")
        assert list(refused.body["errors"]["attachments"]) == [wrong]
        body = {"content": "?", "requester": REQUESTER, "attachments": tokens_}
        assert desk.post("/v1/tickets", body).status == 422  # and no ticket is made
    assert desk.post(path, {"attachments": []}).code == "nothing-chosen"
    assert house.snapshot("support") == before
    assert len(desk.post(path, {"attachments": [fresh]}).expect(200)["items"]) == 2


def test_a_closed_request_takes_no_more_files(house: House, staff: tokens.Caller) -> None:
    lead = house.staff("staff", "lead")
    house.settle()
    client = house.client("support", lead)
    id = client.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    for verb, body in (("classify", {"request_type": 3}), ("complete", {"method": "m", "result": "r"})):
        client.post(f"/v1/tickets/{id}/{verb}", body).expect(200)
    client.post(f"/v1/tickets/{id}/hand_over", {}).expect(200)
    (event,) = house.events("support", "support.ticket.handed_over")
    house.client("support").post(f"/v1/public/links/{event['data']['link']}/confirm", {"rating": 5}).expect(200)
    client.post(f"/v1/tickets/{id}/log", {}).expect(200)
    token = _send(client, b"x", "a.txt").expect(201)["token"]
    refused = client.post(f"/v1/tickets/{id}/attach", {"attachments": [token]})
    assert (refused.status, refused.code) == (409, "ticket-closed")


def test_only_whoever_may_see_the_request_gets_its_files(house: House, staff: tokens.Caller) -> None:
    desk, stranger = house.client("support", staff), house.client("support", house.staff("lead", unit=SHANGHAI))
    id = desk.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    waiting = _send(desk, b"x", "a.txt").expect(201)["token"]
    (file,) = desk.post(f"/v1/tickets/{id}/attach", {"attachments": [waiting]}).expect(200)["items"]
    house.settle()
    for path in (f"/v1/tickets/{id}/attachments", f"/v1/attachments/{file['id']}/content"):
        assert stranger.get(path).status == 404
        assert house.client("support").get(path).status == 401
        assert house.client("support", house.system("crm")).get(path).status == 403
    assert stranger.get(f"/v1/attachments/{file['id']}/content").code == "no-such-attachment"


REFUSED = [
    (bytes(10 * 1024 * 1024 + 1), "a.txt", 413, "too-large"),
    (b"", "a.pdf", 422, "file-empty"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.png", 422, "file-not-taken"),
    (b"<!doctype html><script>", "a.pdf", 422, "file-not-taken"),
    (files.GIF + files.PDF, "a.pdf", 422, "file-contradicts-its-name"),
    (files.zipped({"a.txt": bytes(20 * 1024 * 1024)}), "a.zip", 422, "archive-unsafe"),
    (
        files.office("word/document.xml", files.WORD, {"word/vbaProject.bin": b"x"}),
        "a.docx",
        422,
        "file-holds-programs",
    ),
    (files.locked(files.zipped({"a.txt": b"x"})), "a.zip", 422, "file-locked"),
]


def test_what_is_not_taken_is_refused_in_the_callers_language_and_nothing_is_kept(
    house: House, staff: tokens.Caller
) -> None:
    before = house.snapshot("support")
    for body, name, status, code in REFUSED:
        said = set()
        for language in ("vi", "zh", "en"):
            answer = _send(house.client("support", staff, language=language), body, name)
            assert (answer.status, answer.code) == (status, code), name
            said.add(answer.body["detail"])
        assert len(said) == 3, said
    none = house.client("support", staff).call("POST", FILES, raw=b"--x--\r\n", kind="multipart/form-data; boundary=x")
    assert (none.status, none.code) == (422, "no-file")
    assert house.snapshot("support") == before
    assert _kept(house) == []


def test_too_many_files_and_too_large_ones_together_are_refused(house: House, staff: tokens.Caller) -> None:
    desk = house.client("support", staff)
    path = f"/v1/tickets/{desk.post('/v1/tickets', {'content': '?', 'requester': REQUESTER}).expect(201)['id']}/attach"
    small = [_send(desk, b"x", "a.txt").expect(201)["token"] for _ in range(11)]
    refused = desk.post(path, {"attachments": small})
    assert (refused.status, refused.code) == (422, "too-many-files")
    desk.post(path, {"attachments": small[:10]}).expect(200)
    large = [_send(desk, b"x" * 9 * 1024 * 1024, "a.txt").expect(201)["token"] for _ in range(3)]
    refused = desk.post(path, {"attachments": large})
    assert (refused.status, refused.code) == (413, "files-too-large")
    desk.post(path, {"attachments": large[:2]}).expect(200)


def test_the_same_upload_twice_is_one(house: House, staff: tokens.Caller) -> None:
    desk = house.client("support", staff)
    first, again = (_send(desk, b"x", "a.txt", key="k1") for _ in range(2))
    assert again.expect(201) == first.expect(201)
    assert _send(desk, b"y", "a.txt", key="k1").code == "idempotency-key-reused"
    assert _send(desk, b"x", "b.txt", key="k1").code == "idempotency-key-reused"


class _Slow:
    """A body whose reader counts how much it is asked for at a time."""

    def __init__(self, size: int) -> None:
        self.left, self.most = size, 0

    def read(self, size: int = -1, /) -> bytes:
        self.most = max(self.most, size if size >= 0 else self.left)
        part = b"x" * min(size, self.left)
        self.left -= len(part)
        return part


def test_an_upload_is_read_piece_by_piece(house: House, staff: tokens.Caller) -> None:
    body = _Slow(8 * 1024 * 1024)
    headers = [
        ("Authorization", f"Bearer {house.token('support', staff)}"),
        ("Content-Disposition", 'attachment; filename="a.txt"'),
    ]
    asked = EnvironBuilder(FILES, method="POST", headers=headers).get_environ()
    asked |= {"wsgi.input": body, "CONTENT_LENGTH": str(body.left)}
    parts, status, _ = run_wsgi_app(house.app("support"), asked, buffered=True)
    assert (status, json.loads(b"".join(parts))["size"]) == ("201 CREATED", 8 * 1024 * 1024)
    assert body.most <= port.CHUNK


def test_what_nobody_attached_is_swept_after_a_day_and_what_is_attached_stays(
    house: House, staff: tokens.Caller
) -> None:
    desk = house.client("support", staff)
    id = desk.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    attached, same, orphan = (_send(desk, body, "a.txt").expect(201) for body in (b"kept", b"kept", b"orphan"))
    desk.post(f"/v1/tickets/{id}/attach", {"attachments": [attached["token"]]}).expect(200)
    assert attached["hash"] == same["hash"]
    database = house.process.databases["support"]
    house.time.move(DAY)
    assert retention.sweep(database, house.settings) == 0
    assert len(_kept(house)) == 2
    house.pass_time(timedelta(seconds=1) + HOUR)
    assert _kept(house) == [attached["hash"][2:]]
    assert house.column("support", tables.attachment.select().with_only_columns(tables.attachment.c.hash)) == [
        attached["hash"]
    ]
    assert orphan["hash"][2:] not in _kept(house)


def test_a_file_that_was_damaged_on_the_disk_is_not_given_out(house: House, staff: tokens.Caller) -> None:
    desk = house.client("support", staff)
    id = desk.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    sent = _send(desk, b"x", "a.txt").expect(201)
    (file,) = desk.post(f"/v1/tickets/{id}/attach", {"attachments": [sent["token"]]}).expect(200)["items"]
    path: Path = house.home / "files" / "support" / sent["hash"][:2] / sent["hash"][2:]
    path.write_bytes(b"y")
    assert desk.get(f"/v1/attachments/{file['id']}/content").status == 500
    path.unlink()
    assert desk.get(f"/v1/attachments/{file['id']}/content").code == "file-not-kept"


def test_a_backup_holds_the_files_and_a_restored_home_gives_them_out(
    house: House, staff: tokens.Caller, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = house.client("support", staff)
    id = desk.post("/v1/tickets", {"content": "?", "requester": REQUESTER}).expect(201)["id"]
    sent = _send(desk, files.PDF, "a.pdf").expect(201)
    desk.post(f"/v1/tickets/{id}/attach", {"attachments": [sent["token"]]}).expect(200)
    (house.home / "files" / "support" / f"{local.HALF}1").write_bytes(b"half")  # somebody is sending just now
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    made = backup.make(house.home, elsewhere / "a.tar.gz", time=house.time)
    restore.into(elsewhere / "home", made.path)
    with local.Local(elsewhere / "home" / "files" / "support", time=house.time).open(sent["hash"]) as file:
        assert file.read() == files.PDF
    assert not list((elsewhere / "home").rglob(f"{local.HALF}*"))
