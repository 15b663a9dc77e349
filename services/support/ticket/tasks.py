"""Reading the tickets of before there was a search, so that they are found too."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.support.ticket import indexing, tables
from shared.jobs import Again, Task
from shared.jobs.runner import Job

CHUNK = 500  # tickets of one run: two seconds at most

_t = tables.ticket.c


def index(job: Job, below: int | None = None, done: int = 0) -> Again | dict[str, Any]:
    """Have older tickets found, the newest first. Reading one twice changes nothing."""
    with job.database.work(actor="system:support", trace=job.trace) as work:
        older = sa.select(tables.ticket).order_by(_t.seq.desc()).limit(CHUNK)
        rows = work.execute(older if below is None else older.where(_t.seq < below)).all()
        for row in rows:
            indexing.keep(work, tables.read(row))
        of = done + (
            work.execute(sa.select(sa.func.count()).where(_t.seq < below)).scalar_one() if below else len(rows)
        )
    if len(rows) < CHUNK:
        return {"indexed": done + len(rows)}
    return Again(done + len(rows), of, args={"below": rows[-1].seq, "done": done + len(rows)})


TASKS = (Task("support.index", index),)
