"""A prepared text for replies, in up to three languages, and how it is filled in for one ticket.

Invariants: it has a text in at least one language; it names no placeholder that nothing fills; removed, it is kept and
can be brought back. What is filled in is not read again, so that a client called `{number}` stays just that.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

LOCALES = ("vi", "zh", "en")
STANDS_IN = ("en", "vi", "zh")
"""Which language stands in for a client's: what most of them read first."""
PLACEHOLDERS = ("name", "number", "promised", "unit")
GAP = "…"  # stands where nothing is known yet, for whoever sends the reply to fill in

MAX_TITLE = 120  # characters
MAX_TEXT = 3_000  # characters; what is filled in must leave room in a reply
MOST = 100  # of one unit, those removed included: they may come back

LIFECYCLE = Lifecycle(
    name="support.macro",
    initial="active",
    moves=(
        Move("change", ("active",), "active"),
        Move("remove", ("active",), "removed"),
        Move("restore", ("removed",), "active"),
    ),
)

_NAMED = re.compile(r"\{([^{}]*)\}")


class NoText(errors.Invalid):
    """A prepared text needs its words in at least one language."""

    code = "no-text"


class UnknownPlaceholder(errors.Invalid):
    """There is no placeholder {placeholder}; there are {known}."""

    code = "unknown-placeholder"


class TooManyMacros(errors.Conflict):
    """This unit has {most} prepared texts already, those removed included; change one that is no longer needed."""

    code = "too-many-macros"


class NotOfType(errors.Invalid):
    """The unit's procedure has no request type {request_type}."""

    code = "unknown-type"


@dataclass(frozen=True, slots=True)
class Macro:
    """A prepared text. `text` holds its words by language; without a `request_type` it is for every one."""

    id: str
    version: int
    unit: str
    title: str
    text: Mapping[str, str]
    request_type: int | None
    state: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str

    @property
    def possible(self) -> tuple[str, ...]:
        """What may be done with it next."""
        return LIFECYCLE.possible(self.state)


@dataclass(frozen=True, slots=True)
class Filled:
    """A prepared text for one ticket; `missing` are the placeholders that nothing is known for yet."""

    macro: Macro
    locale: str
    wanted: str
    text: str
    missing: tuple[str, ...]

    @property
    def fallback(self) -> bool:
        """Whether it is in another language than the client's."""
        return self.locale != self.wanted


def check(text: Mapping[str, str]) -> None:
    """Raises `NoText`, `UnknownPlaceholder`, which name the field."""
    if not text:
        raise NoText(fields={"text": ["Please write it in at least one language."]})
    for locale, words in text.items():
        for name in _NAMED.findall(words):
            if name not in PLACEHOLDERS:
                known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                raise UnknownPlaceholder(
                    placeholder=f"{{{name}}}",
                    known=known,
                    fields={"text": {locale: ["This has a placeholder that does not exist."]}},
                )


def change(
    macro: Macro, *, title: str, text: Mapping[str, str], request_type: int | None, by: str, now: datetime
) -> Macro:
    """It says something else from now on. Raises `errors.WrongState` while it is removed."""
    said = dataclasses.replace(macro, title=title, text=text, request_type=request_type)
    return move(said, "change", by=by, now=now)


def move(macro: Macro, verb: str, *, by: str, now: datetime) -> Macro:
    """Take a step with it. Raises `errors.WrongState`."""
    state = LIFECYCLE.after(macro.state, verb)
    return dataclasses.replace(macro, state=state, changed_by=by, changed_at=now)


def language(text: Mapping[str, str], wanted: str) -> str:
    """The client's language, where the text has it, else the first of `STANDS_IN` that it has."""
    return wanted if wanted in text else next(each for each in STANDS_IN if each in text)


def fill(macro: Macro, wanted: str, locale: str, facts: Mapping[str, str | None]) -> Filled:
    """The words in a language with the facts of a ticket put in; what is not known yet leaves a visible gap."""
    words = macro.text[locale]
    used = dict.fromkeys(name for name in _NAMED.findall(words) if name in PLACEHOLDERS)
    said = _NAMED.sub(lambda found: facts[found[1]] or GAP if found[1] in PLACEHOLDERS else found[0], words)
    return Filled(macro, locale, wanted, said, tuple(name for name in used if not facts[name]))
