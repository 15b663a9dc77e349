"""Failed work for the tests of the command line: made by the real receiver and worker, in a service's own database."""

from __future__ import annotations

import json
from typing import Any

from shared.bus import port
from shared.envelope import cloudevent
from shared.inbox import receive, worker
from shared.kernel import ids
from shared.runtime import manifest
from tests.cli.house import House

NAME, MAIL, PHONE = "Nguyễn Thị Hường", "huong.nguyen@example.com", "+84912345678"
CONTENT = "Hỏi về thời gian hàng đến cảng Hải Phòng"
SECRET = "s8hT2kQ9mRw4vXy7nBp3cLd"
CAUSE = "request.submitted InvalidData in catalogue:load"
REQUEST: dict[str, Any] = {
    "unit": "hai-phong",
    "channel": "chat",
    "topic": "question",
    "content": CONTENT,
    "requester": {"name": NAME, "locale": "vi", "mails": [MAIL], "phones": [PHONE]},
    "reference": "chat-8812",
    "link": SECRET,
}


def inbound(house: House, data: dict[str, Any], *, system: str = "tos") -> str:
    """Another system's event arrives at support. Returns its id."""
    event = {
        "specversion": "1.0",
        "id": ids.new(),
        "source": f"/{system}",
        "type": "request.submitted",
        "subject": "chat-8812",
        "time": "2026-11-24T02:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
    body = json.dumps(event, ensure_ascii=False).encode()
    delivery = port.Delivery(body, cloudevent.CONTENT_TYPE, port.INBOUND, f"{system}.request.submitted")
    receive.store(house.database("support"), [delivery])
    return event["id"]


def unreadable(house: House, body: bytes) -> None:
    """Bytes that are no event arrive at support."""
    receive.store(house.database("support"), [port.Delivery(body, "text/plain", port.INBOUND, "tos.request.submitted")])


def work_off(house: House, service: str = "support") -> None:
    """Run the service's inbox until nothing is due."""
    running = worker.Worker(house.database(service), manifest.reactions(manifest.load(service)))
    try:
        while running.step():
            pass
    finally:
        running.close()


def some(house: House, count: int) -> None:
    """`count` requests that do not fit their schema: parked, for one cause."""
    for _ in range(count):
        inbound(house, {**REQUEST, "topic": "no such topic"})
    work_off(house)
