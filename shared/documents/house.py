"""What there is to write about: every event with its publisher, its takers and those who react to it."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any

from shared.envelope import cloudevent
from shared.envelope.catalogue import EventType
from shared.inbox.reaction import Reaction
from shared.kernel import moment
from shared.runtime import manifest


@dataclass(frozen=True, slots=True)
class Heard:
    """A service that reacts to an event, and what it does then."""

    service: str
    does: str


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the catalogue. `service` publishes it, or takes it when it is `inbound`."""

    service: str
    kind: EventType
    heard: tuple[Heard, ...]

    @property
    def name(self) -> str:
        """The type; also the name of its schema's file."""
        return self.kind.name

    def envelope(self) -> dict[str, Any]:
        """The example as it is on the wire."""
        example = self.kind.example
        event = cloudevent.Event(
            id="0193f1c2-9d3e-7b44-8c1a-5f0e2d4c6b8a",
            source="/tos" if self.kind.inbound else f"/steward/{self.name.partition('.')[0]}",
            type=self.name,
            subject=_subject(example),
            time=moment.parse("2026-11-24T02:00:00.000000Z"),
            data=example,
            sequence=None if self.kind.inbound else example.get("version", 1),
            version=self.kind.version,
            traceparent=None if self.kind.inbound else "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            actor=None if self.kind.inbound else f"system:{self.service}",
        )
        return cloudevent.parts(event)


def _subject(example: dict[str, Any]) -> str:
    """What the event is about: the first id that its data names."""
    for name in ("reference", "event_id"):
        if example.get(name):
            return str(example[name])
    return next(str(value) for name, value in example.items() if name.endswith("_id"))


def events() -> list[Told]:
    """Every event that is published or taken, by name."""
    found: dict[str, Told] = {}
    for service in map(manifest.load, manifest.existing()):
        for kind in (*manifest.events(service), *manifest.inbound(service)):
            if kind.name in found:
                raise ValueError(f"{kind.name} is declared by {found[kind.name].service} and by {service.name}")
            found[kind.name] = Told(service.name, kind, _heard(kind))
    return [found[name] for name in sorted(found)]


@functools.cache
def _reactions() -> tuple[tuple[str, Reaction], ...]:
    services = [manifest.load(name) for name in manifest.existing()]
    return tuple((service.name, reaction) for service in services for reaction in manifest.reactions(service))


def _heard(kind: EventType) -> tuple[Heard, ...]:
    return tuple(
        Heard(service, summary(reaction.react))
        for service, reaction in _reactions()
        if reaction.type == kind.name and reaction.inbound == kind.inbound
    )


def summary(of: Any) -> str:
    """The first sentence-paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(of) or "").split("\n\n")[0].split())
