"""An inbox worker in a process of its own, which some events kill: `python -m tests.contract.core.dying URL`.

Prints the number of each event before its reaction runs, and ends when there is nothing to do.
"""

from __future__ import annotations

import os
import resource
import sys
from datetime import timedelta

from shared.envelope import cloudevent
from shared.inbox import worker
from shared.kernel import moment
from shared.store import engine, work
from tests.contract.core import ground


def main(url: str) -> None:
    """Work until there is nothing to do, or until an event ends it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reactor = ground.Reactor()
    reactor.on["kill"] = kill
    time = moment.ManualTime(ground.START + timedelta(minutes=1))
    database = engine.Database(url, service="right", time=time)
    working = worker.Worker(database, reactor.reactions())
    while working.step():
        pass
    working.close()
    database.close()


def kill(unit: work.Work, event: cloudevent.Event) -> str:
    """As a native library does that meets what it cannot bear."""
    sys.stdout.write(f"{event.data['number']}\n")
    sys.stdout.flush()
    os.abort()


if __name__ == "__main__":
    main(sys.argv[1])
