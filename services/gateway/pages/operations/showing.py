"""How the console shows what services tell: spans, ages, and the objects that failed work is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flask
from babel import numbers

from services.gateway.front import directory, language, moments, signed
from services.gateway.pages.operations import words
from shared.runtime import manifest
from shared.web import site

ROLE = "on-call"
PAGES = {"ticket": "ticket.shown", "message": "messages.shown"}
"""Where objects are shown, by what a reference names them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object, as a link where it has a page."""

    title: str
    url: str | None
    id: str


def services() -> list[str]:
    """Every service that can be asked, in the order in which a request meets them."""
    known = site.current().extras["clients"].services
    return [name for name in manifest.existing() if name in known]


def known(service: str) -> str:
    """A service of ours; anything else is not found."""
    if service not in services():
        flask.abort(404)
    return service


def title(service: str) -> str:
    """What a service is called."""
    return word("SERVICES", service)


def things(references: Sequence[Mapping[str, str]]) -> list[Thing]:
    """Each object once, in the order given."""
    return list(dict.fromkeys(_thing(each["what"], each["id"]) for each in references))


def _thing(what: str, id: str) -> Thing:
    # `support.ticket.received` is about a ticket, and so is a task's argument `ticket_id`
    name = what.split(".")[1] if what.count(".") == 2 else what.removesuffix("_id")
    if name in PAGES:
        return Thing(word("OBJECTS", name), flask.url_for(PAGES[name], id=id), id)
    return Thing("", None, id)


def word(table: str, code: str) -> str:
    """What a code of a table is called; the code itself where it has no name."""
    known_: dict[str, str] = getattr(words, table)
    return language.say(known_[code]) if code in known_ else code


def batch_state(batch: Mapping[str, Any]) -> str:
    """The state of a set as it is shown: one that came to its end, and not all to theirs, is no success."""
    troubled = batch["state"] == "finished" and batch["counts"]["done"] < batch["total"]
    return "troubled" if troubled else str(batch["state"])


def age(seconds: float) -> str:
    """How long something has waited: `3 minutes`, `2 days 4 hours`; to the second below a minute."""
    return moments.length(seconds, language.current(), exact=seconds < 60)


def number(value: float) -> str:
    """A number as the reader writes it."""
    return numbers.format_decimal(value, locale=language.current())


def whole(value: Any) -> str:
    """A payload as text, in lines."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def facts() -> dict[str, Any]:
    """What every page of the console may ask for."""
    return {
        "area": "operations",
        "word": word,
        "age": age,
        "batch_state": batch_state,
        "things": things,
        "whole": whole,
        "number": number,
        "title_of": title,
        "by": directory.actor,
        "country": directory.country(signed.person().unit),
        "TONE": words.TONES,
    }
