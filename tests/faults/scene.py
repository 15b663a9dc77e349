"""What a fault test works with: the system, the ledger of its promises, the mail server, and the checker over them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.jobs import rows
from shared.kernel import ids
from shared.store import tables
from tests.faults import load
from tests.faults.broker import Broker
from tests.faults.checker import QUIET_S, Checker, Report, until
from tests.faults.load import Ledger, Load, Promise, Way
from tests.faults.running import Running
from tests.faults.system import System
from tests.servers import SmtpSink

SEED = "STEWARD_TEST_SEED"  # in the environment: repeat the kills of a run that printed it
PAST_THE_LEASE_S = rows.LEASE_S + 10
SOON_S = 120  # a wait that is usually over in a second, on a machine that is busy with other things
AFTER_KILLS_S = 90  # a task that was cut off twice waits for its lease
_i, _t = tables.inbox.c, tables.task.c


class Scene:
    """One scenario."""

    def __init__(self, system: System, sink: SmtpSink) -> None:
        self.system, self.sink = system, sink
        self.ledger = Ledger()
        self._way: Way | None = None

    @property
    def broker(self) -> Broker:
        """The virtual host of a split system."""
        assert self.system.broker is not None, "this system has no broker"
        return self.system.broker

    @property
    def way(self) -> Way:
        """The way in that the load takes."""
        if self._way is None:
            self._way = self.system.way() if self.system.broker else self.system.way_of_systems()
        return self._way

    def start(self, *names: str, **arranged: Any) -> dict[str, Running]:
        """The roles `web`, `bus` (of both services) and `tasks`, or the named ones of them, ready; the last two
        arranged as `System.bus` takes it."""
        system = self.system
        made = {
            "web": system.web,
            "bus": lambda: system.bus("support", "notify", **arranged),
            "tasks": lambda: system.tasks("notify", **arranged),
        }
        return up({name: made[name]() for name in names or made})

    # ---- asking

    def load(self, **more: Any) -> Load:
        """Threads that ask for things, not yet started (see `Load`)."""
        return Load(self.way, self.ledger, broker=self.system.broker, **more)

    def ask(self, requests: int, **more: Any) -> None:
        """Ask for so many things and return when each has its answer."""
        with self.load(most=requests, **{"threads": 2, "pause_s": 0.0, **more}) as asking:
            asking.finish()

    def submit(self, word: str, *, mail: str | None = None) -> str:
        """One ticket whose content holds `word`, promised like all others. Returns its id."""
        mark = f"mark-{ids.new()}"
        who = load.who(random.Random(word), mark)
        given = {"content": f"{word} {mark}", "requester": who | {"mails": [mail or f"{mark}@example.com"]}}
        return self._post("ticket", mark, "/v1/tickets", given)["id"]

    def handle(self, ticket: str) -> None:
        """Take a ticket to its handover: three more events of the same object."""
        promised = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        for verb, given in (
            ("classify", {"request_type": 2, "promised_at": promised}),
            ("complete", {"method": "Gọi điện", "result": "Đã trả lời"}),
            ("hand_over", {}),
        ):
            self._post("verb", "", f"/v1/tickets/{ticket}/{verb}", given)

    def _post(self, kind: str, mark: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        key, body = ids.new(), json.dumps(given, ensure_ascii=False).encode()
        status, answer = self.way.post(path, key, body)
        assert 200 <= status < 300, (status, answer)
        if mark:
            self.ledger.promises.append(Promise(kind, mark, path, key, body, status, answer))
        return json.loads(answer)

    # ---- looking

    def one(self, service: str, statement: sa.Select[Any]) -> Any:
        """One value of a service's database."""
        with self.system.database(service).reading() as connection:
            return connection.execute(statement).scalar()

    def inbox(self, service: str, where: sa.ColumnElement[bool]) -> list[tuple[str, int]]:
        """State and used attempts of the rows of an inbox, in order."""
        with self.system.database(service).reading() as connection:
            rows = connection.execute(sa.select(_i.state, _i.attempts).where(where).order_by(_i.seq))
            return [(row.state, row.attempts) for row in rows]

    def failures(self, service: str) -> list[sa.Row[Any]]:
        """What a service has parked, oldest first."""
        f = tables.failure.c
        with self.system.database(service).reading() as connection:
            statement = sa.select(tables.failure).where(f.state == "parked").order_by(f.failed_at, f.id)
            return list(connection.execute(statement))

    def settled(self, fault: str, *, timeout_s: float = QUIET_S) -> Report:
        """All is quiet and no invariant is broken (see `Checker`)."""
        return Checker(self.system, self.ledger, self.sink, way=self._way).settled(fault, timeout_s=timeout_s)

    def settled_after_kills(self, fault: str) -> Report:
        """As `settled`. Work that happened to run at three kills is suspected of them and parked; the person on call
        has it tried again, and nothing is left."""
        report = self.settled(fault, timeout_s=AFTER_KILLS_S)
        assert all(why.endswith(" kills-process") for why in report.parked), report.parked
        for why in sorted(set(report.parked)):
            services = [part for name in self.system.services for part in ("--service", name)]
            self.system.command("failures", "replay", "--cause", why, "--reason", "the machine was at fault", *services)
        if report.parked:
            report = self.settled(f"{fault}, tried again")
            assert report.parked == []
        return report


def half_done(scene: Scene, services: Iterable[str], *, inbox: bool = True, tasks: bool = True) -> list[str]:
    """Work that was begun and neither finished nor given back, though its process has ended."""
    found: list[str] = []
    for service in services:
        begun = sa.select(sa.func.count()).where(_i.started > _i.finished)
        running = sa.select(sa.func.count()).where(_t.state == "running")
        found += [f"{service} event"] * (scene.one(service, begun) if inbox else 0)
        found += [f"{service} task"] * (scene.one(service, running) if tasks else 0)
    return found


def up(roles: dict[str, Running]) -> dict[str, Running]:
    """Start roles beside each other and return when all of them work."""
    for role in roles.values():
        role.start()
    for role in roles.values():
        role.ready()
    return roles


class Clock:
    """The time that a driven role sees: the machine's, and what a test let pass on top of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self._passed = 0
        self.advance(0)

    def advance(self, seconds: int) -> None:
        """Let time pass, whole or not at all for whoever reads it at this moment."""
        self._passed += seconds
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self._passed))
        fresh.replace(self.file)


def deaths(dying: Running, *, over: Callable[[], bool], between: Callable[[], None] = lambda: None) -> int:
    """Start a role that dies, again and again as a supervisor does, until `over`. Returns how often it died."""
    dying.start()
    died = 0

    def ended() -> bool:
        nonlocal died
        if not dying.alive:
            died += 1
            between()
            dying.start()
        return over()

    until(ended, timeout_s=60, what=f"{dying.name} survives; it died {died} times")
    return died
