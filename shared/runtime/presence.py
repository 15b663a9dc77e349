"""Presence: how the processes that run a service's loops say in its database that they are there, and how they do.

The console asks a service's web process, which in a divided system runs none of the loops and may not even reach the
broker. So whoever runs them writes a row of its own every few seconds; a row that grows old is a process that is gone
or hangs. Ages are measured by the machine's clock, never by the business time.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import metadata
from typing import Any

from shared.kernel import errors, ids
from shared.runtime import loops, settings
from shared.store import engine, tables

EVERY_S = 10.0
SILENT = timedelta(seconds=45)  # four beats missed: gone, or hanging
FORGOTTEN = timedelta(hours=1)  # after which nobody wants to know of a process that is gone

_p = tables.presence.c


class Presence:
    """The row of one process in one service's database. A loop owns it."""

    def __init__(
        self, database: engine.Database, given: settings.Settings, role: str, told: Callable[[], list[dict[str, Any]]]
    ) -> None:
        """`told`: the loops of the service in this process, as `of` makes them."""
        self._database, self._settings, self._told = database, given, told
        self._row = {
            "process": ids.new(),
            "role": role,
            "host": socket.gethostname()[: tables.NAME],
            "pid": os.getpid(),
            "version": metadata.version("steward"),
            "started_at": database.machine.now(),
        }
        self._written = False
        self._queues: list[dict[str, Any]] | None = None

    def step(self) -> bool:
        """Say that we are here, then look at the broker, which may take its time. Raises `errors.DatabaseAway`."""
        now = self._database.machine.now()
        state = {"beat_at": now, "loops": self._told(), "queues": self._queues}
        with self._database.work(actor=f"system:{self._database.service}") as unit:
            mine = tables.presence.update().where(_p.process == self._row["process"]).values(state)
            if not self._written or unit.execute(mine).rowcount != 1:
                unit.execute(tables.presence.delete().where(_p.beat_at < now - FORGOTTEN))
                unit.execute(tables.presence.insert(), {**self._row, **state})
        self._written = True
        self._queues = self._look()
        return False

    def close(self) -> None:
        """We end as asked: nobody has to wonder where we are."""
        if self._written:
            try:
                with self._database.work(actor=f"system:{self._database.service}") as unit:
                    unit.execute(tables.presence.delete().where(_p.process == self._row["process"]))
            except errors.DatabaseAway:
                return  # the row grows old by itself

    def _look(self) -> list[dict[str, Any]] | None:
        """The broker's queues of this service; None where there is no broker, or it does not answer."""
        url, tasks_url = self._settings.amqp_url, self._settings.tasks_amqp_url
        if self._row["role"] == "tasks" or url is None or tasks_url is None:
            return None
        from shared.bus import look
        from shared.runtime import declare

        plan = declare.wanted((self._database.service,))
        ours = [queue.name for queue in plan.queues if self._database.service in queue.name.split(".")]
        hints = [queue.name for queue in plan.task_queues if queue.name.endswith(".tasks")]
        try:
            seen = look.queues(url, ours) | look.queues(tasks_url, hints)
        except errors.BrokerAway:
            return None
        return [
            {"name": name, "ready": each.ready if each else None, "consumers": each.consumers if each else None}
            for name, each in seen.items()
        ]


def of(running: list[loops.Loop]) -> list[dict[str, Any]]:
    """Loops as the row tells of them: how long since each finished a step, and what it met last."""
    now = time.monotonic()
    return [
        {
            "name": loop.name.partition(" ")[2],
            "idle_s": round(max(now - loop.beat, 0)),
            "stuck": loop.stuck or loop.alarm is not None,
            "error": loop.error,
        }
        for loop in running
    ]
