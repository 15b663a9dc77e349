"""No page is English where it should not be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import flask
import pytest

from shared.locale import catalogue
from tests.flows.house import House
from tests.pages import sentences
from tests.pages.browser import Browser
from tests.pages.conftest import add_person, signed_in_as
from tests.pages.test_gate import EXAMPLES, OPEN, VERBS, routes
from tests.pages.test_links import handed_over

SOURCES: list[Callable[[], Iterator[str]]] = [
    sentences.in_templates,
    sentences.in_code,
    sentences.in_tables,
    sentences.in_errors,
    sentences.in_faults,
]
NO_WORDS = re.compile(
    r"Steward|TCK-2026-000123|/api/|/v1|openapi\.json|&\w+;|^narrow$|^CSV$|^Excel$"  # names, addresses, signs, a class
    r"|^\"? ?aria-[a-z]+=.*$|^\"? ?autofocus$"  # the attributes of a macro
)
"""What stands in templates and is the same in every language."""
BRACES = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("locale", ["vi", "zh"])
@pytest.mark.parametrize("source", SOURCES, ids=[source.__name__ for source in SOURCES])
def test_every_sentence_is_there_in_every_language_with_all_its_facts(
    source: Callable[[], Iterator[str]], locale: str
) -> None:
    found, known = set(source()), catalogue.catalogue(locale).sentences
    assert found
    assert sorted(text for text in found if not known.get(text)) == []
    wrong = {text for text in found if set(BRACES.findall(text)) - set(BRACES.findall(known[text]))}
    assert wrong == set()


def test_no_sentence_stands_in_a_template_outside_the_catalogues() -> None:
    loose = [
        f"{path.relative_to(sentences.ROOT)}: {text}"
        for path in sentences.templates()
        for text in sentences.loose_text(path)
        if re.search("[A-Za-z]{2}", NO_WORDS.sub("", text))
    ]
    assert loose == []


@pytest.mark.parametrize("locale", ["vi", "zh"])
def test_no_page_shows_an_english_sentence_of_ours_in_another_language(
    house: House, front: flask.Flask, locale: str
) -> None:
    english = {text for source in SOURCES for text in source() if len(text.split()) >= 3 and "{" not in text}
    id, follow, answer = handed_over(house, locale=locale)
    admin = signed_in_as(house, front, add_person(house, "staff", "admin", locale=locale))
    for path in (*_pages(front), f"/tickets/{id}", f"/p/{follow}", f"/p/{answer}", "/nowhere", "/tickets?state=logged"):
        if "/docs" in path:
            continue  # the documents themselves are English
        if path == "/support/triage/waiting":
            continue  # a part of every page
        page = admin.open(path)
        assert page.language == ("zh-Hans" if locale == "zh" else locale), path
        assert {text for text in english if text in page.text} == set(), path


@pytest.mark.parametrize(
    ("asked", "page"), [("zh-TW,zh;q=0.9", "zh-Hans"), ("vi-VN", "vi"), ("fr", "en"), ("en-GB,vi;q=0.3", "en")]
)
def test_a_strangers_browser_decides_until_they_do(front: flask.Flask, asked: str, page: str) -> None:
    browser = Browser(front, language=asked)
    browser.open("/")
    assert browser.page.language == page
    browser.open("/?lang=vi")
    assert browser.page.language == "vi"
    browser.open("/r/hai-phong")
    assert browser.page.language == "vi"
    browser.open("/r/hai-phong?lang=tlh")
    assert browser.page.language == "vi"


def test_the_switch_keeps_the_page_and_its_filters(house: House, front: flask.Flask) -> None:
    browser = signed_in_as(house, front, add_person(house, "staff", locale="vi"))
    browser.open("/messages?state=sent&number=TCK-2026-000001&lang=en")
    browser.follow("中文")
    assert browser.path == "/messages?state=sent&number=TCK-2026-000001&lang=zh"
    (filters,) = (form for form in browser.page.forms if "state" in form.values)
    assert filters.values | {"to": ""} == {"state": "sent", "number": "TCK-2026-000001", "recipient": "", "to": ""}


def _pages(front: flask.Flask) -> list[str]:
    """Every page that can be had without knowing an id; files are none."""
    found = []
    for rule in routes(front, "GET"):
        if rule.endpoint.startswith(("way_in", "assets")) or set(rule.arguments) & {"id", "token", "ending"}:
            continue
        values = {name: EXAMPLES.get(name, "x") for name in rule.arguments}
        _, path = rule.build(values) or ("", "")
        found.append(path)
    assert len(found) > len(OPEN) / 3
    assert VERBS
    return found
