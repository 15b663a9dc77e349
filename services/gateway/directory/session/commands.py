"""Signing in and out.

What checks a password takes the database instead of a unit of work: the attempt is counted and committed before the
password is looked at, and nothing is locked while it is.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.gateway.directory.password import hashing
from services.gateway.directory.session import model, queries, tables
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.throttle import commands as throttle
from services.gateway.directory.throttle import model as limits
from shared.kernel import errors, ids
from shared.store import engine
from shared.store.work import Work

CLEANED = 50  # ended sessions deleted at a time
_s = tables.session.c


class WrongCredentials(errors.Unauthenticated):
    """The mail address or the password is not right."""

    code = "wrong-credentials"


class NoSuchSession(errors.NotFound):
    """There is no such session, or it has ended."""

    code = "no-such-session"


def sign_in(
    database: engine.Database,
    *,
    mail: str,
    password: str,
    address: str | None = None,
    agent: str | None = None,
    replaces: str | None = None,
) -> tuple[model.Session, str]:
    """Sign a person in. Returns the session and the secret for the cookie; `replaces` is the secret it held before.

    Raises `WrongCredentials`, the same and at the same cost for whatever is wrong; `errors.TooMany` after too many
    attempts on the account or from the address, known or not; `hashing.Busy`.
    """
    key = staff_model.key(mail)
    with database.work(actor="system:gateway") as work:
        throttle.take(work, (limits.ACCOUNT, key), (limits.ADDRESS, address))
        found = staff_tables.sign_in_facts(work.connection, mail)
    id, hashed = found or ("", None)
    verdict = hashing.verify(hashed, password)
    if not verdict.right:
        raise WrongCredentials
    stronger = hashing.make(password) if verdict.outdated else None
    with database.work(actor=f"staff:{id}") as work:
        person = staff_tables.load(work.connection, id, lock=True)
        if not person.active or staff_tables.hashed(work.connection, id) != hashed:
            raise WrongCredentials  # changed while we looked
        throttle.clear(work, limits.ACCOUNT, key)
        throttle.give_back(work, limits.ADDRESS, address)
        if stronger:
            staff_tables.keep_password(work, id, stronger)
        return open_(work, person, address=address, agent=agent, replaces=replaces)


def open_(
    work: Work,
    person: staff_model.Staff,
    *,
    address: str | None = None,
    agent: str | None = None,
    replaces: str | None = None,
) -> tuple[model.Session, str]:
    """A session for somebody who has proved who they are. Returns it and its secret, which is stored nowhere."""
    if replaces is not None:
        sign_out(work, replaces)
    _clean(work)
    secret = model.new_secret()
    session = model.Session(
        id=ids.new(),
        staff_id=person.id,
        epoch=person.epoch,
        opened_at=work.now,
        seen_at=work.now,
        address=address[:50] if address else None,
        agent=agent[: model.MAX_AGENT] if agent else None,
    )
    tables.add(work, session, model.digest(secret))
    return session, secret


def sign_out(work: Work, secret: str) -> None:
    """End the session of this secret, if it has one."""
    work.execute(tables.session.update().where(_s.digest == model.digest(secret)).values(ended_at=work.now))


def end(work: Work, id: str, *, staff_id: str) -> None:
    """End one of the person's sessions: a browser that was left somewhere. Raises `NoSuchSession`."""
    ended = work.execute(
        tables.session.update()
        .where(_s.id == id, _s.staff_id == staff_id, _s.ended_at.is_(None))
        .values(ended_at=work.now)
    )
    if ended.rowcount != 1:
        raise NoSuchSession


def touch(work: Work, session_id: str) -> None:
    """Write down that the person was here just now; to be called when `Signed.touch_due`."""
    work.execute(tables.session.update().where(_s.id == session_id, _s.seen_at < work.now).values(seen_at=work.now))


def change_password(
    database: engine.Database, secret: str, *, old: str, new: str, address: str | None = None
) -> tuple[model.Session, str]:
    """Take another password: every session ends, and the one at hand goes on under a new secret, which is returned.

    Raises `errors.Unauthenticated` and what `staff.change_password` raises.
    """
    with database.reading() as connection:
        signed = queries.current(connection, secret, database.time.now())
    if signed is None:
        raise errors.Unauthenticated
    person = staff.change_password(database, signed.staff_id, old=old, new=new, address=address)
    with database.work(actor=f"staff:{person.id}") as work:
        agent = work.execute(sa.select(_s.agent).where(_s.id == signed.session_id)).scalar_one_or_none()
        return open_(work, person, address=address, agent=agent, replaces=secret)


def _clean(work: Work) -> None:
    """Sessions that nobody can use any more, a few at each sign-in."""
    old = sa.select(_s.digest).where(_s.opened_at < work.now - model.LONGEST).limit(CLEANED)
    work.execute(tables.session.delete().where(_s.digest.in_(old.with_for_update(skip_locked=True))))
