"""A service's manifest: which slices it has, in order. Every role starts from it.

The slices' tables (EVENTS, REACTIONS, TASKS, blueprints) are found by name, so that nothing is registered by import
side effects and `shared` needs to know no service.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from shared.clocks import events as clock_events
from shared.clocks import tables as clock_tables
from shared.envelope import catalogue, rejected
from shared.inbox.reaction import Reaction
from shared.jobs import Task
from shared.kernel import errors
from shared.people import tables as people_tables
from shared.playbook import tables as playbook_tables
from shared.playbook.model import Flow, Tell
from shared.store import tables, types
from shared.trail import tables as trail_tables

NAMES = ("intake", "contracts", "support", "care", "notify", "gateway")
"""The six services of the platform, in the order in which a request meets them."""


class UnknownService(errors.Refused):
    """There is no service called {name}; there are: {known}."""

    code = "unknown-service"


@dataclass(frozen=True, slots=True)
class Service:
    """What a `service.py` declares: pure data. `letter` starts the tokens of its public links.

    `keeps_playbooks`: it has a copy of every flow's playbooks, because it speaks of what they configure.
    """

    name: str
    title: str
    letter: str
    slices: tuple[str, ...]
    keeps_playbooks: bool = False

    @property
    def package(self) -> str:
        """The service's package."""
        return f"services.{self.name}"


@functools.cache
def existing() -> tuple[str, ...]:
    """The services that own something by now: those with a manifest."""
    return tuple(name for name in NAMES if importlib.util.find_spec(f"services.{name}.service"))


@functools.cache
def load(name: str) -> Service:
    """The manifest of a service. Raises `UnknownService`."""
    if name not in existing():
        raise UnknownService(name=name, known=", ".join(existing()))
    return importlib.import_module(f"services.{name}.service").SERVICE


def _modules(service: Service, kind: str) -> Iterator[ModuleType]:
    for slice_ in service.slices:
        name = f"{service.package}.{slice_}.{kind}"
        if importlib.util.find_spec(name):
            yield importlib.import_module(name)


def events(service: Service) -> tuple[catalogue.EventType, ...]:
    """What the service publishes, the answer to bad inbound events included."""
    published = tuple(kind for module in _modules(service, "events") for kind in module.EVENTS if not kind.inbound)
    answers = (rejected.kind(service.name),) if any(r.inbound for r in reactions(service)) else ()
    return published + answers + (clock_events.kinds(service.name) if flows(service) else ())


def models(service: Service) -> list[ModuleType]:
    """The models of its slices: rules and lifecycles."""
    return list(_modules(service, "model"))


def inbound(service: Service) -> tuple[catalogue.EventType, ...]:
    """What outside systems may publish to the service."""
    return tuple(kind for module in _modules(service, "events") for kind in module.EVENTS if kind.inbound)


def reactions(service: Service) -> tuple[Reaction, ...]:
    """What the service reacts to."""
    return tuple(reaction for module in _modules(service, "reactions") for reaction in module.REACTIONS)


@functools.cache
def flows(service: Service) -> dict[str, Flow]:
    """The flows whose code the service has, by name: what a playbook may configure."""
    return {flow.name: flow for module in _modules(service, "flow") for flow in module.FLOWS}


def tells(service: Service) -> tuple[Tell, ...]:
    """What the service can tell when an event happens: the tables TELLS in `tells.py`. A playbook chooses among it."""
    return tuple(tell for module in _modules(service, "tells") for tell in module.TELLS)


def checks(service: Service) -> tuple[Any, ...]:
    """What must hold before the service's tasks run: the tables CHECKS in `checks.py`.

    Each is called with the settings, once at the start, and raises an `errors.Refused` that says what to mend.
    """
    return tuple(check for module in _modules(service, "checks") for check in module.CHECKS)


def sweeps(service: Service) -> tuple[Any, ...]:
    """What the service's slices forget after a while, beyond the shared tables: the tables SWEEPS in `retention.py`."""
    return tuple(sweep for module in _modules(service, "retention") for sweep in module.SWEEPS)


def tasks(service: Service) -> dict[str, Task]:
    """The service's slow work by name; a service with a flow also prices its open promises anew."""
    own = {task.name: task for module in _modules(service, "tasks") for task in module.TASKS}
    return own | ({task.name: task for task in _repricing()} if flows(service) else {})


def loops(service: Service) -> tuple[Any, ...]:
    """What the service's slices do again and again beside its bus: the tables LOOPS in `loops.py`.

    Each has a name, how often it looks in seconds, and a step that is handed the settings and the service's database.
    """
    return tuple(loop for module in _modules(service, "loops") for loop in module.LOOPS)


def _repricing() -> tuple[Task, ...]:
    return importlib.import_module("shared.playbook.repricing").TASKS


def blueprints(service: Service) -> tuple[Any, ...]:
    """The service's HTTP blueprints, in the order of its slices."""
    return tuple(blueprint for module in _modules(service, "http") for blueprint in module.BLUEPRINTS)


def commands(service: Service) -> dict[str, Any]:
    """What the service's slices bring to the command line, by name: the tables COMMANDS of `cli.py`."""
    return {command.name: command for module in _modules(service, "cli") for command in module.COMMANDS}


def openings(service: Service) -> tuple[Any, ...]:
    """What the service's slices do when the embedded mode opens: the tables OPENINGS in `opening.py`.

    Each is called with the running process (`shared.runtime.process.Process`, its loops running and its `clients`
    ready) before the first request is taken, and returns the lines that whoever started the system is to see.
    """
    return tuple(opening for module in _modules(service, "opening") for opening in module.OPENINGS)


def metadata(service: Service) -> list[sa.MetaData]:
    """The tables of the service: the shared ones and its own."""
    list(_modules(service, "tables"))
    promises = (clock_tables.METADATA, trail_tables.METADATA, playbook_tables.METADATA, people_tables.METADATA)
    return [tables.METADATA, *promises, types.metadata(service.name)]


def migrations(service: Service) -> list[Path]:
    """The folders of its migrations: the shared tables' first."""
    root = Path(__file__).parents[2]
    return [root / "shared/store/migrations/versions", root / "services" / service.name / "migrations"]


def subscriptions(names: tuple[str, ...]) -> dict[str, tuple[list[str], list[str]]]:
    """Per service: the event types and the inbound types that it reacts to."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name in names:
        table = reactions(load(name))
        found[name] = ([r.type for r in table if not r.inbound], [r.type for r in table if r.inbound])
    return found
