"""One page, read as strictly as a validator and a screen reader would read it.

`Page.read` fails on what a browser would silently mend: unbalanced elements, an id given twice, a label or a
description that points nowhere, a field without a label, a picture without an alternative, anything inline that the
policy forbids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}
DRAWN = {"path", "rect"}  # what has no content inside a drawing
SILENT = {"style", "script", "title"}
LANGUAGES = {"vi", "zh-Hans", "en"}


class Faulty(AssertionError):
    """The page is not one that we want to serve."""


@dataclass
class Form:
    """A form with what it would send if nothing were typed."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    button: str = ""


@dataclass
class Page:
    """What there is on it."""

    html: str
    language: str = ""
    title: str = ""
    text: str = ""
    forms: list[Form] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    assets: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """The text of each element with an id."""

    @classmethod
    def read(cls, html: str) -> Page:
        """Raises `Faulty`."""
        reader = _Reader(html)
        reader.feed(html)
        reader.close()
        return reader.finish()

    def form(self, action: str) -> Form:
        """The form with this end of its action's path."""
        (found,) = [
            form
            for form in self.forms
            if action in (form.action[-len(action) :], form.action.partition("?")[0][-len(action) :])
        ]
        return found

    def wrong(self, name: str) -> str:
        """What is said to be wrong with a field."""
        return self.said.get(f"{name}-wrong", "")


class _Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page(html)
        self._open: list[tuple[str, str | None]] = []
        self._words: list[str] = []
        self._refers: list[tuple[str, str]] = []
        self._labelled: set[str] = set()
        self._fields: list[tuple[str, str]] = []
        self._headings: list[str] = []
        self._link: tuple[str, int] | None = None
        self._textarea: str | None = None
        self._select: str | None = None
        self._ids_at: list[tuple[str, int]] = []
        if not html.lstrip().startswith("<!doctype html>"):
            raise Faulty("no doctype")

    # ---- elements

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self._fail(f"<{tag}> has an attribute twice")
        self._forbidden(tag, given)
        if id := given.get("id"):
            if id in self.page.ids:
                self._fail(f"the id {id} is there twice")
            self.page.ids.add(id)
            self._ids_at.append((id, len(self._words)))
        for name in ("aria-describedby", "aria-labelledby", "for"):
            self._refers += [(name, each) for each in given.get(name, "").split()]
        if tag == "label" and given.get("for"):
            self._labelled.add(given["for"])
        if tag not in VOID:
            self._open.append((tag, given.get("id")))
        getattr(self, f"_on_{tag}", lambda _given: None)(given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in DRAWN or not any(open_ == "svg" for open_, _ in self._open):
            self._fail(f"<{tag}/> is not HTML")
        self._forbidden(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self._fail(f"</{tag}> closes {self._open[-1:] or 'nothing'}")
        self._open.pop()
        if tag == "a" and self._link is not None:
            target, start = self._link
            self.page.links[_plain(self._words[start:])] = target
            self._link = None
        if tag == "textarea":
            self._textarea = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        here = self._open[-1][0] if self._open else ""
        if here == "title" and not any(tag == "svg" for tag, _ in self._open):
            self.page.title += data
        if here in SILENT:
            return
        self._words.append(data)
        if self._textarea is not None:
            form, name = self.page.forms[-1], self._textarea
            form.values[name] = form.values.get(name, "") + data.removeprefix("\n")
        if here == "button" and self.page.forms:
            self.page.forms[-1].button = data.strip()

    def handle_comment(self, data: str) -> None:
        self._fail(f"a comment: {data[:40]}")

    # ---- what we look at more closely

    def _on_html(self, given: dict[str, str]) -> None:
        self.page.language = given.get("lang", "")
        if self.page.language not in LANGUAGES:
            self._fail(f"the language {self.page.language!r}")

    def _on_link(self, given: dict[str, str]) -> None:
        self.page.assets.append(given["href"])

    def _on_img(self, given: dict[str, str]) -> None:
        self.page.assets.append(given["src"])
        if "alt" not in given:
            self._fail("a picture without an alternative")

    def _on_h1(self, _given: dict[str, str]) -> None:
        self._headings.append("h1")

    def _on_a(self, given: dict[str, str]) -> None:
        self._link = (given["href"], len(self._words))

    def _on_form(self, given: dict[str, str]) -> None:
        if any(tag == "form" for tag, _ in self._open[:-1]):
            self._fail("a form in a form")
        self.page.forms.append(Form(given["action"], given.get("method", "get")))

    def _on_input(self, given: dict[str, str]) -> None:
        form, name, kind = self.page.forms[-1], given["name"], given.get("type", "text")
        form.names.add(name)
        if kind not in ("hidden", "radio", "checkbox"):
            self._fields.append((given.get("id", ""), name))
        elif kind != "hidden" and not any(tag == "label" for tag, _ in self._open):
            self._fail(f"the choice {name} has no label")
        if kind in ("radio", "checkbox"):
            if "checked" in given:
                form.many.setdefault(name, []).append(given["value"])
        else:
            form.values[name] = given.get("value", "")

    def _on_textarea(self, given: dict[str, str]) -> None:
        self._textarea = given["name"]
        self._fields.append((given.get("id", ""), given["name"]))
        form = self.page.forms[-1]
        form.names.add(given["name"])
        form.values[given["name"]] = ""

    def _on_select(self, given: dict[str, str]) -> None:
        self._select = given["name"]
        self._fields.append((given.get("id", ""), given["name"]))
        self.page.forms[-1].names.add(given["name"])

    def _on_option(self, given: dict[str, str]) -> None:
        assert self._select is not None
        form = self.page.forms[-1]
        if "selected" in given or self._select not in form.values:
            form.values[self._select] = given["value"]

    # ---- the end

    def finish(self) -> Page:
        """All that can only be said once everything was seen."""
        if self._open:
            self._fail(f"never closed: {self._open}")
        for name, id in self._refers:
            if id not in self.page.ids:
                self._fail(f"{name} points to {id}, which is not there")
        for id, name in self._fields:
            if not id or id not in self._labelled:
                self._fail(f"the field {name} has no label")
        if len(self._headings) != 1:
            self._fail(f"{len(self._headings)} main headings")
        if not self.page.title.strip():
            self._fail("no title")
        self.page.text = _plain(self._words)
        for id, start in self._ids_at:
            self.page.said[id] = _plain(self._words[start : start + 1])
        return self.page

    def _forbidden(self, tag: str, given: dict[str, str]) -> None:
        own_script = tag == "script" and given.get("src", "").startswith("/static/") and "defer" in given
        if (tag in ("script", "style", "iframe", "object", "base") and not own_script) or "style" in given:
            self._fail(f"<{tag}> with what the policy forbids: {given}")
        if inline := [name for name in given if name.startswith("on")]:
            self._fail(f"<{tag}> with {inline}")
        for name in ("href", "src", "action"):
            if given.get(name, "").startswith(("javascript:", "//")):
                self._fail(f"<{tag} {name}={given[name]}>")

    def _fail(self, why: str) -> None:
        line, column = self.getpos()
        around = self.page.html.splitlines()[line - 1][max(0, column - 80) : column + 120]
        raise Faulty(f"line {line}: {why}\n{around}")


def _plain(words: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(words)).strip()
