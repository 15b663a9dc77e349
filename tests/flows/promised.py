"""A support request and everybody whom its playbook speaks of: a branch's staff and lead, the company's executive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.kernel import moment
from shared.playbook import reading, shelf
from shared.runtime import manifest
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, House
from tests.flows.house_http import Answer, Client

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
REQUESTER = {"name": "Nguyễn Thị Ánh", "locale": "vi", "mails": ["anh@example.com"], "phones": []}
CONTENT = "Lô hàng của tôi bao giờ đến cảng?"
DONE: dict[str, Any] = {"method": "Tra cứu TOS", "result": "Hàng đến ngày 26/11.", "apology": True}
WORDS: dict[str, Any] = {"complete": DONE}
"""The body of a verb that needs one, where a test gives none."""


@dataclass
class Office:
    """Who works there, and their requests."""

    house: House
    unit: str = HAI_PHONG
    people: tuple[tokens.Caller, ...] = ()
    """Staff, lead and executive from before, where the home is not new."""
    staff: tokens.Caller = field(init=False)
    lead: tokens.Caller = field(init=False)
    executive: tokens.Caller = field(init=False)

    def __post_init__(self) -> None:
        if self.people:
            self.staff, self.lead, self.executive = self.people
            return
        self.staff = self.house.staff("staff", unit=self.unit, name="Trần Văn Nữ")
        self.lead = self.house.staff("lead", unit=self.unit, name="Lê Thị Lãnh Đạo")
        self.executive = self.house.staff("executive", unit=COMPANY, name="Phạm Phó Tổng")
        self.house.settle()

    # ---- what is done

    def receive(self, **more: Any) -> str:
        """A client asks by the public form, and everything that follows from it."""
        asked = {**REQUESTER, "unit": self.unit, "topic": "question", "content": CONTENT, **more}
        number = self.house.client("support").post("/v1/public/requests", asked).expect(201)["number"]
        self.house.settle()
        (item,) = self.as_(self.staff).get(f"/v1/tickets?number={number}").expect(200)["items"]
        return item["id"]

    def try_(self, verb: str, id: str, who: tokens.Caller, *, language: str | None = None, **body: Any) -> Answer:
        """A verb, whatever comes of it."""
        client = self.house.client("support", who, language=language)
        return client.post(f"/v1/tickets/{id}/{verb}", body or WORDS.get(verb, {}))

    def do(self, verb: str, id: str, who: tokens.Caller | None = None, **body: Any) -> dict[str, Any]:
        """A verb that is allowed, and everything that follows from it."""
        who = who or (self.lead if verb == "hand_over" else self.staff)
        changed = self.try_(verb, id, who, **body).expect(200)
        self.house.settle()
        return changed

    def brought_to(self, verb: str, **classified: Any) -> str:
        """A request right after this verb, all at one moment."""
        id = self.receive()
        for each in ("classify", "complete", "hand_over", "confirm", "log"):
            if each == "confirm":
                self.answer("confirm", id, rating=5)
            else:
                self.do(each, id, **(classified or {"request_type": 3}) if each == "classify" else {})
            if each == verb:
                break
        return id

    def answer(self, verb: str, id: str, **body: Any) -> None:
        """The client answers by the link that they were sent last."""
        links = [e["data"]["link"] for e in self.house.events("support", "support.ticket.handed_over")]
        link = links[-1] if len(links) == 1 else self._link(id)
        self.house.client("support").post(f"/v1/public/links/{link}/{verb}", body).expect(200)
        self.house.settle()

    def _link(self, id: str) -> str:
        events = self.house.events("support", "support.ticket.handed_over")
        return [event["data"]["link"] for event in events if event["subject"] == id][-1]

    # ---- what is seen

    def as_(self, who: tokens.Caller, *, language: str | None = None) -> Client:
        """The API of support as somebody sees it."""
        return self.house.client("support", who, language=language)

    def ticket(self, id: str, who: tokens.Caller | None = None) -> dict[str, Any]:
        """The ticket as somebody of the branch sees it."""
        return self.as_(who or self.lead).get(f"/v1/tickets/{id}").expect(200)

    def clock(self, id: str, name: str) -> dict[str, Any]:
        """The newest clock of this name."""
        return [each for each in self.ticket(id)["clocks"] if each["name"] == name][-1]

    def due(self, id: str, name: str) -> datetime:
        """When the clock is due."""
        return moment.parse(self.clock(id, name)["due_at"])

    def explain(self, id: str, name: str) -> dict[str, Any]:
        """Why the clock is where it is."""
        return self.as_(self.lead).get(f"/v1/clocks/{self.clock(id, name)['id']}/explain").expect(200)

    def rungs(self, id: str, name: str) -> list[dict[str, Any]]:
        """The data of each event of a rung that the clocks of this name reached, in order."""
        found = (event["data"] for event in self.house.events("support", "support.clock.reached"))
        return [data for data in found if data["of"]["id"] == id and data["name"] == name]

    def kpis(
        self, by: str = "step", *, start: str = "2026-11-01", end: str = "2026-12-31"
    ) -> dict[str, dict[str, Any]]:
        """How promises were kept, by one dimension."""
        rows = self.as_(self.lead).get(f"/v1/kpis?from={start}&to={end}&by={by}").expect(200)
        return {row["key"]: row for row in rows}

    def trail(self, id: str) -> dict[str, Any]:
        """The trail of a ticket as JSON."""
        return self.as_(self.lead).get(f"/v1/tickets/{id}/trail").expect(200)

    @property
    def now(self) -> datetime:
        return self.house.time.now()


def install(house: House, folder: Path, *changes: tuple[str, str]) -> None:
    """The procedure with changes, in force from now on."""
    text = (reading.PACKAGED / "vimc-support.yaml").read_text(encoding="utf-8")
    written = next(line for line in text.splitlines() if line.startswith("version: "))
    for old, new in ((written, "version: 2030-01-01"), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "vimc-support.yaml"
    path.write_text(text, encoding="utf-8")
    flows = manifest.flows(manifest.load("support"))
    playbook, faults = reading.read(path, flows)
    assert playbook is not None, faults
    with house.work("support") as work:
        shelf.install(work, [playbook], flows)
