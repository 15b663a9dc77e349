"""The rows of the list of tickets: names for people, types and units, and of each ticket the promise that is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.front import calls, clocks, directory, language, words

CLIPPED = 300  # characters of a request that a row shows


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket; the columns are read by name."""

    id: str
    number: str
    version: int
    state: str
    requester: str
    content: str
    request_type: str
    owner: str
    clock: clocks.Shown | None
    promised_at: str | None
    asked_at: str
    changed_at: str | None
    channel: str
    topic: str
    unit: str
    place: str | None = None
    """Where it stands in its list."""


def of(items: Sequence[Mapping[str, Any]], types: Mapping[int, str]) -> list[Row]:
    """The rows of a page."""
    owners = {each["owner"]: f"staff:{each['owner']}" for each in items if each["owner"]}
    names = directory.actors(list(owners.values()))
    units = {code: directory.unit(code) for code in {each["unit"] for each in items}}
    titles = {code: unit.title if unit else code for code, unit in units.items()}
    return [_row(each, types, {owner: names[actor] for owner, actor in owners.items()}, titles) for each in items]


def _row(
    ticket: Mapping[str, Any], types: Mapping[int, str], owners: Mapping[str, str], units: Mapping[str, str]
) -> Row:
    kind = ticket["request_type"]
    return Row(
        id=ticket["id"],
        number=ticket["number"],
        version=ticket["version"],
        state=ticket["state"],
        requester=ticket["requester"]["name"],
        content=ticket["content"][:CLIPPED],
        request_type=types.get(kind, str(kind)) if kind else "",
        owner=owners.get(ticket["owner"], ""),
        clock=_due(ticket["clocks"]),
        promised_at=ticket["promised_at"],
        asked_at=ticket["asked_at"],
        changed_at=ticket["changed_at"],
        channel=language.say(words.CHANNELS[ticket["channel"]]),
        topic=language.say(words.TOPICS[ticket["topic"]]),
        unit=units[ticket["unit"]],
        place=ticket.get("place"),
    )


def _due(all_: Sequence[Mapping[str, Any]]) -> clocks.Shown | None:
    """The open promise that is due first."""
    open_ = [each for each in all_ if each["ended_at"] is None]
    first = min(open_, key=lambda each: (each["due_at"], each["id"]), default=None)
    return clocks.Shown.of(first, "support", {}) if first else None


def types() -> dict[int, str]:
    """What the types of requests are called."""
    return {kind["code"]: kind["title"][language.current()] for kind in calls.service("support").get("types").data}
