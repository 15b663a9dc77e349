"""No reader of Vietnamese or Chinese ever meets an English sentence that somebody forgot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages import pofile

from shared import locale as languages
from shared.locale import catalogue
from tests.architecture import sentences, sources, speech

OTHERS = [locale for locale in languages.LOCALES if locale != languages.DEFAULT]
BRACES = re.compile(r"\{\w+\}")
ENDS = {"vi": (".", "!", "?", ":"), "zh": ("。", "！", "？", "：")}
"""How a sentence may end in each language, if it ends like one in English."""


@dataclass(frozen=True)
class Entry:
    """One entry of a catalogue as it stands in its file."""

    file: Path
    context: str | None
    english: tuple[str, ...]  # one text, or the two forms of a plural
    said: str

    @property
    def place(self) -> str:
        return f"{self.file.relative_to(sources.ROOT)}: {self.english[0]}"


def entries(locale: str) -> Iterator[Entry]:
    for folder in catalogue.folders():
        file = folder / f"{locale}.po"
        if file.exists():
            with file.open("rb") as lines:
                for message in pofile.read_po(lines, locale=locale, abort_invalid=True):
                    if message.id:
                        english = message.id if isinstance(message.id, tuple | list) else (message.id,)
                        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
                        yield Entry(file, message.context, tuple(english), "" if message.fuzzy else said[0] or "")


def stub(text: str, where: str, context: str | None = None) -> str:
    """What is missing, ready to be pasted into a catalogue."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    head = f'msgctxt "{context}"\n' if context else ""
    return f'\n# {where}\n{head}msgid "{quoted}"\nmsgstr ""'


def used(entry: Entry) -> bool:
    """Whether the code says it."""
    found = sentences.found()
    return (entry.context, entry.english[0]) in found.words if entry.context else any(map(found.says, entry.english))


@pytest.mark.parametrize("locale", OTHERS)
def test_every_sentence_has_its_translation(locale: str) -> None:
    known = {english for entry in entries(locale) if entry.said and not entry.context for english in entry.english}
    missing = [stub(text, where) for text, where in sentences.found().lacking(known).items()]
    assert not missing, f"to be translated in the {locale}.po of the service, or of shared/locale:" + "\n".join(missing)


@pytest.mark.parametrize("locale", OTHERS)
def test_every_state_and_verb_has_its_word(locale: str) -> None:
    known = {(entry.context, entry.english[0]) for entry in entries(locale) if entry.said and entry.context}
    words = sentences.found().words
    missing = [stub(text, where, context) for (context, text), where in words.items() if (context, text) not in known]
    assert not missing, f"to be translated in shared/locale/catalogues/{locale}.po:" + "\n".join(missing)


@pytest.mark.parametrize("locale", OTHERS)
def test_no_translation_outlives_its_sentence(locale: str) -> None:
    assert [entry.place for entry in entries(locale) if not used(entry)] == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_translation_has_the_facts_of_its_sentence(locale: str) -> None:
    wrong = [
        f"{entry.place} -> {entry.said}"
        for entry in entries(locale)
        if set(BRACES.findall(entry.said)) != set(BRACES.findall(entry.english[-1]))
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", OTHERS)
def test_no_key_is_translated_in_two_ways_or_twice_in_one_file(locale: str) -> None:
    seen: dict[tuple[str | None, str], Entry] = {}
    wrong: list[str] = []
    for entry in entries(locale):
        first = seen.setdefault((entry.context, entry.english[0]), entry)
        if first.said != entry.said:
            wrong.append(f"{entry.place}: {first.said} | {entry.said}")
    for folder in catalogue.folders():
        file = folder / f"{locale}.po"
        keys = re.findall(r'^(?:msgctxt (".*")\n)?msgid (".+"|""\n".+")$', file.read_text("utf-8"), re.M)
        wrong += [f"{file}: {key} stands twice" for key in set(keys) if keys.count(key) > 1 and key[1] != '""']
    assert wrong == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_sentence_ends_as_sentences_of_its_language_do(locale: str) -> None:
    wrong = [
        f"{entry.place} -> {entry.said}"
        for entry in entries(locale)
        if entry.english[0].endswith(".") and not entry.said.rstrip("”»)）").endswith(ENDS[locale])
    ]
    assert wrong == []


def test_the_collector_finds_what_it_is_for() -> None:
    """One of each kind; a collector that finds nothing would pass every test above."""
    found = sentences.found().sentences
    for text in (
        "Somebody changed this in the meantime; load it again.",  # the docstring of an error
        "Missing data for required field.",  # marshmallow
        "Must be greater than or equal to {min} and less than or equal to {max}.",
        "Not a valid phone number.",  # a validator of ours
        "This time has already passed.",  # a field of an error
        "a staff account",  # a fact
        "it is nested deeper than {max_depth} levels",  # a fact with a fact
        "Not possible as things stand",  # a title
        "At most 200 characters are possible.",  # what a function answers
    ):
        assert text in found
    assert ("state", "handed_over") in sentences.found().words


def test_a_fact_of_an_f_string_is_named_after_what_it_comes_from() -> None:
    import ast

    source = "f\"{a.name} is {size:.1f}, not {' / '.join(sorted(MOST))} or {b.name}\""
    node = ast.parse(source, mode="eval").body
    assert isinstance(node, ast.JoinedStr)
    assert speech.braced(node) == "{name} is {size}, not {most} or {name2}"
