"""Looking up sentences and words.

Invariants: whatever is not in a catalogue is said in English, never left out; a fact of a caller (a name, a number, a
text that somebody wrote) is never translated; one key has one translation, whichever folder holds it (a test checks).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.kernel import errors
from shared.locale.tag import DEFAULT

ROOT = Path(__file__).parents[2]
LONGEST = 2_000  # characters of a finished message that is looked up; a longer one holds somebody's text

STATE, VERB = "state", "verb"
"""Contexts of single words, which mean different things in different places: states and verbs of lifecycles."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that is known in one language, by its English text."""

    sentences: dict[str, str] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)


def folders() -> list[Path]:
    """Where catalogues lie: the shared one, and one in each service that has sentences of its own."""
    return [ROOT / "shared/locale/catalogues", *sorted((ROOT / "services").glob("*/catalogues"))]


@functools.cache
def catalogue(locale: str) -> Catalogue:
    """The catalogues of a language as one. Read once per process."""
    from babel.messages import pofile  # 30 ms that a command or a loop does not need

    found = Catalogue()
    for folder in folders():
        path = folder / f"{locale}.po"
        if locale == DEFAULT or not path.exists():
            continue
        with path.open("rb") as file:
            for message in pofile.read_po(file, locale=locale):
                english = message.id[0] if isinstance(message.id, tuple | list) else message.id
                said = message.string[0] if isinstance(message.string, tuple | list) else message.string
                if not english or not said or message.fuzzy:
                    continue
                if message.context:
                    found.words[message.context, english] = said
                else:
                    found.sentences[english] = said
    return found


def sentence(text: str, locale: str) -> str:
    """The sentence in the language, its braces not yet filled."""
    return text if locale == DEFAULT else catalogue(locale).sentences.get(text, text)


def translate(text: str, locale: str, /, **facts: Any) -> str:
    """The sentence in the language, its facts filled in.

    Facts that are words of ours (why, what is missing, states and verbs) are said in the language too, and so is what
    its author wrote in all of them (`errors.Spoken`).
    """
    return errors.fill(sentence(text, locale), {name: _told(name, value, locale) for name, value in facts.items()})


def plural(one: str, many: str, number: int, locale: str, /, **facts: Any) -> str:
    """The sentence for this many, `{number}` among its facts. Vietnamese and Chinese have one form for all."""
    if locale == DEFAULT:
        text = one if number == 1 else many
    else:
        known = catalogue(locale).sentences.get(one)
        text = known if known is not None else one if number == 1 else many
    return errors.fill(text, {"number": number, **facts})


def word(context: str, text: str, locale: str) -> str:
    """A state or verb as people read it: `handed_over` is `handed over`, `đã bàn giao`, `已交付`."""
    known = None if locale == DEFAULT else catalogue(locale).words.get((context, text))
    return known or text.replace("_", " ")


def listed(parts: Iterable[str], locale: str) -> str:
    """Several things of one kind in one line, with the comma of the language: `Hương, Nam`, `小明、娜`."""
    return _COMMA.get(locale, ", ").join(parts)


def say(message: str, locale: str) -> str:
    """A finished English message (of a validator) in the language."""
    return _known(message, locale) or message


def _known(message: str, locale: str, *, without: str | None = None) -> str | None:
    """The same, if it is known; `without` may stand in none of its facts."""
    if locale == DEFAULT or len(message) > LONGEST:
        return None
    if (exact := catalogue(locale).sentences.get(message)) is not None:
        return exact
    for pattern, translated in _patterns(locale):
        if found := pattern.fullmatch(message):
            facts = found.groupdict()
            if without is None or not any(without in fact for fact in facts.values()):
                return errors.fill(translated, facts)
    return None


def messages(value: Any, locale: str) -> Any:
    """Validation messages, nested as they are, in the language."""
    if isinstance(value, Mapping):
        return {str(key): messages(part, locale) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [messages(part, locale) for part in value]
    return say(str(value), locale)


@functools.cache
def _patterns(locale: str) -> list[tuple[re.Pattern[str], str]]:
    """Sentences with braces as patterns: libraries hand us their messages with the values already filled in.

    What says the most by itself comes first, so that a general sentence does not swallow a special one.
    """
    braced = [(text, said) for text, said in catalogue(locale).sentences.items() if "{" in text]
    braced.sort(key=lambda pair: (-len(_BRACES.sub("", pair[0])), pair[0]))
    return [(_pattern(text), said) for text, said in braced]


_BRACES = re.compile(r"\{(\w+)\}")


def _pattern(text: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def group(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>.+?)"

    parts = re.split(r"(\{\w+\})", text)
    return re.compile("".join(_BRACES.sub(group, p) if _BRACES.fullmatch(p) else re.escape(p) for p in parts), re.S)


def _told(name: str, value: Any, locale: str) -> Any:
    if isinstance(value, errors.Spoken):
        return value[locale]
    said = _OURS.get(name)
    return said(value, locale) if said is not None and isinstance(value, str) else value


def _reasons(why: str, locale: str) -> str:
    """One reason, or several joined by semicolons; a reason may have a semicolon of its own."""
    if locale == DEFAULT:
        return why
    parts = why.removesuffix(".").split(_JOINT)
    said: list[str] = []
    while parts:
        for length in range(len(parts), 0, -1):
            known = _known(_JOINT.join(parts[:length]), locale, without=_JOINT)
            if known is not None or length == 1:
                said.append(known or parts[0])
                del parts[:length]
                break
    return _JOINTS.get(locale, _JOINT).join(said) + (_STOP.get(locale, ".") if why.endswith(".") else "")


def _verbs(possible: str, locale: str) -> str:
    return possible if possible == "-" else listed((word(VERB, verb, locale) for verb in possible.split(", ")), locale)


_JOINT = "; "
_JOINTS = {"zh": "；"}
_STOP = {"zh": "。"}
_COMMA = {"zh": "、"}
_OURS: dict[str, Callable[[str, str], str]] = {
    "why": _reasons,
    "missing": say,
    "state": lambda value, locale: word(STATE, value, locale),
    "possible": _verbs,
    "verb": lambda value, locale: word(VERB, value, locale),
    "step": lambda value, locale: word(VERB, value, locale),
}
"""Facts whose values are words of ours and not a caller's."""
