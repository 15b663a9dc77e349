"""What a client and the house said to each other about a request, as its page tells it: the newest first.

It is made of what support gives out to a link, and of nothing else: what colleagues say among themselves is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.gateway.front import language, moments

MOST_SHOWN = 3_000  # characters of a client's own letter: they have it, and a page is light


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said: what it is, when, and whether the house said it."""

    title: str
    text: str
    at: datetime
    ours: bool = False
    files: Sequence[Mapping[str, Any]] = ()
    """Those that came with it by mail: name and size."""


def of(
    link: Mapping[str, Any], passed: Sequence[Mapping[str, Any]], *, whole: bool = True, beside: bool = False
) -> list[Said]:
    """All of it; without `whole` only what `passed`, where it is a page of what was said earlier; `beside` the request
    and its result, where the page shows these by themselves."""
    found = [_passed(each) for each in passed]
    if whole:
        shown_apart = () if beside else (_asked(link), _result(link))
        found += [said for said in (*shown_apart, _progress(link), _refused(link)) if said]
    return sorted(found, key=lambda said: said.at, reverse=True)


def _passed(said: Mapping[str, Any]) -> Said:
    ours = said["kind"] == "reply"
    title = language.say("Our message") if ours else language.say("Your message")
    return Said(title, said["text"] if ours else _short(said["text"]), moments.read(said["at"]), ours, said["files"])


def _asked(link: Mapping[str, Any]) -> Said:
    return Said(language.say("What you wrote"), _short(link["content"]), moments.read(link["received_at"]))


def _progress(link: Mapping[str, Any]) -> Said | None:
    """How far it is; no news any more once there is a result."""
    at, result = link["progressed_at"], link["result_at"]
    if not link["progress"] or (result and moments.read(at) <= moments.read(result)):
        return None
    return Said(language.say("How far it is"), link["progress"], moments.read(at), ours=True)


def _result(link: Mapping[str, Any]) -> Said | None:
    if not link["result"]:
        return None
    title = language.say("Our earlier result") if link["reason"] else language.say("Our result")
    return Said(title, link["result"], moments.read(link["result_at"]), ours=True)


def _refused(link: Mapping[str, Any]) -> Said | None:
    if not link["reason"]:
        return None
    return Said(language.say("What you told us is not solved yet"), link["reason"], moments.read(link["reason_at"]))


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN].rstrip() + "…"
