"""The checker finds what it is there for: a healthy system passes, each broken invariant is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notify.message import tables as messages
from services.support.ticket import commands, model, receiving
from services.support.ticket import tables as tickets
from shared.kernel import ids
from shared.people import units
from shared.runtime import embedded, manifest, procedures
from shared.store import engine, migrate, tables
from shared.web import tokens
from tests.faults.checker import Checker
from tests.faults.load import UNIT, Ledger, Promise, Way
from tests.faults.system import System, smtp_url
from tests.servers import Mail, SmtpSink

TICKETS = 3
STAFF = tokens.Caller("staff", "s", "Trần Văn Nữ", ("staff",), unit=UNIT)
_i, _o, _t = tables.inbox.c, tables.outbox.c, tables.task.c


def build(system: System, ledger: Ledger) -> None:
    """Fill a home with a few requests, worked off in this process; nothing is killed here, only tampered with."""
    for name in system.services:
        migrate.upgrade(system.settings.database(name), name)
    running = embedded.assemble(system.settings, system.services)
    for database in running.databases.values():
        procedures.install(system.settings, database)
    support = running.databases["support"]
    with support.work() as unit:
        units.keep(unit, code=UNIT, title="Hải Phòng", country="VN", active=True, sequence=0)
    for _ in range(TICKETS):
        request(support, ledger)
    steps = [loop.step for loop in running.loops if "janitor" not in loop.name]
    while sum(step() for step in steps):
        pass
    running.stop()


def request(support: engine.Database, ledger: Ledger) -> None:
    """A promise and two events of one object."""
    mark = f"mark-{ids.new()}"
    who = model.Requester("王小明", "zh", (f"{mark}@example.com",))
    with support.work(actor="staff:s") as unit:
        ticket, _ = receiving.receive(unit, unit=UNIT, channel="api", topic="other", content=mark, requester=who)
    with support.work(actor="staff:s") as unit:
        tomorrow = unit.now + timedelta(days=1)
        commands.classify(unit, ticket.id, STAFF, request_type=1, promised_at=tomorrow)
    ledger.promises.append(Promise("ticket", mark, "/v1/tickets", mark, b"{}", 201, b"first answer"))


@dataclass
class Box:
    """Mails that have arrived."""

    mails: list[Mail]


class House:
    """A home to tamper with."""

    def __init__(self, system: System, ledger: Ledger, box: Box) -> None:
        self.system, self.ledger, self.box = system, ledger, box
        self.way: Way | None = None
        self.support, self.notify = system.database("support"), system.database("notify")

    def change(self, database: engine.Database, *statements: Any) -> None:
        """Tamper."""
        with database.work() as unit:
            for statement in statements:
                unit.execute(statement)

    def copy(self, database: engine.Database, table: sa.Table, **other: Any) -> None:
        """One row more, like the first but for this."""
        with database.work() as unit:
            row = dict(unit.execute(sa.select(table).order_by(table.c.seq)).first()._mapping)  # type: ignore[union-attr]
            row.pop("seq")
            unit.execute(table.insert().values({**row, **other}))

    def swap(self, database: engine.Database, table: sa.Table, subject: sa.Column[Any]) -> None:
        """Let the first two rows of one subject change places."""
        with database.work() as unit:
            of = unit.execute(sa.select(subject).order_by(table.c.seq).limit(1)).scalar_one()
            one, two = unit.execute(sa.select(table.c.seq).where(subject == of).order_by(table.c.seq)).scalars()
            for seq, to in ((one, -1), (two, one), (-1, two)):
                unit.execute(table.update().where(table.c.seq == seq).values(seq=to))

    def verdict(self) -> str:
        """What the checker says: nothing, or everything that is wrong."""
        try:
            Checker(self.system, self.ledger, self.box, way=self.way).settled("of the checker", timeout_s=0.3)
        except AssertionError as error:
            return str(error)
        return ""


class Forgetful(Way):
    """A way in that answers every repetition anew."""

    def post(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        """Another answer than the first."""
        return 201, b"second answer"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ledger, list[Mail]]:
    """A healthy home, what was promised, and the mails that arrived; made once, to be copied."""
    ledger = Ledger()
    folder = tmp_path_factory.mktemp("healthy")
    with SmtpSink() as sink, System.embedded(folder, smtp_url(sink)) as system:
        build(system, ledger)
        return system.home, ledger, sink.mails


@pytest.fixture
def house(tmp_path: Path, healthy: tuple[Path, Ledger, list[Mail]]) -> Iterator[House]:
    """A copy of it."""
    home, ledger, mails = healthy
    with System.embedded(tmp_path, "smtp://127.0.0.1:1") as system:
        shutil.copytree(home, system.home)
        yield House(system, Ledger([*ledger.promises]), Box([*mails]))


def test_a_healthy_system_passes(house: House) -> None:
    assert house.verdict() == ""
    assert len(house.box.mails) == 2 * TICKETS


_first_inbox = sa.select(sa.func.min(_i.seq)).scalar_subquery()
_first_event = sa.select(sa.func.min(_o.seq)).where(_o.kind == "event").scalar_subquery()
_m = messages.message

BROKEN: dict[str, tuple[Callable[[House], None], str]] = {
    "an event that never arrived": (
        lambda h: h.change(h.notify, tables.inbox.delete().where(_i.seq == _first_inbox)),
        "1 events not delivered",
    ),
    "an event that never left": (
        lambda h: h.change(h.support, tables.outbox.update().where(_o.seq == _first_event).values(sent_at=None)),
        "support: 1 rows unsent",
    ),
    "an event that nobody runs": (
        lambda h: h.change(h.notify, tables.inbox.update().where(_i.seq == _first_inbox).values(state="retry")),
        "notify: 1 events waiting",
    ),
    "a task that nobody runs": (
        lambda h: h.change(h.notify, tables.task.update().values(state="running")),
        f"notify: {2 * TICKETS} tasks open",
    ),
    "an event parked without a reason": (
        lambda h: h.change(h.notify, tables.inbox.update().where(_i.seq == _first_inbox).values(state="parked")),
        "I1 events parked in notify without a reason: 1",
    ),
    "a request with two tickets": (
        lambda h: h.copy(h.support, tickets.ticket, id=ids.new()),
        "I2 requests with two tickets: 1",
    ),
    "a client told twice": (
        lambda h: h.copy(h.notify, _m, id=ids.new(), event_id=ids.new(), message_id="<other@example.com>"),
        "I2 clients with two messages ticket-received: 1",
    ),
    "an event done without its effect": (
        lambda h: h.change(h.notify, messages.attempt.delete(), _m.delete()),
        f"I2 events done without their effect: {2 * TICKETS}",
    ),
    "a mail that arrived twice": (
        lambda h: h.box.mails.append(h.box.mails[0]),
        "I2 mails that arrived twice: 1",
    ),
    "a mail that nobody knows of": (
        lambda h: h.change(h.notify, _m.update().values(message_id=None)),
        f"I2 mails that nobody says were sent: {2 * TICKETS}",
    ),
    "a mail that never arrived": (
        lambda h: h.box.mails.clear(),
        f"I2 messages said to be sent that did not arrive: {2 * TICKETS}",
    ),
    "a message left half way": (
        lambda h: h.change(h.notify, _m.update().values(state="transmitting")),
        f"I2 messages left half way: {2 * TICKETS}",
    ),
    "an object whose events have a gap": (
        lambda h: h.change(h.support, tables.outbox.delete().where(_o.seq == _first_event)),
        "I3 objects of support whose events have gaps or are out of order: 1",
    ),
    "an object whose events arrived out of order": (
        lambda h: h.swap(h.notify, tables.inbox, _i.subject),
        "I3 objects whose events reached notify out of order: 1",
    ),
    "an object whose effects came out of order": (
        lambda h: h.swap(h.notify, _m, _m.c.related),
        "I3 objects whose messages were made out of order: 1",
    ),
    "a promise that was forgotten": (
        lambda h: h.change(h.support, tickets.ticket.delete().where(tickets.ticket.c.seq == 1)),
        "I4 promised requests without a ticket: 1",
    ),
    "a promise that is answered anew": (
        lambda h: setattr(h, "way", Forgetful("", 0, "", lambda _: "", False)),
        f"I4 promises whose answer is another when asked again: {TICKETS}",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_invariant_is_found(house: House, broken: str) -> None:
    tamper, words = BROKEN[broken]
    tamper(house)
    assert words in house.verdict()


def test_every_service_of_the_platform_is_looked_at(house: House) -> None:
    assert house.system.services == manifest.existing()
