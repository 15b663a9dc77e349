"""Playbooks as a service keeps them: every installed version for ever, and which one is active where."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store.types import Json, Moment, metadata

METADATA = metadata("playbook")
NAME = 200

version = sa.Table(
    "playbook",
    METADATA,
    sa.Column("id", sa.String(NAME), primary_key=True),
    sa.Column("version", sa.String(NAME), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("installed_at", Moment, nullable=False),
)

active = sa.Table(
    "playbook_active",
    METADATA,
    sa.Column("flow", sa.String(NAME), primary_key=True),
    sa.Column("unit", sa.String(100), primary_key=True),  # or * for every unit without a playbook of its own
    sa.Column("id", sa.String(NAME), nullable=False),
    sa.Column("version", sa.String(NAME), nullable=False),
)
