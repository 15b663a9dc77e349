"""Taking the lines in, a chunk in each run."""

from __future__ import annotations

from typing import Any

from services.support.importing import commands
from shared.jobs import Again, Task
from shared.jobs.runner import Job


def run(job: Job, import_id: str) -> Any:
    """One chunk of an import; run again until every good line is in."""
    with job.database.work(actor="system:support", trace=job.trace) as work:
        done, of, more = commands.take(work, import_id)
    return Again(done, of) if more else {"done": done}


TASKS = (Task(commands.RUN, run),)
