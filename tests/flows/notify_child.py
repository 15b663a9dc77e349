"""A notify service in a process of its own that dies at a named point, as a machine that loses its power.

    python -m tests.flows.notify_child POINT MOMENT EVENTS

It works on the house that the environment names, at a moment that stands still: hears the events in the file EVENTS,
then runs what is due. The process and its end are real; only where it ends is arranged.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from services.notify.channel import connection, folder, talk
from services.notify.message import commands, tasks
from shared.bus import port as bus
from shared.envelope import cloudevent
from shared.inbox import receive, worker
from shared.jobs import rows, runner
from shared.kernel import moment
from shared.runtime import manifest, process, settings


def die() -> None:
    """Nothing after this line runs, nothing is said to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()


def before(where: Any, name: str, when: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Die before the function does anything."""
    inner = getattr(where, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when(*args, **kwargs):
            die()
        return inner(*args, **kwargs)

    setattr(where, name, wrapped)


def after(where: Any, name: str) -> None:
    """Die when the function has done everything."""
    inner = getattr(where, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        inner(*args, **kwargs)
        die()

    setattr(where, name, wrapped)


def message_was_sent(of: talk.Talk) -> bool:
    """Whether the talk waits for the answer to the message itself."""
    return getattr(of, "body_is_out", False)


def note_the_body() -> None:
    """Have a talk know that its message is out."""
    inner = talk.Talk.send

    def send(self: talk.Talk, data: Any) -> None:
        inner(self, data)
        if isinstance(data, bytes):
            self.body_is_out = True  # type: ignore[attr-defined]

    talk.Talk.send = send  # type: ignore[method-assign]


def after_the_final_dot() -> None:
    """Die when the server has the message and has not been heard."""
    note_the_body()
    before(talk.Talk, "getreply", message_was_sent)


POINTS: dict[str, Callable[[], None]] = {
    "nowhere": lambda: None,
    "stored": lambda: after(receive, "store"),
    "composed": lambda: after(commands, "compose"),  # not yet committed
    "reacted": lambda: before(rows, "next_due"),
    "claimed": lambda: after(rows, "claim"),
    "rendered": lambda: before(tasks, "_offer"),
    "connected": lambda: before(commands, "begin"),
    "begun": lambda: before(connection.Connection, "send"),
    "file-begun": lambda: before(folder.Folder, "send"),
    "addressed": lambda: before(tasks, "_transmit"),
    "leaving": lambda: after(tasks, "_transmit"),
    "left": after_the_final_dot,
    "answered": lambda: before(commands, "settle"),
    "settled": lambda: after(commands, "settle"),  # the outcome is written, not committed
    "noted": lambda: after(tasks, "_write_down"),
    "finishing": lambda: before(rows, "finish"),
}


def main(point: str, at: str, events: str) -> int:
    """Hear, run what is due, and die on the way."""
    time = moment.ManualTime(datetime.fromisoformat(at))
    running = process.Process(settings.read(), ("notify",), time=time)
    database = running.databases["notify"]
    POINTS[point]()
    heard = [bytes.fromhex(line) for line in Path(events).read_text(encoding="ascii").split()]
    receive.store(
        database,
        [bus.Delivery(body, cloudevent.CONTENT_TYPE, bus.EVENTS, cloudevent.read(body).type) for body in heard],
    )
    inbox = worker.Worker(database, manifest.reactions(manifest.load("notify")))
    while inbox.step():
        pass
    known, resources = running.tasks("notify"), running.resources()
    while due := rows.next_due(database, limit=100):
        for task_id in due:
            runner.run(database, known, task_id, resources)
    inbox.close()
    running.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
