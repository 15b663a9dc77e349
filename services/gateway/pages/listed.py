"""The list of tickets as its address asks for it: filters, order, columns; and the same as support is asked.

The address is all that there is of a list: a view is an address under a name, a file and a bulk action are made of it.
Whatever in it is no filter of ours is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import flask
from werkzeug.datastructures import MultiDict

from services.gateway.front import language, moments, words
from shared.kernel import moment

USUAL = ("requester", "content", "state", "owner", "clock", "asked_at")
IN_FILE = {"clock": "promised_at"}
"""What stands in a file for a column that only a screen has."""
NEWEST = "-received"
OPEN = tuple(state for state in words.TICKET_STATES if state not in ("logged", "withdrawn"))
ME, NOBODY = "me", "none"
MOST = 200  # characters of a word in an address
ONE = ("q", "owner", "clock", "waits_for", "request_type", "channel", "topic", "from", "to", "unit")
"""Filters that have one value, in the order of an address."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    "clock": words.LIST_CLOCKS,
    "channel": words.CHANNELS,
    "topic": words.TOPICS,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list shows. `one` holds the filters that have one value, by name."""

    state: tuple[str, ...] = ()
    one: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sort: str = NEWEST
    columns: tuple[str, ...] = USUAL

    def __getitem__(self, name: str) -> str:
        return self.one.get(name, "")

    @property
    def filtered(self) -> bool:
        """Whether it shows less than everything."""
        return bool(self.state or self.one)

    def pairs(self, *, sort: str | None = None) -> list[tuple[str, str]]:
        """As an address has it, in one order whatever the address was; what is usual is left out."""
        sort = sort or self.sort
        return [
            *(("state", state) for state in self.state),
            *((name, self.one[name]) for name in ONE if name in self.one),
            *([("sort", sort)] if sort != NEWEST else []),
            *(("column", name) for name in (self.columns if self.columns != USUAL else ())),
        ]

    def query(self, **more: Any) -> str:
        """The query of its address."""
        sort = more.pop("sort", None)
        return urlencode([*self.pairs(sort=sort), *more.items()])

    def without(self, name: str, value: str | None = None) -> Asked:
        """The same with one filter taken away."""
        if name == "state":
            return dataclasses.replace(self, state=tuple(each for each in self.state if each != value))
        return dataclasses.replace(self, one={key: each for key, each in self.one.items() if key != name})

    def api(self, country: str) -> dict[str, Any]:
        """What support is asked, with days as they are counted in the reader's country."""
        zone = moments.zone(country)
        asked: dict[str, Any] = {name: value for name, value in self.one.items() if name not in ("from", "to")}
        for name, days in (("from", 0), ("to", 1)):
            if name in self.one:
                begin = datetime.combine(date.fromisoformat(self.one[name]) + timedelta(days), time(), zone)
                asked[name] = moment.text(begin)
        return {**asked, "state": list(self.state), "sort": None if "q" in self.one else self.sort}

    def file(self, country: str) -> dict[str, Any]:
        """What support is asked for a file: in the columns that were chosen, or in all."""
        names = ("number", *(IN_FILE.get(name, name) for name in self.columns)) if self.columns != USUAL else ()
        return {**self.api(country), "column": list(dict.fromkeys(names))}


def read(given: MultiDict[str, str]) -> Asked:
    """What an address asks for."""
    one = {name: given.get(name, "").strip()[:MOST] for name in ONE}
    one["q"] = one["q"] or given.get("number", "").strip()[:MOST]  # as addresses had it before there were words
    known = {name: value for name, value in one.items() if value and _fits(name, value)}
    return Asked(
        state=tuple(state for state in words.TICKET_STATES if state in given.getlist("state")),
        one=known,
        sort=sort if (sort := given.get("sort", "")) in words.LIST_ORDERS else NEWEST,
        columns=tuple(name for name in words.LIST_COLUMNS if name in given.getlist("column")) or USUAL,
    )


KEPT = ("cursor", "done", "lang")


def address(asked: Asked, given: MultiDict[str, str]) -> str:
    """The list's own address, without what says nothing."""
    query = asked.query(**{name: given[name] for name in KEPT if given.get(name)})
    return flask.url_for("tickets.listed") + (f"?{query}" if query else "")


def of_query(query: str) -> Asked:
    """What a saved view asks for."""
    return read(MultiDict(parse_qsl(query)))


def _fits(name: str, value: str) -> bool:
    if name in CHOICES:
        return value in CHOICES[name]
    if name == "request_type":
        return value.isascii() and value.isdecimal() and 0 < int(value[:9]) < 1000
    if name in ("from", "to"):
        try:
            return date(2000, 1, 1) <= date.fromisoformat(value) <= date(2999, 12, 30)
        except ValueError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in words, and the address of the list without it."""

    said: str
    query: str


def chips(asked: Asked, names: Mapping[str, Mapping[str, str]]) -> list[Chip]:
    """The filters in words. `names`: what types, people, units and reasons are called."""
    say = language.say
    found = [(say("State"), say(words.TICKET_STATES[state]), asked.without("state", state)) for state in asked.state]
    for name in ONE:
        if name in asked.one:
            value = asked[name]
            if name in CHOICES:
                shown = say(CHOICES[name][value])
            elif name in ("from", "to"):
                shown = moments.day(value, language.current())
            else:
                shown = names.get(name, {}).get(value, value)
            found.append((say(words.LIST_FILTERS[name]), shown, asked.without(name)))
    colon = "：" if language.current() == "zh" else ": "
    return [Chip(f"{name}{colon}{shown}", rest.query()) for name, shown, rest in found]
