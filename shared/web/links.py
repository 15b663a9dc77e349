"""Public links: a secret in a mail that lets a client do one thing, without an account.

Only the hash is stored. A purpose either shows (many times) or acts (once); a GET never acts. The token is a letter
that names the owning service and 22 random characters. Links of one purpose on one object are one question: whichever
of them is used, the others are used up with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from shared.kernel import errors, ids
from shared.store import tables, work

_l = tables.link.c


class Unknown(errors.NotFound):
    """This link is not valid. Please check that it was copied whole."""

    code = "link-unknown"


class Expired(errors.Gone):
    """This link has expired. Please contact us, and we will send a new one."""

    code = "link-expired"


class Used(errors.Gone):
    """This link was already used; your answer is recorded. Thank you."""

    code = "link-used"


class Revoked(errors.Gone):
    """This link was replaced by a newer one. Please use the link in our latest message."""

    code = "link-revoked"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be used now."""

    digest: str
    purpose: str
    subject: str
    expires_at: datetime


def issue(
    unit: work.Work, *, letter: str, purpose: str, subject: str, lifetime: timedelta, beside: bool = False
) -> str:
    """A new link for one purpose on one object; earlier unused ones no longer work, unless it stands `beside` them.

    Returns the token.
    """
    if not beside:
        revoke(unit, purpose=purpose, subject=subject)
    token = letter + ids.secret()
    row = {
        "digest": digest(token),
        "purpose": purpose,
        "subject": subject,
        "created_at": unit.now,
        "expires_at": unit.now + lifetime,
    }
    work.insert(unit, tables.link, row)
    return token


def revoke(unit: work.Work, *, purpose: str, subject: str) -> None:
    """Unused links of the purpose on the object no longer work."""
    unit.execute(_REVOKE, {"of": subject, "what_for": purpose, "now": unit.now})


def newest(connection: sa.Connection, *, purpose: str, subject: str) -> datetime | None:
    """When the object's latest link of the purpose was issued."""
    issued = sa.select(sa.func.max(_l.created_at, type_=_l.created_at.type))
    return connection.execute(issued.where(_l.subject == subject, _l.purpose == purpose)).scalar_one()


def purpose(connection: sa.Connection, token: str) -> str:
    """What the token is for. Raises `Unknown`."""
    found = connection.execute(sa.select(_l.purpose).where(_l.digest == digest(token))).scalar_one_or_none()
    if found is None:
        raise Unknown
    return found


def subject(connection: sa.Connection, token: str) -> str:
    """What the token is or was about, whatever became of it: for saying so, never for acting. Raises `Unknown`."""
    found = connection.execute(sa.select(_l.subject).where(_l.digest == digest(token))).scalar_one_or_none()
    if found is None:
        raise Unknown
    return found


def look(connection: sa.Connection, token: str, *, purpose: str, now: datetime) -> Link:
    """The link behind a token, unchanged. Raises `Unknown`, `Revoked`, `Used` or `Expired`."""
    row = connection.execute(
        sa.select(tables.link).where(_l.digest == digest(token), _l.purpose == purpose)
    ).one_or_none()
    if row is None:
        raise Unknown
    if row.used_at is not None:
        raise Used
    if row.revoked_at is not None:
        raise Revoked
    if row.expires_at <= now:
        raise Expired
    return Link(row.digest, row.purpose, row.subject, row.expires_at)


def use(unit: work.Work, token: str, *, purpose: str) -> Link:
    """Use the link up, and those beside it, in the transaction of what it does: of several at once one succeeds.

    Raises what `look` raises.
    """
    found = look(unit.connection, token, purpose=purpose, now=unit.now)
    open_ = (_l.subject == found.subject, _l.purpose == purpose, _l.used_at.is_(None), _l.revoked_at.is_(None))
    in_order = sa.select(_l.digest).where(*open_).order_by(_l.digest).with_for_update()  # two at once never cross
    if found.digest not in unit.execute(in_order).scalars().all():
        raise Used
    unit.execute(tables.link.update().where(*open_).values(used_at=unit.now))
    return found


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


_REVOKE = (
    tables.link.update()
    .where(
        _l.subject == sa.bindparam("of"),
        _l.purpose == sa.bindparam("what_for"),
        _l.used_at.is_(None),
        _l.revoked_at.is_(None),
    )
    .values(revoked_at=sa.bindparam("now"))
)
