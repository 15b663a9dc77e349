"""A reply leaves when its ten seconds are over."""

from __future__ import annotations

from services.support.conversation import commands
from shared.jobs import Task
from shared.jobs.runner import Job


def leave(job: Job, reply_id: str) -> dict[str, bool]:
    """Tell the world of the reply, once. Run again after a crash it finds that it has left."""
    with job.database.work(actor=job.actor, trace=job.trace) as work:
        return {"sent": commands.leave(work, reply_id)}


TASKS = (Task(commands.LEAVE, leave),)
