"""The copy of the directory beyond the units: people, roles, substitutes, absences, closures, years, authority.

Every row converges by the `sequence` of its object's events; what ended stays as a row that is not active, so that an
old event that comes late cannot bring it back.
"""

from __future__ import annotations

import sqlalchemy as sa

from shared.store.types import Id, Json, metadata

METADATA = metadata("people")
NAME = 200

place = sa.Table(  # where a unit hangs in the tree
    "unit_place",
    METADATA,
    sa.Column("code", sa.String(100), primary_key=True),
    sa.Column("parent", sa.String(100)),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

person = sa.Table(
    "person_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(NAME), nullable=False),
    sa.Column("mail", sa.String(254), nullable=False),
    sa.Column("locale", sa.String(2), nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

holding = sa.Table(  # who holds which role in which unit, and by what: the home unit, or a membership elsewhere
    "role_copy",
    METADATA,
    sa.Column("person", Id, primary_key=True),
    sa.Column("unit", sa.String(100), primary_key=True),
    sa.Column("role", sa.String(100), primary_key=True),
    sa.Column("origin", sa.String(40), primary_key=True),  # home, or the membership's id
)
sa.Index("ix_role_copy_unit", holding.c.unit, holding.c.role)

membership = sa.Table(
    "membership_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person", Id, nullable=False),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

substitution = sa.Table(
    "substitute_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("absent", Id, nullable=False),
    sa.Column("substitute", Id, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),  # the last day, included
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
sa.Index("ix_substitute_copy_absent", substitution.c.absent)
sa.Index("ix_substitute_copy_substitute", substitution.c.substitute)

absence = sa.Table(
    "absence_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("person", Id, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
sa.Index("ix_absence_copy_person", absence.c.person)

closure = sa.Table(
    "closure_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
sa.Index("ix_closure_copy_unit", closure.c.unit)

year = sa.Table(
    "year_copy",
    METADATA,
    sa.Column("country", sa.String(2), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("official", sa.Boolean, nullable=False),
    sa.Column("off", Json, nullable=False),  # ISO days
    sa.Column("made_up", Json, nullable=False),  # ISO day -> weekday whose hours it has, 0 is Monday
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

authority = sa.Table(  # a unit's own regulation, where it differs from the playbook's table
    "authority_copy",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("unit", sa.String(100), nullable=False),
    sa.Column("flow", sa.String(NAME), nullable=False),
    sa.Column("request_type", sa.Integer, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),  # the last day, included; none: for good
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)
sa.Index("ix_authority_copy_unit", authority.c.unit, authority.c.flow)

revision = sa.Table(  # counts the changes that a working calendar depends on, so that a remembered one is known as old
    "calendar_revision",
    METADATA,
    sa.Column("key", sa.String(100), primary_key=True),  # a country or a unit
    sa.Column("number", sa.BigInteger, nullable=False),
)
