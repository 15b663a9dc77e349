"""The broker's side of the manifests: exchanges, queues and bindings declared, and what is gone unbound."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from shared.bus import topology as bus
from shared.runtime import manifest, process, reach, settings
from shared.store import tables


def wanted(names: tuple[str, ...]) -> bus.Topology:
    """What the broker should hold for these services."""
    subscriptions: dict[str, tuple[Iterable[str], Iterable[str]]] = {
        name: both for name, both in manifest.subscriptions(names).items() if any(both)
    }
    return bus.plan(subscriptions, with_tasks=[name for name in names if manifest.tasks(manifest.load(name))])


def topology(given: settings.Settings) -> list[str]:
    """Declare exchanges, queues and bindings, and unbind what is gone. Returns one line per change or fact.

    Raises `reach.BrokerMissing`, `reach.BrokerUnreachable`, `reach.DatabaseUnreachable`.
    """
    if given.amqp_url is None:
        raise reach.BrokerMissing(role="topology")
    names = manifest.existing()
    plan = wanted(names)
    running = process.Process(given, names, pool_size=1)
    try:
        with reach.database(given), reach.broker(given):
            before = {name: _remembered(running, name) for name in names}
            now = {name: {b for b in plan.bindings if b.queue == bus.queue_name(name)} for name in names}
            gone = [binding for name in names for binding in before[name] - now[name]]
            bus.apply(plan, given.amqp_url, given.tasks_amqp_url or given.amqp_url, gone=gone)
            for name in names:
                _remember(running, name, now[name])
    finally:
        running.stop()
    lines = [f"queue {queue.name}" for queue in (*plan.queues, *plan.task_queues)]
    lines += [f"bound {b.exchange} {b.routing_key} -> {b.queue}" for b in plan.bindings]
    return lines + [f"unbound {b.exchange} {b.routing_key} -> {b.queue}" for b in gone]


def _remembered(running: process.Process, name: str) -> set[bus.Binding]:
    with running.databases[name].reading() as connection:
        rows = connection.execute(sa.select(tables.binding.c.exchange, tables.binding.c.routing_key)).all()
    return {bus.Binding(row.exchange, bus.queue_name(name), row.routing_key) for row in rows}


def _remember(running: process.Process, name: str, bindings: set[bus.Binding]) -> None:
    with running.databases[name].work(actor="system:topology") as unit:
        unit.execute(tables.binding.delete())
        for binding in bindings:
            unit.execute(tables.binding.insert(), {"exchange": binding.exchange, "routing_key": binding.routing_key})
