"""Clocks and trails as pages show them: a word and a colour that say the same, and the moments in the reader's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.gateway.front import directory, language, moments, words

SOON = 0.2  # of the allowance: what is left is shown in amber

TONES = {"late": "late", "soon": "busy", "paused": "waits", "running": "good", "kept": "good", "broken": "late"}


OVER = "over"
"""The rung of a ladder where the time is up."""
PEOPLE = ("to", "instead_of", "from")
MOMENTS = ("asked_at", "promised_before", "promised_at", "due_before", "due_at")
"""Of the facts of an entry: who is shown by name, and what in the reader's zone."""
OTHERS = (*MOMENTS, "evidence", "percent", "rating")


@dataclass(frozen=True, slots=True)
class Shown:
    """One promise. `look` decides the colour, `said` is the same in words."""

    id: str
    service: str
    title: str
    look: str
    said: str
    due_at: str
    why: str
    provisional: bool
    ended_at: str | None
    owed_by: str
    working: bool

    @property
    def tone(self) -> str:
        """The colour."""
        return TONES.get(self.look, "rest")

    @property
    def left(self) -> str:
        """What is left, and in which kind of time."""
        return f"{self.said} · {language.say('working time') if self.working else language.say('running time')}"

    @property
    def open(self) -> bool:
        """Whether somebody still owes it."""
        return self.ended_at is None

    @classmethod
    def of(cls, clock: Mapping[str, Any], service: str, playbook: Mapping[str, Any]) -> Shown:
        """A clock as a service shows it; the playbook's body names pauses and roles."""
        look = _look(clock)
        owed_by = directory.actor(f"staff:{clock['owed_by']}") if clock["owed_by"] else role(clock["owes"], playbook)
        return cls(
            id=clock["id"],
            service=service,
            title=title(clock["name"], clock["round"], playbook),
            look=look,
            said=_said(clock, look),
            due_at=clock["due_at"],
            why=pause(clock["paused_for"], playbook),
            provisional=clock["provisional"],
            ended_at=clock["ended_at"],
            owed_by=owed_by,
            working=clock["on"] == "working",
        )


def title(name: str, number: int = 1, playbook: Mapping[str, Any] | None = None) -> str:
    """What is promised, and which time it is; what we have no word for is called as its playbook does."""
    own = (playbook or {}).get("clocks", {}).get(name, {}).get("title") or {}
    known = language.say(words.CLOCKS[name]) if name in words.CLOCKS else own.get(language.current())
    said = known or name.replace("_", " ").capitalize()
    return f"{said} ({number})" if number > 1 else said


def role(code: str, playbook: Mapping[str, Any]) -> str:
    """A role in the playbook's own words, else in ours."""
    known = playbook.get("roles", {}).get(code)
    if isinstance(known, Mapping):  # as the file has it: one name, or one for each language
        return known[language.current()]
    return known or (language.say(words.ROLES[code]) if code in words.ROLES else code)


def pause(reason: str | None, playbook: Mapping[str, Any]) -> str:
    """For whom it waits."""
    if not reason:
        return ""
    return playbook.get("pauses", {}).get(reason, {}).get(language.current(), reason)


def _look(clock: Mapping[str, Any]) -> str:
    if clock["state"] == "stopped":
        return "broken" if clock["late"] else "kept"
    if clock["state"] == "cancelled":
        return "cancelled"
    if clock["late"] and clock["left_seconds"] < 0:
        return "late"
    if clock["state"] == "paused":
        return "paused"
    if clock["on"] == "working" and not clock["used_seconds"]:
        return "ahead"  # begun outside of working hours: it counts from the next of them on
    return "soon" if clock["left_seconds"] < SOON * clock["allowance_seconds"] else "running"


def _said(clock: Mapping[str, Any], look: str) -> str:
    span = moments.length(clock["left_seconds"], language.current())
    if look == "late":
        late = language.say("{time} late", time=span)
        return f"{late} · {language.say('Paused')}" if clock["state"] == "paused" else late
    if look == "paused":
        return language.say("Paused, {time} left", time=span)
    if look == "ahead":
        return language.say("Not started yet, {time}", time=span)
    if look == "kept":
        return language.say("Kept")
    if look == "broken":
        return language.say("Not kept: {time} late", time=span)
    if look == "cancelled":
        return language.say("Cancelled")
    return language.say("{time} left", time=span)


# ---- what happened


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what happened: a step with the object, or (`minor`) one of its clocks."""

    at: str
    what: str
    who: str
    facts: tuple[tuple[str, str], ...]
    text: str
    minor: bool


def trail(entries: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The entries of an object's trail in words, oldest first."""
    names = directory.actors([each for entry in entries for each in (entry["actor"], entry["on_behalf_of"])])
    return [_entry(entry, names) for entry in entries]


def _entry(entry: Mapping[str, Any], names: Mapping[str | None, str]) -> Entry:
    facts, what = entry["facts"], entry["what"]
    clock, _, step = what.partition(".")
    minor = clock == "clock"
    who = acting(entry, names)
    table = words.CLOCK_STEPS if minor else words.TRAIL
    code = (OVER if step == "reached" and facts.get("late") else step) if minor else what
    said = language.say(table[code]) if code in table else code.replace("_", " ")
    if minor:
        said = f"{title(facts.get('clock', ''), facts.get('round', 1))}{language.colon()}{said}"
    text = language.say("(erased)") if entry["erased"] else entry["text"] or ""
    return Entry(entry["at"], said, who, tuple(_facts(facts)), text, minor)


def acting(entry: Mapping[str, Any], names: Mapping[str | None, str]) -> str:
    """Who made an entry, and for whom where they stood in for somebody."""
    who = names[entry["actor"]]
    if entry["on_behalf_of"]:
        return language.say("{name}, acting for {other}", name=who, other=names[entry["on_behalf_of"]])
    return who


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is worth reading of an entry's facts: people by name; moments stay to be shown in the reader's zone."""
    people = [(name, directory.actor(f"staff:{facts[name]}")) for name in PEOPLE if facts.get(name)]
    return people + [(name, _plain(facts[name])) for name in OTHERS if facts.get(name) is not None]


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
