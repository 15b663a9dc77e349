"""The verbs of a token. `company` is the caller's; tokens of others do not exist for them (None: the operator)."""

from __future__ import annotations

from collections.abc import Iterable

from services.gateway.directory.access import events, model, tables
from services.gateway.directory.unit import tables as units
from shared import outbox
from shared.kernel import errors, ids
from shared.store.work import Work

_a = tables.access.c


class NoUnit(errors.Invalid):
    """There is no unit {unit} that the system could speak for, or it is closed."""

    code = "no-unit"


def issue(
    work: Work, *, system: str, scopes: Iterable[str], unit: str, company: str | None = None
) -> tuple[model.Access, str]:
    """A new token for a system. Returns it and the token, which is shown once and stored nowhere.

    Raises `model.BadSystem`, `model.WrongScopes`, `NoUnit`.
    """
    granted = model.check(system, scopes)
    try:
        home = units.load(work.connection, unit, company=company, lock=True)
    except units.NoSuchUnit as error:
        raise NoUnit(unit=unit, fields={"unit": ["There is no such unit."]}) from error
    if not home.active:
        raise NoUnit(unit=unit, fields={"unit": ["This unit is closed."]})
    token = model.new_token()
    access = model.Access(
        id=ids.new(),
        version=1,
        system=system,
        unit=home.code,
        company=home.company,
        scopes=granted,
        hint=token[-4:],
        state=model.LIFECYCLE.initial,
        issued_at=work.now,
        issued_by=work.actor,
    )
    tables.add(work, access, model.digest(token))
    outbox.emit(work, events.ISSUED, access.id, events.data(access))
    return access, token


def revoke(work: Work, id: str, *, company: str | None = None, version: int | None = None) -> model.Access:
    """It works no longer, from the next call on. Raises `tables.NoSuchToken`, `errors.WrongState`, `errors.Stale`."""
    access = tables.load(work.connection, id, company=company, lock=True)
    if version is not None and access.version != version:
        raise errors.Stale
    revoked = tables.save(work, model.revoke(access, now=work.now))
    outbox.emit(work, events.REVOKED, revoked.id, events.data(revoked))
    return revoked


def touch(work: Work, id: str) -> None:
    """Write down that it was used just now; to be called when `Access.touch_due`."""
    work.execute(tables.access.update().where(_a.id == id).values(last_used_at=work.now))
