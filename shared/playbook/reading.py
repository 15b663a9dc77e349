"""From a file to a playbook: every fault at once, each with its file, line and path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import marshmallow as ma

from shared.kernel import errors
from shared.playbook import model, schema, source
from shared.playbook.source import Fault, Place, Source

PACKAGED = Path(__file__).parent / "playbooks"
CLIENT = "client"
"""Whom a ladder or a message may name beside the playbook's roles."""

_SCHEMA = schema.PlaybookIn()


class FaultyPlaybook(errors.Refused):
    """A playbook cannot be used: {faults}"""

    code = "faulty-playbook"


def read(path: Path, flows: Mapping[str, model.Flow]) -> tuple[model.Playbook | None, list[Fault]]:
    """The playbook in a file, or what is wrong with it. `flows` are those that the code has."""
    found = source.read(path)
    if isinstance(found, Fault):
        return None, [found]
    try:
        loaded: Any = _SCHEMA.load(found.content)
    except ma.ValidationError as error:
        return None, [Fault(found.file, found.line(place), place, what) for place, what in _told(error.messages)]
    faults = [Fault(found.file, found.line(place), place, what) for place, what in _meaning(loaded, flows)]
    return (None, faults) if faults else (_made(loaded, found), [])


def folder(paths: Iterable[Path], flows: Mapping[str, model.Flow]) -> tuple[dict[str, model.Playbook], list[Fault]]:
    """All playbooks of the folders; of two with one id the later folder's wins, within a folder that is a fault."""
    found: dict[str, model.Playbook] = {}
    faults: list[Fault] = []
    for path in paths:
        here: dict[str, str] = {}
        for file in sorted([*path.glob("*.yaml"), *path.glob("*.yml")]):
            playbook, wrong = read(file, flows)
            faults += wrong
            if playbook is None:
                continue
            if playbook.id in here:
                faults.append(Fault(file.name, 1, ("id",), f"{playbook.id} is also the id of {here[playbook.id]}"))
            here[playbook.id] = file.name
            found[playbook.id] = playbook
    return found, faults + list(_claims(found))


def all_(paths: Iterable[Path], flows: Mapping[str, model.Flow]) -> dict[str, model.Playbook]:
    """All playbooks of the folders. Raises `FaultyPlaybook` with every fault."""
    found, faults = folder(paths, flows)
    if faults:
        raise FaultyPlaybook(faults="; ".join(map(str, faults)))
    return found


def _claims(found: Mapping[str, model.Playbook]) -> Iterator[Fault]:
    """Two playbooks of one flow must not serve the same unit."""
    claimed: dict[tuple[str, str], str] = {}
    for playbook in found.values():
        for unit in playbook.units:
            other = claimed.setdefault((playbook.flow, unit), playbook.id)
            if other != playbook.id:
                what = f"{playbook.flow} of unit {unit} is served by {other} already"
                yield Fault(f"{playbook.id}.yaml", 1, ("units",), what)


