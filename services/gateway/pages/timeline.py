"""What happened to a ticket, from every source that knows of it, in one line of time.

Invariants: nothing stands there twice (what was said is one line with what became of it, and no entries of the trail
beside it); a page ends where the shortest of its sources ends, so that nothing is missing in between; a source that
does not answer is named, and the rest is shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, cookies, directory, language, moments, words
from services.gateway.transport import Away
from shared.kernel import moment

MOST = {"trail": 200, "said": 100, "messages": 100}
"""What one page asks of each source, the newest."""
ONLY, ORDER, UNTIL = "only", "order", "until"  # of the address
NEWEST, OLDEST = "newest", "oldest"
COOKIE = "timeline"
FOLDED = 600  # characters; of a longer text the beginning is shown
FOLDED_LINES = 10

NEEDS: Mapping[str, tuple[str, ...]] = {
    "": ("trail", "said", "messages", "files"),
    "conversation": ("trail", "said"),
    "steps": ("trail", "said"),
    "clocks": ("trail",),
    "messages": ("messages",),
    "files": ("files",),
}
"""Which sources a filter is made of."""
SAID_AS = ("reply", "note", "answer", "question", "advice")
"""The fact of an entry of the trail that names what was said."""
TELLS_OF = ("reply_written", "replied", "note_kept", "answered", "consulted", "advised")
"""Entries that say no more than the line of what was said."""
LOOKS = {
    "reply": "to-client",
    "answer": "from-client",
    "note": "among-us",
    "question": "among-us",
    "advice": "among-us",
}
CLIENTS_WORDS = ("received", "confirmed", "refused")
"""Steps whose text is the client's own."""
MOMENT_OF = {"trail": "at", "said": "at", "messages": "created_at"}
"""What each source that may break off calls the moment of a line."""
FAILED = ("bounced", "unknown", "failed", "undeliverable")


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `source` is what a service said, for what only one kind shows; a `minor` one may be folded away."""

    kind: str
    at: str
    what: str
    who: str
    look: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    text: str = ""
    minor: bool = False
    url: str = ""
    source: Mapping[str, Any] | None = None

    @property
    def long(self) -> bool:
        """Whether only the beginning of its text is shown at first."""
        return len(self.text) > FOLDED or self.text.count("\n") >= FOLDED_LINES

    @property
    def beginning(self) -> str:
        """What is shown of a long text."""
        return "\n".join(self.text.splitlines()[:FOLDED_LINES])[: FOLDED // 2].rstrip() + " …"


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day of the reader's; several minor ones in a row are a `run` of more than one."""

    at: str
    title: str
    count: int
    runs: tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader wants to see, from the address; the order is remembered."""

    only: str
    order: str
    until: datetime | None

    @classmethod
    def read(cls) -> Asked:
        """Whatever the address says; what it says wrongly is left out."""
        args = flask.request.args
        only = args.get(ONLY, "")
        order = next((each for each in (args.get(ORDER), cookies.get(COOKIE)) if each in (NEWEST, OLDEST)), NEWEST)
        try:
            until = moment.parse(args.get(UNTIL, ""))
        except ValueError:
            until = None
        return cls(only if only in words.TIMELINE else "", order, until)

    def remember(self, response: flask.Response) -> flask.Response:
        """Keep the order for the next ticket, where the reader has just chosen it."""
        if flask.request.args.get(ORDER) == self.order:
            cookies.put(response, COOKIE, self.order)
        return response

    def address(self, **other: str | None) -> dict[str, str]:
        """The arguments of the same view with something else."""
        now = {ONLY: self.only or None, ORDER: None, UNTIL: moment.text(self.until) if self.until else None}
        return {name: value for name, value in (now | other).items() if value}


@dataclass(frozen=True, slots=True)
class Sources:
    """What the services said, and which of them did not answer. What was not asked for is empty."""

    found: Mapping[str, Any]
    away: tuple[str, ...]

    @classmethod
    def ask(cls, id: str, asked: Asked, *, all_: bool) -> Sources:
        """Ask those that the view needs, or all: each once, each for a bounded number."""
        wanted = NEEDS["" if all_ else asked.only]
        found = {name: _ask(name, id, asked.until) for name in wanted}
        return cls(found, tuple(name for name, data in found.items() if data is None))

    def items(self, name: str) -> list[Mapping[str, Any]]:
        """What a source has; nothing when it has not answered."""
        data = self.found.get(name)
        return list(data["entries" if name == "trail" else "items"]) if data else []

    def more(self, name: str) -> bool:
        """Whether a source has earlier ones, too."""
        data = self.found.get(name) or {}
        return bool(data.get("earlier") or data.get("next"))

    @property
    def whole(self) -> bool:
        """Whether the chain of the trail is whole, as far as it was asked."""
        return (self.found.get("trail") or {}).get("whole", True)


def _ask(name: str, id: str, until: datetime | None) -> Any:
    before = moment.text(until) if until else None
    try:
        if name == "trail":
            return calls.service("support").get("tickets", id, "trail", newest=MOST[name], until=before).data
        if name == "said":
            return calls.service("support").get("tickets", id, "conversation", limit=MOST[name], until=before).data
        if name == "messages":
            return calls.service("notify").get("messages", subject=id, limit=MOST[name], until=before).data
        return calls.service("support").get("tickets", id, "attachments").data
    except (Away, Problem):
        return None


def part(
    ticket: Mapping[str, Any], asked: Asked, sources: Sources, *, country: str, types: Mapping[int, str]
) -> dict[str, Any]:
    """What the template needs; `country` is the reader's, `types` the titles of the procedure's types."""
    lines = sorted(_items(ticket, sources, types), key=lambda each: moment.parse(each.at))
    shown, earlier = _page(lines, sources, asked.until)
    chosen = [each for each in shown if asked.only in ("", each.kind)]
    if asked.order == NEWEST:
        chosen.reverse()
    return {
        "days": list(_days(chosen, country, fold=not asked.only)),
        "asked": asked,
        "views": words.TIMELINE,
        "away": [language.say(words.SOURCES[name]) for name in sources.away],
        "whole": sources.whole,
        "earlier": asked.address(until=moment.text(earlier)) if earlier else None,
    }


def since(sources: Sources, version: int, types: Mapping[int, str]) -> list[Item]:
    """The steps that were taken with the ticket after this version of it, oldest first."""
    later = [each for each in sources.items("trail") if (each["facts"].get("version") or 0) > version]
    return [_step(raw, entry, types) for raw, entry in zip(later, clocks.trail(later), strict=True)]


def _page(lines: Sequence[Item], sources: Sources, until: datetime | None) -> tuple[list[Item], datetime | None]:
    """The lines after the moment where a source breaks off, and that moment, where the next page goes on."""
    broken = [name for name in MOMENT_OF if sources.more(name)]
    ends = [min(moment.parse(each[MOMENT_OF[name]]) for each in sources.items(name)) for name in broken]
    first = max(ends, default=None)
    kept = [
        each
        for each in lines
        if (first is None or moment.parse(each.at) > first) and (until is None or moment.parse(each.at) <= until)
    ]
    if first is not None and not kept:  # all of a page at one moment: it is shown, and the next one lies before it
        return [each for each in lines if moment.parse(each.at) == first], first - timedelta(microseconds=1)
    return kept, first


def _items(ticket: Mapping[str, Any], sources: Sources, types: Mapping[int, str]) -> Iterator[Item]:
    entries, said = sources.items("trail"), sources.items("said")
    told = {each["id"] for each in said}
    with_files = bool(sources.found.get("files"))
    left = [each for each in entries if not _told(each, told) and not (with_files and each["what"] == "attached")]
    yield from _of_trail(ticket, left, types)
    yield from _of_said(said, [each for each in entries if _told(each, told)])
    senders = directory.actors([each["by"] for each in sources.items("files")])
    for each in sources.items("files"):
        url = flask.url_for("ticket_files.content", id=ticket["id"], file=each["id"])
        yield Item("files", each["attached_at"], each["name"], senders[each["by"]], url=url, source=each)
    for each in sources.items("messages"):
        yield _message(each)


def _of_said(said: Sequence[Mapping[str, Any]], entries: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
    """What was said; its entries of the trail know for whom somebody acted."""
    first = {each["facts"][name]: each for each in reversed(entries) for name in SAID_AS if name in each["facts"]}
    people = [each[name] for each in entries for name in ("actor", "on_behalf_of")]
    asked = [f"staff:{id}" for each in said for id in each["asked"]]
    names = directory.actors([*people, *asked, *(each["by"] for each in said)])
    for each in said:
        who = clocks.acting(first[each["id"]], names) if each["id"] in first else names[each["by"]]
        to = language.listed(names[f"staff:{id}"] for id in each["asked"])
        what = language.say(words.SAID[each["kind"]])
        facts = (("to", to),) if to else ()
        look = LOOKS[each["kind"]] + (" taken-back" if each["state"] == "taken_back" else "")
        yield Item("conversation", each["at"], what, who, look, facts, each["text"], source=each)


def _told(entry: Mapping[str, Any], told: set[str]) -> bool:
    """Whether the line of what was said tells all of this entry."""
    return entry["what"] in TELLS_OF and any(entry["facts"].get(name) in told for name in SAID_AS)


def _of_trail(
    ticket: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], types: Mapping[int, str]
) -> Iterator[Item]:
    known = {(each["name"], each["round"]): each["id"] for each in ticket["clocks"]}
    for raw, entry in zip(entries, clocks.trail(entries), strict=True):
        if not entry.minor:
            yield _step(raw, entry, types)
            continue
        id = known.get((raw["facts"].get("clock"), raw["facts"].get("round")))
        url = flask.url_for("clocks.explained", service="support", id=id) if id else ""
        late = bool(raw["facts"].get("late")) or raw["facts"].get("on_time") is False
        look = "late" if late else ""
        yield Item("clocks", entry.at, entry.what, entry.who, look, entry.facts, minor=not late, url=url)


def _step(raw: Mapping[str, Any], entry: clocks.Entry, types: Mapping[int, str]) -> Item:
    kind = "files" if raw["what"] == "attached" else "steps"
    title = types.get(raw["facts"].get("request_type") or 0)
    facts = ((("type", title),) if title else ()) + entry.facts
    look = "from-client" if raw["what"] in CLIENTS_WORDS and entry.text else ""
    return Item(kind, entry.at, entry.what, entry.who, look, facts, entry.text, source=raw)


def _message(each: Mapping[str, Any]) -> Item:
    what = language.say(words.MESSAGE_KINDS.get(each["template"]) or each["template"])
    url = flask.url_for("messages.shown", id=each["id"])
    to_client, failed = each["template"].startswith("ticket-"), each["state"] in FAILED
    minor = not failed and (not to_client or each["template"] == "ticket-reply")
    reason = words.MESSAGE_REASONS.get(each["reason"] or "")
    text = language.say(reason) if reason else ""
    return Item("messages", each["created_at"], what, "", "late" if failed else "", (), text, minor, url, each)


def _days(lines: Sequence[Item], country: str, *, fold: bool) -> Iterator[Day]:
    def day(line: Item) -> str:
        return moments.date_of(line.at, language.current(), country)

    for title, of in itertools.groupby(lines, day):
        some = list(of)
        runs: list[tuple[Item, ...]] = []
        for minor, row in itertools.groupby(some, lambda line: fold and line.minor):
            together = tuple(row)
            runs += [together] if minor else [(line,) for line in together]
        yield Day(some[0].at, title, len(some), tuple(runs))
