"""A dramatiq worker in a process of its own: `python -m tests.contract.core.dying_tasks DATABASE_URL AMQP_URL TIME`.

Runs `left`'s tasks as `steward tasks` does; the task called `kill` ends the process. TIME is what it takes for now.
Ends by itself when a line arrives on its standard input.
"""

from __future__ import annotations

import os
import resource
import sys
from datetime import datetime

from shared.jobs import Task, mesh, runner
from shared.kernel import moment
from shared.store import engine


def main(url: str, amqp_url: str, now: str) -> None:
    """Work until told to stop, or until a task ends it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    time = moment.ManualTime(datetime.fromisoformat(now))
    database = engine.Database(url, service="left", time=time)
    tasks = {"kill": Task("kill", lambda job: os.abort()), "fine": Task("fine", lambda job: "fine")}
    broker = mesh.broker(amqp_url)
    queues = mesh.bind(broker, {"left": lambda told: runner.run(database, tasks, told, None)})
    worker = mesh.worker(broker, queues, threads=2)
    worker.start()
    sys.stdin.readline()
    worker.stop(timeout=5_000)
    broker.close()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