def _told(messages: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """marshmallow's nested messages with their places; it puts `value` and `key` between a Dict and its parts."""
    if isinstance(messages, dict):
        for key, part in messages.items():
            inside = isinstance(part, dict) and set(part) <= {"key", "value"} and part
            if inside:
                for each in part.values():
                    yield from _told(each, (*place, key))
            else:
                yield from _told(part, place if key == "_schema" else (*place, key))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield place, str(message)


def _meaning(loaded: dict[str, Any], flows: Mapping[str, model.Flow]) -> Iterator[tuple[Place, str]]:
    """What the shape alone does not tell: names that must exist, tables that must be complete."""
    flow = flows.get(loaded["flow"])
    if flow is None:
        yield ("flow",), f"There is no flow {loaded['flow']}; there are: {', '.join(sorted(flows))}."
        return
    roles = set(loaded["roles"])
    yield from _raci(loaded, flow, roles)
    yield from _clocks(loaded, flow, roles)
    yield from _types(loaded, flow, roles)
    yield from _messages(loaded, flow, roles)


def _raci(loaded: dict[str, Any], flow: model.Flow, roles: set[str]) -> Iterator[tuple[Place, str]]:
    for step, letters in loaded["raci"].items():
        if step not in flow.steps:
            yield ("raci", step), f"{flow.name} has no step {step}; it has: {', '.join(flow.steps)}."
        for role in letters:
            if role not in roles:
                yield ("raci", step, role), f"{role} is no role of this playbook."
        if not any("R" in each for each in letters.values()):
            yield ("raci", step), "Nobody is responsible (R)."
        if sum("A" in each for each in letters.values()) > 1:
            yield ("raci", step), "Only one role can be accountable (A)."
    for step in flow.steps:
        if step not in loaded["raci"]:
            yield ("raci",), f"The step {step} is missing."


def _clocks(loaded: dict[str, Any], flow: model.Flow, roles: set[str]) -> Iterator[tuple[Place, str]]:
    for name, clock in loaded["clocks"].items():
        for key, events in (("from", clock["starts"]), ("until", clock["ends"])):
            for event in events:
                if event not in flow.events:
                    yield ("clocks", name, key), f"{flow.name} knows no event {event}."
        if clock["owes"] not in roles:
            yield ("clocks", name, "owes"), f"{clock['owes']} is no role of this playbook."
        if clock["within"] is None and not loaded["request_types"]:
            yield ("clocks", name, "within"), "by_type needs request types."
        parts = [rung.at for rung in clock["ladder"]]
        if parts != sorted(set(parts)):
            yield ("clocks", name, "ladder"), "The rungs stand in the order of their parts, each part once."
        for number, rung in enumerate(clock["ladder"]):
            for role in rung.tell:
                if role not in roles | {CLIENT}:
                    yield ("clocks", name, "ladder", number, "tell"), f"{role} is no role of this playbook, nor client."


def _messages(loaded: dict[str, Any], flow: model.Flow, roles: set[str]) -> Iterator[tuple[Place, str]]:
    said: set[tuple[str, str, str]] = set()
    for number, message in enumerate(loaded["messages"]):
        if message.to not in roles | {CLIENT}:
            yield ("messages", number, "to"), f"{message.to} is no role of this playbook, nor client."
            continue
        if message.after is not None:
            yield ("messages", number, "after"), "A message leaves with its event; it cannot be put off."
        if (key := (message.on, message.to, message.template)) in said:
            yield ("messages", number), f"{message.template} on {message.on} is given twice."
        said.add(key)
        if flow.tells:
            yield from _telling(number, message, flow.tells)


def _telling(number: int, message: model.Message, tells: Iterable[model.Tell]) -> Iterator[tuple[Place, str]]:
    """Only what the code can tell: a text needs the facts of its event."""
    here = [tell for tell in tells if (tell.on, tell.to) == (message.on, message.to)]
    if not here:
        known = ", ".join(sorted({tell.on for tell in tells if tell.to == message.to})) or "nothing"
        yield ("messages", number, "on"), f"Nothing can be told to {message.to} on {message.on}; there is: {known}."
        return
    meant = next((tell for tell in here if tell.template == message.template), None)
    if meant is None:
        known = ", ".join(tell.template for tell in here)
        what = f"There is no template {message.template} for {message.on}; there is: {known}."
        yield ("messages", number, "template"), what
        return
    for channel in message.by:
        if channel not in meant.by:
            what = f"{message.template} cannot go by {channel}; it can go by: {', '.join(meant.by)}."
            yield ("messages", number, "by"), what


def _types(loaded: dict[str, Any], flow: model.Flow, roles: set[str]) -> Iterator[tuple[Place, str]]:
    codes = [kind.code for kind in loaded["request_types"]]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield ("request_types", number, "code"), f"The code {code} is given twice."
    for code, allowed in loaded["authority"].items():
        if code not in codes:
            yield ("authority", code), f"There is no request type {code}."
        for role in allowed:
            if role not in roles:
                yield ("authority", code), f"{role} is no role of this playbook."
    if flow.by_authority and (missing := [code for code in codes if code not in loaded["authority"]]):
        what = "The authority table is not complete, so the playbook cannot be switched on; missing: {}."
        yield ("authority",), what.format(", ".join(map(str, missing)))


def _made(loaded: dict[str, Any], found: Source) -> model.Playbook:
    clocks = {
        name: model.ClockSpec(
            name=name,
            starts=each["starts"],
            ends=each["ends"],
            within=each["within"],
            working=each["time"] == "working",
            owes=each["owes"],
            ladder=tuple(each["ladder"]),
            title=each["title"],
            todo=each["todo"],
        )
        for name, each in loaded["clocks"].items()
    }
    return model.Playbook(
        **{
            **loaded,
            "clocks": clocks,
            "request_types": tuple(loaded["request_types"]),
            "messages": tuple(loaded["messages"]),
            "forms": {name: tuple(each) for name, each in loaded["forms"].items()},
            "body": found.content,
        }
    )


def again(body: Mapping[str, Any]) -> model.Playbook:
    """A playbook from the content that was kept of it. JSON made text of its numbers; the shape reads them back."""
    loaded: Any = _SCHEMA.load(dict(body))
    return _made(loaded, Source(f"{loaded['id']}.yaml", dict(body), {}))
