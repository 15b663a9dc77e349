"""Looking up who asked for a new password, after the answer was given."""

from __future__ import annotations

from typing import Any

from services.gateway.directory.staff import commands, events, reset_link, tables
from shared.jobs import Task
from shared.jobs.runner import Job


def send_reset(job: Job, mail: str) -> dict[str, Any]:
    """Mail a link to the active person with this address, if there is one."""
    with job.database.work(actor="system:gateway", trace=job.trace) as work:
        try:
            person = tables.load_by_mail(work.connection, mail)
        except tables.NoSuchStaff:
            return {"sent": False}
        if person.active:
            reset_link.send(work, person, reason=events.FORGOTTEN)
        return {"sent": person.active}


TASKS = (Task(commands.SEND_RESET, send_reset),)
