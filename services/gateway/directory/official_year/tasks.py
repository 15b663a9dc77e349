"""Proposals from the library: it is heavy, so it is loaded by the task that needs it."""

from __future__ import annotations

from typing import Any

from services.gateway.directory.official_year import commands
from shared.clocks import statute
from shared.jobs import Task
from shared.jobs.runner import Job


def propose(job: Job, country: str, year: int) -> dict[str, Any]:
    """Keep what the library knows of a year, as a proposal."""
    found = statute.year(country, year)
    made_up = {work: off.weekday() for work, off in found.made_up.items()}
    with job.database.work(actor="system:directory", trace=job.trace) as unit:
        kept = commands.propose(unit, country, year, tuple(found.off), made_up)
    return {"country": country, "year": year, "announced": found.announced, "kept": kept}


TASKS = (Task(commands.PROPOSE, propose),)
