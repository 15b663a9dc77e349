"""What the tour of the pages finds in the demo, and what is added so that no page of it is empty."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from services.gateway.demo.requests import REQUESTS
from shared.jobs import rows
from shared.kernel import moment
from shared.store.engine import Database
from tests.browser.system import PATIENCE_S, System
from tests.servers import ports

LEAD = "huong.nguyen"
ON_CALL = "long.vu"
SHEET = (
    "Khách hỏi gì,Hỏi ngày nào,Khách nào,Ai trả lời,Loại việc,Mất mấy giờ,Trả lời thế nào,Khách chấm,Số phiếu cũ\r\n"
    "Hỏi thời gian hàng đến,10/10/2025,Lê Văn Nam,Trần Thu Trang,2,1,Tra cứu và trả lời,Hài lòng,A-1\r\n"
    "Hỏi giá cước,31/31/2025,Phạm Thị Hà,Lê Văn Nam,2,1,Gửi biểu giá,Hài lòng,A-2\r\n"
)
COLUMNS = ("content", "request_date", "requester", "handler", "request_type", "processing_hours", "method")
MAIL = (
    "From: Lê Nam <nam.le@gach-bong.example.com>\nSubject: Nghỉ phép đến hết tuần\nAuto-Submitted: auto-replied\n\n"
    "Tôi đang nghỉ phép. Việc gấp xin liên hệ phòng Kinh doanh."
)
MACRO = {
    "title": "Đã nhận chứng từ",
    "request_type": None,
    "text": {
        "vi": "Kính gửi {name},\nChúng tôi đã nhận đủ chứng từ của yêu cầu {number} và sẽ trả lời trước {promised}.",
        "zh": "{name}您好：\n您的申请 {number} 的单证已收齐，我们将在 {promised} 前答复。",
        "en": "Dear {name},\nWe have received the documents of request {number} and will reply by {promised}.",
    },
}


class World:
    """The demo as its people see it. `cookies(box)` are those of somebody's signed-in browser."""

    def __init__(self, system: System, cookies: Callable[[str], dict[str, str]]) -> None:
        self.system, self._cookies = system, cookies
        self._clients: dict[str, httpx.Client] = {}
        self._seeded: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the connections."""
        for client in self._clients.values():
            client.close()

    def _client(self, box: str) -> httpx.Client:
        if box not in self._clients:
            self._clients[box] = httpx.Client(
                base_url=self.system.address,
                cookies=self._cookies(box) if box else {},
                headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "vi"},
                timeout=PATIENCE_S,
                trust_env=False,
            )
        return self._clients[box]

    def get(self, box: str, path: str) -> httpx.Response:
        """A page or an answer of the API, as this person gets it."""
        return self._client(box).get(path).raise_for_status()

    def post(self, box: str, path: str, body: Any = None, **more: Any) -> Any:
        """A change through the API, from a page of this person."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        how = more or {"json": body or {}}
        return self._client(box).post(path, headers=headers, **how).raise_for_status().json()

    def first(self, box: str, page: str, pattern: str) -> str:
        """The first address on a page that looks like this."""
        found = re.search(rf'href="({pattern})["?#]', self.get(box, page).text)
        assert found, f"{page} has no link to {pattern}"
        return found[1].replace("&amp;", "&")

    def ticket(self, state: str, box: str = LEAD) -> dict[str, Any]:
        """A ticket of the demo in this state that this person may see."""
        items = self.get(box, "/api/support/v1/tickets?limit=100").json()["items"]
        ours = {request.reference for request in REQUESTS}
        return next(each for each in items if each["state"] == state and each["reference"] in ours)

    # --- what is added -----------------------------------------------------------------------------------------------

    def _once(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._seeded:
            self._seeded[name] = make()
        return self._seeded[name]

    def talk(self) -> str:
        """A ticket on which people wrote to each other and to the client."""

        def make() -> str:
            box, ticket = "nam.le", self.ticket("assigned", "nam.le")["id"]
            at = f"/api/support/v1/tickets/{ticket}"
            self.post(box, f"{at}/note", {"text": "Đã gọi cho bãi, chờ xác nhận số seal trước khi trả lời khách."})
            self.post(box, f"{at}/reply", {"text": "Kính gửi Quý khách, lô hàng đã thông quan lúc 9 giờ sáng nay."})
            self.post(box, f"{at}/progress", {"text": "Đã thông quan, đang chờ lịch xe."})
            return f"/tickets/{ticket}"

        return self._once("talk", make)

    def macro(self) -> str:
        """A prepared text."""
        return self._once("macro", lambda: "/macros/" + self.post(LEAD, "/api/support/v1/macros", MACRO)["id"])

    def record_import(self) -> str:
        """A record from elsewhere, judged line by line."""

        def make() -> str:
            at = "/api/support/v1/record-imports"
            held = self.post(LEAD, at, files={"file": ("so-theo-doi.csv", SHEET.encode("utf-8-sig"), "text/csv")})
            self.post(
                LEAD, f"{at}/{held['id']}/map", {"columns": {name: number for number, name in enumerate(COLUMNS)}}
            )
            return f"/support/record-imports/{held['id']}"

        return self._once("import", make)

    def mail(self) -> str:
        """A mail that was taken for no request and waits for a person."""

        def make() -> str:
            token = self.system.command("token", "issue", "relay", "--unit", "hai-phong", "--scope", "mail")["token"]
            httpx.post(
                self.system.address + "/api/support/v1/inbound/mail",
                content=MAIL.encode(),
                headers={"Content-Type": "message/rfc822", "Authorization": f"Bearer {token}"},
                timeout=PATIENCE_S,
                trust_env=False,
            ).raise_for_status()
            return self.first(LEAD, "/mail", r"/mail/[0-9a-f-]{36}")

        return self._once("mail", make)

    def cause(self) -> str:
        """Work of the support that failed, three times for one cause: tasks that nobody knows how to run."""

        def make() -> str:
            file = self.system.home / "data" / "support.sqlite"
            database = Database(f"sqlite:///{file}", service="support", time=moment.SystemTime(), pool_size=1)
            with contextlib.closing(database), database.work(actor="system:demo") as work:
                for _ in range(3):
                    rows.add(work, "mend-nothing", mail="huong.nguyen@example.com")
            causes = "/api/support/v1/operations/causes"
            ports.until(
                lambda: "mend-nothing" in self.get(ON_CALL, causes).text, timeout_s=PATIENCE_S, what="work that failed"
            )
            items = self.get(ON_CALL, causes).json()["items"]
            cause = next(each["id"] for each in items if "mend-nothing" in each["cause"])
            self.post(ON_CALL, f"{causes}/{cause}/note", {"text": "Tác vụ này đã bị gỡ bỏ; đang hỏi bên phát triển."})
            return f"/operations/support/causes/{cause}"

        return self._once("cause", make)

    def failure(self) -> str:
        """One of them."""
        return self.first(ON_CALL, self.cause(), r"/operations/support/failures/[0-9A-Za-z-]+")

    def batch(self) -> str:
        """A decision about all of them."""

        def make() -> str:
            body = {"act": "discard", "cause": self.cause().rpartition("/")[2], "reason": "Không ai cần nữa."}
            return "/operations/support/batches/" + self.post(ON_CALL, "/api/support/v1/operations/batches", body)["id"]

        return self._once("batch", make)

    def expired(self) -> str:
        """A link whose time is over: what half a year would do is done to its row."""

        def make() -> str:
            link = self.follow("DEMO-02")
            digest = hashlib.sha256(link.rpartition("/")[2].encode()).hexdigest()
            database = sqlite3.connect(self.system.home / "data" / "support.sqlite", timeout=PATIENCE_S)
            with contextlib.closing(database):
                statement = "update link set expires_at = '2026-01-01T00:00:00.000000Z' where digest = ?"
                assert database.execute(statement, [digest]).rowcount == 1
                database.commit()
            return link

        return self._once("expired", make)

    def password(self) -> str:
        """The link by which somebody of the house chooses a password."""

        def make() -> str:
            mail = self.system.mail_of("long.vu")
            people = self.get("mai.do", "/api/gateway/v1/staff?limit=100").json()["items"]
            person = next(each["id"] for each in people if each["mail"] == mail)
            self.post("mai.do", f"/api/gateway/v1/staff/{person}/invite")
            return self.system.link(mail)

        return self._once("password", make)

    # --- links of the demo's clients ---------------------------------------------------------------------------------

    def follow(self, reference: str) -> str:
        """The link by which a client of the demo follows a request: in the first mail."""
        return self.system.link(self._mail(reference))

    def answer(self, reference: str) -> str:
        """The link by which a client of the demo confirms or refuses: in the second mail that has one."""
        return self.system.link(self._mail(reference), 2)

    def _mail(self, reference: str) -> str:
        return next(each.client.mail for each in REQUESTS if each.reference == reference and each.client.mail)
