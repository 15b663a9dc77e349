"""What waits in a service's database, for how long, and from when on that is an alarm.

One set of questions for the metrics, the command line and the console, so that they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import prometheus_client as prometheus
import sqlalchemy as sa

from shared.clocks import tables as clock_tables
from shared.store import engine, tables

_ROWS = prometheus.Gauge("steward_backlog", "Rows that wait", ("service", "what"))
_AGE = prometheus.Gauge("steward_backlog_age_seconds", "Age of the oldest row that waits", ("service", "what"))


@dataclass(frozen=True, slots=True)
class Limit:
    """From when on waiting is an alarm: rows older than `age_s`, or, with `none`, any row at all. `why` says it."""

    why: str
    age_s: float | None = None
    none: bool = False


LIMITS: dict[str, Limit] = {
    "outbox": Limit("the relay does not run, or the broker is away", age_s=60),
    "refused": Limit("the broker refuses events: run steward topology", none=True),
    "inbox": Limit("the inbox worker does not run, or does not keep up", age_s=60),
    "retry": Limit("", age_s=None),  # waits for its next attempt; parks itself in the end
    "tasks": Limit("no task worker runs, or it does not keep up", age_s=300),
    "clocks": Limit("the clock loop does not run, or does not keep up", age_s=60),
    "failures": Limit("failed work waits for a person: steward failures list", none=True),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows of one kind wait in a service, and since when (seconds of the oldest; 0 when none waits)."""

    service: str
    what: str
    rows: int
    age_s: float

    @property
    def alarm(self) -> str | None:
        """Why somebody should look, or None."""
        limit = LIMITS[self.what]
        late = limit.age_s is not None and self.age_s > limit.age_s
        return limit.why if late or (limit.none and self.rows) else None


def look(database: engine.Database) -> list[Waiting]:
    """What waits in one service. Raises `errors.DatabaseAway`."""
    o, i, t, f = tables.outbox.c, tables.inbox.c, tables.task.c, tables.failure.c
    c = clock_tables.clock.c
    now = database.time.now()
    unsent = o.sent_at.is_(None)
    due = sa.or_(
        t.state == "ready",
        sa.and_(t.state == "retry", t.retry_at <= now),
        sa.and_(t.state == "running", t.lease_until < now),
    )
    open_ = t.state.in_(("ready", "retry", "running"))  # as the partial index says it
    questions = {
        "outbox": (sa.func.min(o.created_at), unsent),
        "refused": (sa.func.min(o.created_at), sa.and_(unsent, o.retry_at.is_not(None))),
        "inbox": (sa.func.min(i.received_at), i.state == "ready"),
        "retry": (sa.func.min(i.received_at), i.state == "retry"),
        "tasks": (sa.func.min(sa.func.coalesce(t.retry_at, t.created_at)), sa.and_(open_, due)),
        "clocks": (sa.func.min(c.next_at), c.next_at <= now),
        "failures": (sa.func.min(f.failed_at), f.state == "parked"),
    }
    found = []
    with database.reading() as connection:
        for what, (oldest, waiting) in questions.items():
            count, since = connection.execute(sa.select(sa.func.count(), oldest).where(waiting)).one()
            age = max((now - since).total_seconds(), 0.0) if since else 0.0
            found.append(Waiting(database.service, what, count, age))
    return found


def measure(database: engine.Database) -> list[Waiting]:
    """The same, also set as metrics."""
    found = look(database)
    for each in found:
        _ROWS.labels(each.service, each.what).set(each.rows)
        _AGE.labels(each.service, each.what).set(each.age_s)
    return found
