"""The shelf: playbooks installed in a service's database, so that a record's version is there when its file is gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.kernel import errors
from shared.playbook import model, reading, tables
from shared.store.work import Work

_v, _a = tables.version.c, tables.active.c


class VersionChanged(errors.Refused):
    """The playbook {id} has other content than the installed version {version}: give it a new version."""

    code = "playbook-version-changed"


class NoPlaybook(errors.Refused):
    """The unit {unit} has no playbook for {flow}: nothing can be opened there until it has one."""

    code = "no-playbook"
    status = 422


class NotInstalled(errors.Refused):
    """The playbook {id} {version} is not installed here."""

    code = "playbook-not-installed"


def install(work: Work, playbooks: Iterable[model.Playbook], flows: Iterable[str]) -> list[str]:
    """Keep every playbook of these flows and make it the active one. Returns what is new, as `id version`.

    Records that are open keep to the version that they were opened under. Raises `VersionChanged`.
    """
    mine = set(flows)
    new: list[str] = []
    wanted: list[dict[str, Any]] = []
    for playbook in playbooks:
        if playbook.flow not in mine:
            continue
        digest = digest_of(playbook.body)
        known = work.execute(
            sa.select(_v.digest).where(_v.id == playbook.id, _v.version == playbook.version)
        ).scalar_one_or_none()
        if known is None:
            row = {"id": playbook.id, "version": playbook.version, "digest": digest, "body": dict(playbook.body)}
            if work.execute(_NEW[work.dialect], {**row, "installed_at": work.now}).rowcount:
                new.append(f"{playbook.id} {playbook.version}")
        elif known != digest:
            raise VersionChanged(id=playbook.id, version=playbook.version)
        where = {"flow": playbook.flow, "id": playbook.id, "version": playbook.version}
        wanted += [{**where, "unit": unit} for unit in playbook.units]
    _activate(work, mine, wanted)
    return new


def _activate(work: Work, flows: set[str], wanted: list[dict[str, Any]]) -> None:
    """Make these the active ones; nothing is written when they are already."""
    columns = (_a.flow, _a.unit, _a.id, _a.version)
    rows = work.execute(sa.select(*columns).where(_a.flow.in_(flows)).with_for_update()).all()
    have = {tuple(row) for row in rows}
    if have != {(row["flow"], row["unit"], row["id"], row["version"]) for row in wanted}:
        work.execute(tables.active.delete().where(_a.flow.in_(flows)))
        for row in wanted:
            work.execute(_ACTIVE[work.dialect], row)


def active(connection: sa.Connection, flow: str, unit: str) -> model.Playbook:
    """The playbook that new records of a unit are opened under. Raises `NoPlaybook`."""
    rows = connection.execute(_FOR, {"wanted": flow, "here": unit}).all()
    if not rows:
        raise NoPlaybook(unit=unit, flow=flow)
    row = max(rows, key=lambda each: each.unit == unit)
    return kept(connection, row.id, row.version)


def of_units(connection: sa.Connection, flow: str, units: Collection[str]) -> dict[str, model.Playbook]:
    """The same for many units, in one question; a unit without a playbook is left out."""
    rows = {row.unit: row for row in connection.execute(_ALL, {"wanted": flow})}
    found = {unit: rows.get(unit) or rows.get(model.EVERY_UNIT) for unit in units}
    return {unit: kept(connection, row.id, row.version) for unit, row in found.items() if row is not None}


def versions(connection: sa.Connection, id: str) -> list[model.Playbook]:
    """Every version of a playbook that was ever installed here."""
    found = connection.execute(sa.select(_v.version).where(_v.id == id).order_by(_v.version)).scalars().all()
    return [kept(connection, id, version) for version in found]


def kept(connection: sa.Connection, id: str, version: str) -> model.Playbook:
    """The version that a record keeps to. Raises `NotInstalled`.

    A version never changes, so each pooled connection looks it up once; reading one costs milliseconds and is done once
    per process and content.
    """
    known: dict[tuple[str, str], model.Playbook] = connection.info.setdefault(_KEPT, {})
    if (found := known.get((id, version))) is None:
        found = known[id, version] = _look_up(connection, id, version)
    return found


def _look_up(connection: sa.Connection, id: str, version: str) -> model.Playbook:
    where = (_v.id == id, _v.version == version)
    digest = connection.execute(sa.select(_v.digest).where(*where)).scalar_one_or_none()
    if digest is None:
        raise NotInstalled(id=id, version=version)
    if (known := _known.get(digest)) is None:
        body = connection.execute(sa.select(_v.body).where(*where)).scalar_one()
        known = _known[digest] = reading.again(body)
    return known


_KEPT = "steward.playbooks"
_known: dict[str, model.Playbook] = {}
"""What was read, by the digest of its content."""


def digest_of(body: Mapping[str, Any]) -> str:
    """What a playbook's content is recognised by."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


_FOR = sa.select(_a.unit, _a.id, _a.version).where(
    _a.flow == sa.bindparam("wanted"), _a.unit.in_((sa.bindparam("here"), model.EVERY_UNIT))
)
_ALL = sa.select(_a.unit, _a.id, _a.version).where(_a.flow == sa.bindparam("wanted"))
_NEW = {
    "postgresql": postgresql.insert(tables.version).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.version).on_conflict_do_nothing(),
}
_ACTIVE = {
    "postgresql": postgresql.insert(tables.active).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.active).on_conflict_do_nothing(),
}
