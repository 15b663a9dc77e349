"""The verbs of a year."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date

from services.gateway.directory.official_year import events, model, tables
from shared import jobs, outbox
from shared.kernel import ids
from shared.store.work import Work

PROPOSE = "directory.propose_years"


def ask_for_proposals(work: Work, country: str) -> None:
    """Have last year, this and the next proposed, where nothing is known of them: somebody works there now."""
    for number in range(work.now.year - 1, work.now.year + 2):
        if tables.find(work.connection, country, number) is None:
            jobs.add(work, PROPOSE, country=country, year=number)


def propose(work: Work, country: str, year: int, off: tuple[date, ...], made_up: Mapping[date, int]) -> bool:
    """Keep what the library says as a proposal, unless something is known already. True when it was kept."""
    return _write(work, country, year, False, off, made_up) is not None


def declare(work: Work, *, country: str, year: int, off: tuple[date, ...], made_up: Mapping[date, int]) -> model.Year:
    """A person says that this is the official year; anew as often as the law changes. Raises `model.WrongDays`."""
    model.check(year, off, made_up)
    known = tables.find(work.connection, country, year, lock=True)
    if known is None:
        new = _write(work, country, year, True, off, made_up)
        if new is not None:
            return new
        known = tables.find(work.connection, country, year, lock=True)
        assert known is not None
    changed = dataclasses.replace(
        known, official=True, off=off, made_up=dict(made_up), changed_at=work.now, changed_by=work.actor
    )
    return _told(work, tables.save(work, changed))


def _write(
    work: Work, country: str, year: int, official: bool, off: tuple[date, ...], made_up: Mapping[date, int]
) -> model.Year | None:
    new = model.Year(ids.new(), 1, country, year, official, off, dict(made_up), work.now, work.actor)
    return _told(work, new) if tables.add(work, new) else None


def _told(work: Work, year: model.Year) -> model.Year:
    outbox.emit(work, events.DECLARED, year.id, events.data(year))
    return year
