"""Who is signed in: asked at every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.gateway.directory.session import model, tables
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import tables as unit_tables
from shared.web import tokens

_s, _p, _u = tables.session.c, staff_tables.staff.c, unit_tables.unit.c


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in person, as of now: roles, unit and language are read anew each time.

    `csrf` is what every form must carry; with `touch_due`, call `commands.touch` after the answer.
    """

    session_id: str
    staff_id: str
    version: int
    name: str
    mail: str
    locale: str
    roles: tuple[str, ...]
    unit: str
    unit_title: str
    company: str
    demo: bool
    csrf: str
    touch_due: bool

    @property
    def caller(self) -> tokens.Caller:
        """For whom the gateway signs tokens."""
        return tokens.Caller("staff", self.staff_id, self.name, roles=self.roles, unit=self.unit, locale=self.locale)


def current(connection: sa.Connection, secret: str, now: datetime) -> Signed | None:
    """Who the cookie's secret stands for; None when it stands for nobody, or no longer."""
    row = connection.execute(_SIGNED, {"digest": model.digest(secret)}).one_or_none()
    if row is None or row.state != "active":
        return None
    session = tables.read(row)
    if not session.alive(row.staff_epoch, now=now):
        return None
    return Signed(
        session_id=session.id,
        staff_id=session.staff_id,
        version=row.version,
        name=row.name,
        mail=row.mail,
        locale=row.locale,
        roles=tuple(row.roles),
        unit=row.unit,
        unit_title=row.title,
        company=row.company,
        demo=row.demo,
        csrf=model.csrf(secret),
        touch_due=now - session.seen_at >= model.TOUCH,
    )


def of_staff(connection: sa.Connection, staff_id: str, *, now: datetime) -> list[model.Session]:
    """Where the person is signed in now, newest first."""
    rows = connection.execute(
        sa.select(tables.session, _p.epoch.label("staff_epoch"))
        .join(staff_tables.staff, _p.id == _s.staff_id)
        .where(_s.staff_id == staff_id, _s.opened_at > now - model.LONGEST)
        .order_by(_s.opened_at.desc(), _s.id.desc())
    )
    return [session for row in rows if (session := tables.read(row)).alive(row.staff_epoch, now=now)]


_SIGNED = (
    sa.select(
        tables.session,
        *(_p.version, _p.name, _p.mail, _p.locale, _p.roles, _p.unit, _p.company, _p.state),
        _p.epoch.label("staff_epoch"),
        *(_u.title, _u.demo),
    )
    .join(staff_tables.staff, _p.id == _s.staff_id)
    .join(unit_tables.unit, _u.code == _p.unit)
    .where(_s.digest == sa.bindparam("digest"))
)
