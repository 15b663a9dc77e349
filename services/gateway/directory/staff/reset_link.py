"""Links by which a person chooses a password: mailed, single use, one at a time, their hash stored."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from services.gateway.directory.staff import events, model, tables
from shared import outbox
from shared.store.work import Work
from shared.web import links

PURPOSE = "password.reset"
LIFETIME = {events.FORGOTTEN: timedelta(hours=1), events.FIRST: timedelta(days=3)}


def send(work: Work, person: model.Staff, *, reason: str) -> None:
    """Have the person mailed a link; an earlier one no longer works."""
    token = links.issue(work, letter="g", purpose=PURPOSE, subject=person.id, lifetime=LIFETIME[reason])
    expires_at = work.now + LIFETIME[reason]
    told = events.reset_data(person, reason=reason, link=token, expires_at=expires_at)
    outbox.emit(work, events.RESET_REQUESTED, person.id, told)


def owner(connection: sa.Connection, token: str, *, now: datetime) -> model.Staff:
    """Whose link it is. Changes nothing. Raises `links.Unknown`, `links.Used`, `links.Revoked`, `links.Expired`."""
    return tables.load(connection, links.look(connection, token, purpose=PURPOSE, now=now).subject)


def use(work: Work, token: str) -> None:
    """Use it up: of two at once exactly one succeeds. Raises as `owner`."""
    links.use(work, token, purpose=PURPOSE)


def revoke(work: Work, person: model.Staff) -> None:
    """No link that the person was sent works any longer."""
    links.revoke(work, purpose=PURPOSE, subject=person.id)
