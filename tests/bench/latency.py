"""From a commit in one service to the committed effect in another, through real processes and the real broker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from services.support.ticket import events as ticket_events
from shared import outbox
from shared.kernel import ids
from shared.store import engine, notify
from tests.bench import events, world

RATE = 50  # commits a second
WAIT_S = 20  # for the last effects, and for the processes to be ready

_TRIGGER = """
create function bench_told() returns trigger language plpgsql as
  $$ begin perform pg_notify('bench', new.related); return new; end $$;
create trigger bench_told after insert on message for each row execute function bench_told();
"""


class Effects:
    """One run offers 50 commits a second; gives the wanted percentile of the time to the effect, in milliseconds."""

    unit, higher_is_better = "ms", False
    absolute = False

    def __init__(self, name: str, percentile: float, bound: float) -> None:
        self.name, self._percentile, self.reached_at = name, percentile, bound
        self.title = f"Commit to effect in another service, 50/s offered, p{percentile:g}"
        self.need = f"≤ {bound:g} ms"

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Effects]:
        self._seconds = 4 if quick else 20
        with world.world() as made:
            self._world = made
            with made.connect("notify") as connection:
                connection.execute(_TRIGGER)
            database = engine.Database(made.settings.database("support"), service="support")
            self._notifier = notify.Notifier(database, ("outbox",))
            self._database = database
            processes = [_start(made, "bus", service) for service in ("support", "notify")]
            try:
                yield self
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(30)
                self._notifier.close()
                database.close()

    def run(self) -> float:
        """Commit, and listen for the effect's own commit."""
        sent: dict[str, float] = {}
        seen: dict[str, float] = {}
        ready, stop = threading.Event(), threading.Event()
        listening = threading.Thread(target=self._listen, args=(seen, ready, stop), daemon=True)
        listening.start()
        assert ready.wait(WAIT_S)
        begun = time.perf_counter()
        for number in range(RATE * self._seconds):
            time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            subject = ids.new()
            with self._database.work(actor="system:bench") as unit:
                outbox.emit(unit, ticket_events.RECEIVED, subject, events.facts(subject))
            sent[subject] = time.perf_counter()
        until = time.perf_counter() + WAIT_S
        while len(seen) < len(sent) and time.perf_counter() < until:
            time.sleep(0.05)
        stop.set()
        listening.join(5)
        assert seen.keys() == sent.keys(), f"{len(sent) - len(seen)} effects did not come"
        took = sorted((seen[subject] - at) * 1000 for subject, at in sent.items())
        return took[min(int(len(took) * self._percentile / 100), len(took) - 1)]

    def floor(self) -> None:
        """There is none: the need is absolute."""

    def _listen(self, seen: dict[str, float], ready: threading.Event, stop: threading.Event) -> None:
        with self._world.connect("notify") as connection:
            connection.autocommit = True
            connection.execute("listen bench")
            ready.set()
            while not stop.is_set():
                for told in connection.notifies(timeout=0.2):
                    seen.setdefault(told.payload, time.perf_counter())


def _start(made: world.World, role: str, service: str) -> subprocess.Popen[bytes]:
    code = f"from shared.runtime.cli import main; main(['{role}', '{service}'])"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **made.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
