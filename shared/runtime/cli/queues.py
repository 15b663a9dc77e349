"""What waits, where, for how long; and whether somebody should look."""

from __future__ import annotations

from typing import Any

import click

from shared.runtime import backlog, process, reach
from shared.runtime.cli import output, shape, world


@output.example("steward queues", "steward queues --service notify --json")
@click.command()
@world.service_option
@output.as_json
def queues(services: tuple[str, ...], as_json: bool) -> int:
    """What waits in every service's outbox, inbox and tasks, what failed, and the broker's queues where there is one.

    Exit code 1 when something is alarming: too old, refused, failed, a queue that is missing or that nobody consumes.
    """
    with world.opened(services) as running:
        waiting = [each for database in running.databases.values() for each in backlog.look(database)]
        at_broker = _at_broker(running)
    rows = [
        {"service": w.service, "what": w.what, "rows": w.rows, "age_s": round(w.age_s, 1), "alarm": w.alarm}
        for w in waiting
    ]
    alarming = any(row["alarm"] for row in (*rows, *at_broker))
    if as_json:
        output.document({"waiting": rows, "queues": at_broker, "alarming": alarming})
    else:
        shown = [{**row, "age": output.age(row["age_s"]) if row["rows"] else "-"} for row in rows]
        output.table(shown, ("service", "what", "rows", "age", "alarm"), none="There is no service.")
        if at_broker:
            click.echo()
            output.table(at_broker, ("queue", "ready", "consumers", "alarm"), none="")
    return shape.FOUND if alarming else shape.OK


def _at_broker(running: process.Process) -> list[dict[str, Any]]:
    url, tasks_url = running.settings.amqp_url, running.settings.tasks_amqp_url
    if url is None or tasks_url is None:
        return []
    from shared.bus import look, port
    from shared.runtime import declare

    plan = declare.wanted(running.names)
    ours = [queue.name for queue in plan.queues if queue.name != port.UNROUTED or "gateway" in running.names]
    hints = [queue.name for queue in plan.task_queues if queue.name.endswith(".tasks")]
    try:
        with reach.broker(running.settings):
            seen = look.queues(url, ours) | look.queues(tasks_url, hints)
    except reach.BrokerUnreachable as error:  # what waits in the databases is worth knowing all the more
        return [{"queue": "-", "ready": None, "consumers": None, "alarm": str(error)}]
    return [_row(name, each, needs_consumer=name not in hints) for name, each in seen.items()]


def _row(name: str, seen: Any, *, needs_consumer: bool) -> dict[str, Any]:
    if seen is None:
        return {"queue": name, "ready": None, "consumers": None, "alarm": "missing: run steward topology"}
    idle = seen.consumers == 0 and (needs_consumer or seen.ready)
    role = "bus" if needs_consumer else "tasks"
    return {
        "queue": name,
        "ready": seen.ready,
        "consumers": seen.consumers,
        "alarm": f"nobody consumes it: no {role} role runs" if idle else None,
    }
