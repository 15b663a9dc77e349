"""Traffic through a running house, and what must be true of it whatever happened meanwhile.

Requests of another system arrive over HTTP, become tickets at support and letters at notify. `Load` repeats nothing:
what it was answered 2xx is written down, and nothing else counts as promised.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from services.notify.message import tables as messages
from services.support.ticket import tables as tickets
from shared.kernel import ids
from shared.runtime import manifest
from shared.runtime.cli import shape
from shared.store import tables
from tests.cli import parked
from tests.cli.house import House
from tests.servers import ports

CLIENTS = 3
UNIT = "hai-phong"

_o, _i = tables.outbox.c, tables.inbox.c


def opened(house: House) -> str:
    """A unit, and a token by which another system may send. The house need not run."""
    made = house.run("unit", "open", UNIT, "--kind", "company", "--title", "Biển Xanh", "--country", "VN")
    assert made.code == shape.OK, made.err
    return house.run("token", "issue", "tos", "--unit", UNIT, "--scope", "inbound", "--json").json["token"]


def ready(house: House) -> bool:
    """Whether the house answers and support knows the unit."""
    if not house.lives():
        return False
    with house.database("support").reading() as connection:
        return connection.execute(sa.select(tables.unit.c.code)).first() is not None


def event(id: str) -> bytes:
    """A request that another system submits."""
    made = {
        "specversion": "1.0",
        "id": id,
        "source": "/tos",
        "type": "request.submitted",
        "subject": id,
        "time": "2026-11-24T02:00:00Z",
        "data": {**parked.REQUEST, "reference": id},
    }
    return json.dumps(made, ensure_ascii=False).encode()


class Load:
    """Clients that send another system's requests until they are stopped; `taken` are the ids answered 2xx."""

    def __init__(self, house: House, token: str) -> None:
        self._port, self._token = house.port, token
        self.taken: list[str] = []
        self.refused: Counter[int] = Counter()
        self.stop = threading.Event()

    def _client(self) -> None:
        while not self.stop.is_set():
            id = ids.new()
            try:
                status = self.send(id)
                if status == 202:
                    self.taken.append(id)
                else:
                    self.refused[status] += 1
                    self.stop.wait(0.05)
            except (OSError, http.client.HTTPException):
                self.stop.wait(0.05)

    def send(self, id: str) -> int:
        """One request; returns the status."""
        connection = http.client.HTTPConnection(ports.LOOPBACK, self._port, timeout=30)
        headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {self._token}"}
        try:
            connection.request("POST", "/api/support/v1/inbound", event(id), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Clients that send for as long as the block runs."""
        threads = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def more(self, count: int) -> None:
        """Return when so many more were taken."""
        wanted = len(self.taken) + count
        ports.until(lambda: len(self.taken) >= wanted, timeout_s=90, what=f"{count} more requests")


def sent(house: House) -> Counter[tuple[str, str]]:
    """(subscriber, event id) of every event that is marked as delivered."""
    found: Counter[tuple[str, str]] = Counter()
    subscribers = {
        type_: [name for name, (types, _) in manifest.subscriptions(manifest.existing()).items() if type_ in types]
        for service in map(manifest.load, manifest.existing())
        for type_ in (kind.name for kind in manifest.events(service))
    }
    for service in manifest.existing():
        with house.database(service).reading() as connection:
            rows = connection.execute(
                sa.select(_o.message_id, _o.routing_key).where(_o.kind == "event", _o.sent_at.is_not(None))
            ).all()
        found.update((name, row.message_id) for row in rows for name in subscribers.get(row.routing_key, ()))
    return found


def arrived(house: House) -> Counter[tuple[str, str]]:
    """(subscriber, event id) of every event of ours that is in an inbox."""
    found: Counter[tuple[str, str]] = Counter()
    for service in manifest.existing():
        with house.database(service).reading() as connection:
            rows = connection.execute(sa.select(_i.event_id).where(_i.source.like("/steward/%"))).scalars()
            found.update((service, id) for id in rows)
    return found


def told(house: House) -> set[str]:
    """Every event that any service committed."""
    found: set[str] = set()
    for service in manifest.existing():
        with house.database(service).reading() as connection:
            found.update(connection.execute(sa.select(_o.message_id).where(_o.kind == "event")).scalars())
    return found


def one_instant(house: House) -> None:
    """The databases fit together: nothing that was delivered is missing, nothing came from nowhere."""
    left, there = sent(house), arrived(house)
    assert left - there == Counter(), "marked as delivered, but not there"
    assert {id for _, id in there} <= told(house), "arrived, but nobody sent it"


def settled(house: House) -> bool:
    """Whether nothing is under way any more."""
    open_ = tables.task.c.state.in_(("ready", "retry", "running"))
    if any(house.count(name, sa.select(sa.func.count()).where(open_)) for name in manifest.existing()):
        return False
    done = house.run("queues", "--json")
    return all(row["rows"] == 0 for row in done.json["waiting"] if row["what"] != "failures")


def each_once(house: House) -> int:
    """Every request that is there had each of its effects once. Returns how many there are."""
    with house.database("support").reading() as connection:
        accepted = list(connection.execute(sa.select(_i.event_id).where(_i.type == "request.submitted")).scalars())
        references = list(connection.execute(sa.select(tickets.ticket.c.reference)).scalars())
        ids_ = list(connection.execute(sa.select(tickets.ticket.c.id)).scalars())
    assert Counter(references) == Counter(accepted), "a request without its ticket, or with two"
    with house.database("notify").reading() as connection:
        letters_for = list(connection.execute(sa.select(messages.message.c.related)).scalars())
    assert Counter(letters_for) == Counter(ids_), "a ticket whose client was not told, or twice"
    letters = [path.name for path in (house.home / "mail").glob("*.eml")]
    assert len(letters) == len(set(letters)) == len(ids_)
    return len(accepted)
