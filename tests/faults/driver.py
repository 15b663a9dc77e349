"""A role of the product in a process that dies at a named point, stumbles over a word, or sees another time.

    python -m tests.faults.driver [--die POINT[:PASS]] [--poison PLACE:WORDS:HOW] [--clock FILE] ROLE [SERVICE...]

The process, its end and everything around it are real; only where it ends is arranged: the function at the point is
wrapped before the role starts. `POINT:3` dies at the third pass. Work that contains all WORDS (joined by &) stumbles:
HOW is raise, abort or kill. `--clock` adds the seconds in FILE, read each time, to the machine's time, so that a test
can let an hour pass. The role `receivers` runs one receiver for each queue of --queues, beside each other.
"""

from __future__ import annotations

import argparse
import functools
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.notify.message import commands as messages
from services.notify.message import tasks as mailing
from shared.bus import receiver
from shared.inbox import receive, worker
from shared.jobs import rows
from shared.kernel import moment
from shared.outbox import relay
from shared.runtime import process, roles, settings, signals, telemetry


def die() -> None:
    """As a machine that loses its power: nothing after this line runs, nothing is said to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # the signal is on its way; this thread must not go on meanwhile


class Passes:
    """Counts the passes of a point and ends the process at the chosen one."""

    def __init__(self, chosen: int) -> None:
        self._chosen, self._seen = chosen, 0
        self._guard = threading.Lock()

    def __call__(self) -> None:
        with self._guard:
            self._seen += 1
            if self._seen == self._chosen:
                die()


def _before(
    where: Any, name: str, passed: Callable[[], None], when: Callable[..., bool] = lambda *_, **__: True
) -> None:
    inner = getattr(where, name)

    @functools.wraps(inner)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when is None or when(*args, **kwargs):
            passed()
        return inner(*args, **kwargs)

    setattr(where, name, wrapped)


def _after(where: Any, name: str, passed: Callable[[], None], when: Callable[[Any], bool] = lambda _: True) -> None:
    inner = getattr(where, name)

    @functools.wraps(inner)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer = inner(*args, **kwargs)
        if when(answer):
            passed()
        return answer

    setattr(where, name, wrapped)


def _events_confirmed(_self: Any, batch: Any, outcomes: Any) -> bool:
    return any(row.kind == "event" and row.seq in outcomes for row in batch)


def _taken(*_: Any, outcome: Any, **__: Any) -> bool:
    return outcome.kind == "sent"


POINTS: dict[str, Callable[[Callable[[], None]], None]] = {
    "relay-published": lambda p: _before(relay.Relay, "_mark", p, _events_confirmed),  # confirmed, not marked sent
    "receiver-taken": lambda p: _before(receive, "store", p),  # delivered, not stored
    "receiver-stored": lambda p: _after(receive, "store", p),  # committed, not acknowledged
    "reaction-run": lambda p: _before(worker.Worker, "_done", p),  # the effect is written, not committed
    "task-claimed": lambda p: _after(rows, "claim", p, lambda claim: claim is not None),  # begun, nothing done
    "task-done": lambda p: _before(rows, "finish", p),  # the effect is committed, the task is not marked done
    "mail-begun": lambda p: _after(mailing, "_transmit", p),  # noted as about to leave, not sent
    "mail-taken": lambda p: _before(messages, "settle", p, _taken),  # the mail server has it, nobody noted that
}


def _stumble(how: str) -> None:
    if how == "raise":
        raise RuntimeError("stumbled")
    if how == "abort":
        os.abort()
    die()


def _poison_reaction(words: list[str], how: str) -> None:
    inner = worker.Worker._react

    def react(self: Any, unit: Any, row: Any) -> str:
        if all(word.encode() in bytes(row.body) for word in words):
            _stumble(how)
        return inner(self, unit, row)

    worker.Worker._react = react  # type: ignore[method-assign]


def _poison_task(words: list[str], how: str) -> None:
    inner = mailing._offer

    def offer(job: Any, message: Any) -> Any:
        if all(word in message.recipient for word in words):
            _stumble(how)
        return inner(job, message)

    mailing._offer = offer


PLACES = {"reaction": _poison_reaction, "task": _poison_task}


def _shift(file: Path) -> None:
    inner = moment.SystemTime.now

    def now(self: moment.SystemTime) -> datetime:
        return inner(self) + timedelta(seconds=float(file.read_text() or 0))

    moment.SystemTime.now = now  # type: ignore[method-assign]


def _receivers(given: settings.Settings, service: str, queues: list[str]) -> int:
    running = process.Process(given, (service,))
    database = running.databases[service]
    for queue in queues:
        taking = receiver.Receiver(
            given.amqp_url or "", queue, name=queue, store=lambda some: receive.store(database, some)
        )
        running.add_loop(service, queue, taking.step, taking.close, poll_s=0)
    stopping = signals.asked_to_stop()
    running.start()
    return roles._until(stopping, running, "receivers")


def main() -> int:
    """Arrange the end, then be the role."""
    read = argparse.ArgumentParser()
    read.add_argument("--die")
    read.add_argument("--poison")
    read.add_argument("--clock", type=Path)
    read.add_argument("--queues", default="")
    read.add_argument("role", choices=("web", "bus", "tasks", "receivers"))
    read.add_argument("services", nargs="*")
    asked = read.parse_args()
    if asked.die:
        point, _, chosen = asked.die.partition(":")
        POINTS[point](Passes(int(chosen or 1)))
    if asked.poison:
        place, _, rest = asked.poison.partition(":")
        words, _, how = rest.rpartition(":")
        PLACES[place](words.split("&"), how)
    if asked.clock:
        _shift(asked.clock)
    given, names = settings.read(), tuple(asked.services)
    telemetry.configure(given)
    if asked.role == "receivers":
        return _receivers(given, names[0], asked.queues.split(","))
    return {"web": roles.web, "bus": roles.bus, "tasks": roles.tasks}[asked.role](given, names)


if __name__ == "__main__":
    raise SystemExit(main())
