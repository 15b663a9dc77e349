"""The verbs of a person. `company` is the caller's; who works elsewhere does not exist for them (None: the operator).

What hashes a password takes the database instead of a unit of work: nothing is locked meanwhile. Locks are taken in the
order company, person, unit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import sqlalchemy as sa

from services.gateway.directory.password import hashing
from services.gateway.directory.password import model as passwords
from services.gateway.directory.staff import events, model, reset_link, tables
from services.gateway.directory.throttle import commands as throttle
from services.gateway.directory.throttle import model as limits
from services.gateway.directory.unit import commands as units
from services.gateway.directory.unit import model as unit_model
from services.gateway.directory.unit import tables as unit_tables
from shared import jobs, outbox
from shared.kernel import errors, ids
from shared.store import engine
from shared.store.work import Work

SEND_RESET = "directory.send_reset"

_s = tables.staff.c


class WrongPassword(errors.Invalid):
    """The present password is not right."""

    code = "wrong-password"


class LastAdmin(errors.Conflict):
    """This is the last administrator of the company; make somebody else one first."""

    code = "last-admin"


def add(
    work: Work,
    *,
    name: str,
    mail: str,
    locale: str,
    unit: str,
    roles: Iterable[str] = ("staff",),
    company: str | None = None,
    hashed: str | None = None,
) -> model.Staff:
    """Add a person to a unit. `hashed` is their password's hash; without one they are mailed a link to choose theirs.

    Raises `units.NoPlace`, `model.WrongRoles`, `tables.MailTaken`.
    """
    wanted = model.roles(roles)
    home = _enter(work, unit, company)
    person = model.Staff(
        id=ids.new(),
        version=1,
        name=name,
        mail=mail,
        locale=locale,
        unit=home.code,
        company=home.company,
        roles=wanted,
        state=model.LIFECYCLE.initial,
        epoch=1,
        added_at=work.now,
        added_by=work.actor,
    )
    tables.add(work, person)
    _tell(work, person)
    if hashed is None:
        reset_link.send(work, person, reason=events.FIRST)
    else:
        tables.keep_password(work, person.id, hashed)
    return person


def change(
    work: Work,
    id: str,
    *,
    name: str | None = None,
    mail: str | None = None,
    locale: str | None = None,
    unit: str | None = None,
    roles: Iterable[str] | None = None,
    company: str | None = None,
    version: int | None = None,
) -> model.Staff:
    """Change what is given; None leaves it. Other roles or another unit sign the person out everywhere.

    Raises `tables.NoSuchStaff`, `tables.MailTaken`, `units.NoPlace`, `model.WrongRoles`, `LastAdmin`,
    `errors.WrongState`, `errors.Stale`.
    """
    person = _mine(work, id, company, version)
    changed = model.change(person, name=name, mail=mail, locale=locale, unit=unit, wanted_roles=roles)
    if changed.unit != person.unit:
        units.enter(work, changed.unit, company=person.company)
        units.leave(work, person.unit)
    if changed == person:
        return person
    return _told(work, person, changed)


def invite(work: Work, id: str, *, company: str | None = None, version: int | None = None) -> model.Staff:
    """Mail the person a link to choose a password; an earlier link no longer works. Raises `errors.WrongState`."""
    person = _mine(work, id, company, version)
    model.LIFECYCLE.after(person.state, "invite")
    reset_link.send(work, person, reason=events.FIRST)
    return person


def deactivate(work: Work, id: str, *, company: str | None = None, version: int | None = None) -> model.Staff:
    """The person leaves: signed out everywhere, no way back in. Raises `LastAdmin`, `errors.WrongState`."""
    person = _mine(work, id, company, version)
    changed = model.deactivate(person, now=work.now)
    units.leave(work, person.unit)
    reset_link.revoke(work, person)
    return _told(work, person, changed)


def reactivate(work: Work, id: str, *, company: str | None = None, version: int | None = None) -> model.Staff:
    """The person is back, with the old password. Raises `units.NoPlace` when their unit was closed meanwhile."""
    person = _mine(work, id, company, version)
    changed = model.reactivate(person)
    units.enter(work, person.unit)
    return _told(work, person, changed)


def ask_reset(work: Work, *, mail: str, address: str | None = None) -> None:
    """Have a link mailed to whoever has this address. Whether anybody has is looked up later, by a task, so that
    neither the answer nor its time tells. Raises `errors.TooMany`.
    """
    throttle.take(work, (limits.RESET, model.key(mail)), (limits.RESETS, address))
    jobs.add(work, SEND_RESET, mail=model.key(mail))


def reset(database: engine.Database, token: str, *, password: str) -> model.Staff:
    """Choose a password by a mailed link, once; signs the person out everywhere.

    Raises `links.Unknown`, `links.Used`, `links.Revoked`, `links.Expired`, `passwords.Weak`, `hashing.Busy`.
    """
    with database.reading() as connection:
        person = reset_link.owner(connection, token, now=database.time.now())
    passwords.judge(password, mail=person.mail, name=person.name)
    hashed = hashing.make(password)
    with database.work(actor=f"staff:{person.id}") as work:
        reset_link.use(work, token)
        return _keep_password(work, person.id, hashed)


def change_password(
    database: engine.Database, id: str, *, old: str, new: str, address: str | None = None
) -> model.Staff:
    """Take another password; every session ends (`session.commands.change_password` keeps the one at hand).

    Raises `WrongPassword`, `passwords.Weak`, `errors.TooMany`, `hashing.Busy`.
    """
    with database.work(actor=f"staff:{id}") as work:
        person = tables.load(work.connection, id)
        passwords.judge(new, mail=person.mail, name=person.name, field="new")
        throttle.take(work, (limits.ACCOUNT, person.mail_key), (limits.ADDRESS, address))
        known = tables.hashed(work.connection, id)
    if not hashing.verify(known, old).right:
        raise WrongPassword(fields={"old": ["This is not your present password."]})
    hashed = hashing.make(new)
    with database.work(actor=f"staff:{id}") as work:
        throttle.give_back(work, limits.ADDRESS, address)
        if tables.hashed(work.connection, id) != known:
            raise errors.Stale
        return _keep_password(work, id, hashed)


def set_password(work: Work, id: str, *, hashed: str) -> model.Staff:
    """The operator gives somebody a password, by its hash; signs the person out everywhere."""
    return _keep_password(work, id, hashed)


def _keep_password(work: Work, id: str, hashed: str) -> model.Staff:
    person = tables.load(work.connection, id, lock=True)
    if not person.active:
        raise errors.WrongState(state=person.state, possible=", ".join(person.possible))
    tables.keep_password(work, id, hashed)
    reset_link.revoke(work, person)
    throttle.clear(work, limits.ACCOUNT, person.mail_key)
    outbox.emit(work, events.PASSWORD_CHANGED, person.id, events.password_data(person))
    return tables.save(work, model.end_sessions(person))


def _enter(work: Work, unit: str, company: str | None) -> unit_model.Unit:
    with contextlib.suppress(unit_tables.NoSuchUnit):  # `units.enter` says it in a sentence about the person
        _hold(work, unit_tables.load(work.connection, unit, company=company).company)
    return units.enter(work, unit, company=company)


def _mine(work: Work, id: str, company: str | None, version: int | None) -> model.Staff:
    _hold(work, tables.load(work.connection, id, company=company).company)
    person = tables.load(work.connection, id, lock=True)
    if version is not None and person.version != version:
        raise errors.Stale
    return person


def _hold(work: Work, company: str) -> None:
    """One change of a company's staff at a time, so that its last two administrators cannot remove each other."""
    unit_tables.load(work.connection, company, lock=True)


def _told(work: Work, before: model.Staff, changed: model.Staff) -> model.Staff:
    was, is_ = (model.ADMIN in each.roles and each.active for each in (before, changed))
    if was and not is_ and not _other_admins(work, before):
        raise LastAdmin
    saved = tables.save(work, changed)
    _tell(work, saved)
    return saved


def _other_admins(work: Work, leaving: model.Staff) -> bool:
    others = sa.select(_s.roles).where(_s.company == leaving.company, _s.state == "active", _s.id != leaving.id)
    return any(model.ADMIN in roles for roles in work.execute(others).scalars())


def _tell(work: Work, person: model.Staff) -> None:
    outbox.emit(work, events.CHANGED, person.id, events.data(person))
