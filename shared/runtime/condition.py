"""How a service is: what waits in it, which processes run its loops, its broker's queues, and its database's version.

Read from the service's database alone, so that the answer is the same whichever process gives it, and comes also while
the broker is away.
"""

from __future__ import annotations

import functools
from importlib import metadata
from typing import Any

import sqlalchemy as sa

from shared.clocks import tables as clock_tables
from shared.runtime import backlog, manifest, presence
from shared.store import engine, tables

_p, _c = tables.presence.c, clock_tables.clock.c


def of(database: engine.Database, *, broker: bool) -> dict[str, Any]:
    """The whole. `broker` says whether the system has one; only then are task workers processes of their own.

    Raises `errors.DatabaseAway`.
    """
    service = manifest.load(database.service)
    waiting = [
        {"what": each.what, "rows": each.rows, "age_s": round(each.age_s), "alarm": each.alarm}
        for each in backlog.look(database)
    ]
    processes = _processes(database)
    queues = _queues(processes)
    database_ = _database(database)
    alive = [each for each in processes if each["alive"]]
    alarms = [each["alarm"] for each in (*waiting, *(queues or ())) if each["alarm"]]
    alarms += [f"{each['role']}: {loop['name']}" for each in alive for loop in each["loops"] if loop["stuck"]]
    missing = _missing(alive, with_tasks=broker and bool(manifest.tasks(service)))
    alarms += [f"nobody runs {role}" for role in missing] + [f"migrate: {each}" for each in database_["pending"]]
    return {
        "service": database.service,
        "title": service.title,
        "at": database.time.now(),
        "version": metadata.version("steward"),
        "well": not alarms,
        "alarms": len(alarms),
        "waiting": waiting,
        "promises_late": _late(database),
        "processes": processes,
        "missing": missing,
        "queues": queues,
        "database": database_,
    }


def _processes(database: engine.Database) -> list[dict[str, Any]]:
    now = database.machine.now()
    with database.reading() as connection:
        rows = connection.execute(sa.select(tables.presence).order_by(_p.role, _p.started_at, _p.process)).all()
    found = []
    for row in rows:
        age = max(now - row.beat_at, now - now)
        known = {name: value for name, value in row._mapping.items() if name != "beat_at"}
        found.append({**known, "age_s": round(age.total_seconds()), "alive": age <= presence.SILENT})
    return found


def _missing(alive: list[dict[str, Any]], *, with_tasks: bool) -> list[str]:
    """The roles without which the service's work stands still, and which nobody has."""
    here = {each["role"] for each in alive}
    needed = ("bus", "tasks") if with_tasks else ("bus",)
    return [] if "all" in here else [role for role in needed if role not in here]


def _queues(processes: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """As the last process saw them that could; None where nobody looked, because there is no broker or it is away."""
    seen = [each for each in processes if each["alive"] and each["queues"] is not None]
    if not seen:
        return None
    newest = min(seen, key=lambda each: each["age_s"])
    embedded = newest["role"] == "all"  # which runs its tasks from the rows, and needs no consumer of hints
    return [{**each, "alarm": _queue_alarm(each, embedded=embedded)} for each in newest["queues"]]


def _queue_alarm(queue: dict[str, Any], *, embedded: bool) -> str | None:
    hints = queue["name"].endswith(".tasks")
    if queue["ready"] is None:
        return "missing: run steward topology"
    if queue["consumers"] == 0 and not (hints and (embedded or not queue["ready"])):
        return f"nobody consumes it: no {'tasks' if hints else 'bus'} role runs"
    return None


def _late(database: engine.Database) -> int:
    """Promises that are open and late: no fault of the machine, and what a standing machine makes worse."""
    late = sa.select(sa.func.count()).where(_c.state == "running", _c.due_at < database.time.now())
    with database.reading() as connection:
        return connection.execute(late).scalar_one()


def _database(database: engine.Database) -> dict[str, Any]:
    with database.reading() as connection:
        heads = tuple(sorted(connection.execute(_HEADS).scalars()))
    return {"kind": database.dialect, "revisions": list(heads), "pending": list(_pending(database, heads))}


@functools.lru_cache(maxsize=32)
def _pending(database: engine.Database, heads: tuple[str, ...]) -> tuple[str, ...]:
    """What this code needs and the database lacks: read from the files once for each state of the database."""
    from shared.store import migrate  # which brings Alembic along

    return tuple(migrate.pending(database))


_HEADS = sa.select(sa.column("version_num")).select_from(sa.table("alembic_version"))
