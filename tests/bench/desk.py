"""The desk of one person and a page of the list, at a million tickets and a hundred thousand open promises."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from werkzeug.test import Client

from shared.kernel import ids
from shared.people import copies
from shared.runtime import procedures, process
from shared.web import tokens
from tests.bench import clocks, world

ME = ids.new()
STAFF = tokens.Caller("staff", ME, "Trần Văn Nữ", ("staff",), unit="unit-7")
UNITS = 40
CALLS = 200
TICKET = (
    "id, version, year, unit, state, channel, topic, content, requester, received_by, received_at, asked_at,"
    " changed_at, playbook, playbook_version"
)


class Reading:
    """Milliseconds for 95 of 100 requests of one address, through the WSGI app."""

    unit, higher_is_better, reached_at = "ms", False, 50.0
    absolute = False
    need = "≤ 50 ms"

    def __init__(self, name: str, title: str, path: str) -> None:
        self.name, self.title, self._path = name, title, path

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Reading]:
        tickets, promises = (50_000, 5_000) if quick else (1_000_000, 100_000)
        with world.world() as made:
            running = process.Process(made.settings, ("support",))
            procedures.install(made.settings, running.databases["support"])
            _fill(made, tickets, promises)
            with running.databases["support"].work(actor="system:bench") as unit:
                copies.keep_person(
                    unit,
                    id=ME,
                    name="Trần Văn Nữ",
                    mail="nu@example.com",
                    locale="vi",
                    unit="unit-7",
                    active=True,
                    roles=["staff"],
                    sequence=1,
                )
            token = running.signer().sign(STAFF, audience="support")
            self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "vi"}
            self._client = Client(running.apps()["support"])
            try:
                yield self
            finally:
                running.stop()

    def run(self) -> float:
        """A few hundred requests, one after the other."""
        took: list[float] = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            response = self._client.get(self._path, headers=self._headers)
            took.append((time.perf_counter() - begun) * 1000)
            assert response.status_code == 200, response.get_data(as_text=True)
            assert json.loads(response.get_data())["items"], "the page is empty"
            response.close()
        return sorted(took)[int(CALLS * 0.95) - 1]

    def floor(self) -> None:
        """There is none: the need is absolute."""


def _fill(made: world.World, tickets: int, promises: int) -> None:
    now = datetime.now(UTC)
    requester = json.dumps({"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam@example.com"], "phones": []})
    with made.connect("support") as connection, connection.cursor() as cursor:
        cursor.execute("truncate ticket, clock, clock_stretch")
        open_ids: list[str] = []
        with cursor.copy(f"copy ticket ({TICKET}) from stdin") as rows:
            for number in range(tickets):
                id = ids.new()
                if number >= tickets - promises:
                    open_ids.append(id)
                state = "classified" if number >= tickets - promises else "logged"
                at = now - timedelta(minutes=(tickets - number) // 10)
                where = (f"unit-{number % UNITS}", state, "hotline", "question", "Hỏi về thời gian hàng đến")
                rows.write_row((id, 1, 2026, *where, requester, "staff:1", at, at, at, "vimc-support", "2026-11-29"))
        with cursor.copy(f"copy clock ({clocks.COLUMNS}) from stdin") as rows:
            for number, id in enumerate(open_ids):
                due = now + timedelta(minutes=number % 600)
                owner = ME if number % 500 == 7 else f"person-{number % 200}" if number % 3 else None
                about = (ids.new(), 1, "support.ticket", id, f"TCK-2026-{number:06d}", f"unit-{number % UNITS}")
                promise = ("vimc-support", "2026-11-29", "handle", 1, "running", "staff", owner)
                state = ("running", now, "event", 3_600_000_000, 0, now, due, due, clocks.LADDER, 0, due, False)
                rows.write_row((*about, *promise, *state))
    with made.connect("support") as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze")


SUBJECTS = (
    Reading("desk", "The desk of one person, 1,000,000 tickets, 100,000 open promises: p95", "/v1/desk"),
    Reading("list", "A page of the ticket list at 1,000,000 tickets: p95", "/v1/tickets"),
)
