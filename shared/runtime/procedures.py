"""Playbooks at the start: read, checked and installed, before anything is opened under them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from shared.playbook import model, reading, shelf
from shared.runtime import manifest, settings
from shared.store import engine


def flows() -> dict[str, model.Flow]:
    """The flows of every service that there is, by name, each with what another service tells about it."""
    services = [manifest.load(name) for name in manifest.existing()]
    tells = [tell for each in services for tell in manifest.tells(each)]
    return {
        name: dataclasses.replace(flow, tells=tuple(tell for tell in tells if tell.on.startswith(f"{name}.")))
        for each in services
        for name, flow in manifest.flows(each).items()
    }


def folders(given: settings.Settings) -> list[Path]:
    """Where playbooks are read: the packaged ones, then the operator's, which win."""
    return [reading.PACKAGED, *([given.playbooks] if given.playbooks is not None else [])]


def _all(given: settings.Settings) -> dict[str, model.Playbook]:
    """Every playbook, read once per process for as long as no file changes: reading one costs a tenth of a second."""
    seen = tuple(
        (str(file), stat.st_mtime_ns, stat.st_size)
        for path in folders(given)
        for file in sorted(path.glob("*.y*ml"))
        for stat in (file.stat(),)
    )
    if seen not in _READ:
        found = reading.all_(folders(given), flows())
        _READ.clear()
        _READ[seen] = found
    return _READ[seen]


_READ: dict[tuple[tuple[str, int, int], ...], dict[str, model.Playbook]] = {}


def install(given: settings.Settings, database: engine.Database) -> list[str]:
    """Install the playbooks of a service's flows; of every flow, where it speaks of all. Returns what is new.

    Raises `reading.FaultyPlaybook` with every fault, `shelf.VersionChanged`.
    """
    service = manifest.load(database.service)
    mine = flows() if service.keeps_playbooks else manifest.flows(service)
    if not mine:
        return []
    found = _all(given)
    with database.work(actor="system:playbooks") as unit:
        return shelf.install(unit, found.values(), mine)
