"""Rendering: python-liquid with few filters, few tags and hard limits.

A template reaches values only: no attribute, no method, no loop without end, no output without end. A value that the
event does not have may be asked for with `if`; printing it is an error with its place in the template, never an empty
hole in a client's mail.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import liquid
import markupsafe
from liquid import exceptions
from liquid.undefined import FalsyStrictUndefined

from services.notify.template import model

TEXTS = Path(__file__).parent / "texts"
LAYOUT = "layout.liquid"
LANGUAGES = {"vi": "vi", "zh": "zh-CN", "en": "en"}  # as HTML names them
FILTERS = {"escape", "newline_to_br", "strip", "upcase", "downcase", "capitalize", "default", "size"}
TAGS = {"if", "unless", "case", "for", "comment", "content", "output", "illegal"}  # the last three are liquid's own
# No colours: a mail takes those of its reader, by day and by night; this grey is seen on white and on black.
_QUOTE = "margin:0 0 16px;padding:4px 16px;border-left:3px solid #767b85"
_BUTTON = "display:inline-block;padding:10px 18px;border:2px solid;border-radius:6px;font-weight:bold"


class CannotRender(model.BadTemplate):
    """The template {name} in {locale} does not fit what the event says: {why}."""

    code = "cannot-render"


class _Environment(liquid.Environment):
    loop_iteration_limit = 2_000
    output_stream_limit = 100_000  # bytes
    local_namespace_limit = 20_000
    context_depth_limit = 8


def _environment(filters: dict[str, Any], *, autoescape: bool) -> _Environment:
    made = _Environment(undefined=FalsyStrictUndefined, autoescape=autoescape)
    for name in set(made.filters) - FILTERS:
        del made.filters[name]
    for name in set(made.tags) - TAGS:
        del made.tags[name]
    made.filters.update(filters)
    return made


def _quoted(words: object) -> str:
    """Somebody's words, set apart from ours."""
    return "\n".join(f"> {line}".rstrip() for line in str(words).splitlines())


def _quoted_html(words: object) -> markupsafe.Markup:
    lines = markupsafe.Markup("<br>\n").join(markupsafe.escape(line) for line in str(words).splitlines())
    return markupsafe.Markup('<blockquote style="{}">{}</blockquote>').format(_QUOTE, lines)


def _button_html(link: object, label: str) -> markupsafe.Markup:
    """A link that is hard to miss, and its address for whoever rather looks before going there."""
    button = markupsafe.Markup('<p><a href="{0}" style="{1}">{2}</a></p>\n<p style="font-size:14px">{0}</p>')
    return button.format(str(link), _BUTTON, label)


PLAIN = _environment({"quoted": _quoted}, autoescape=False)
HTML = _environment({"quoted": _quoted_html, "button": _button_html}, autoescape=True)


def names(folder: Path = TEXTS) -> tuple[str, ...]:
    """Every template there is."""
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))


def check(name: str, known: Iterable[str], *, sms: bool = False, folder: Path = TEXTS) -> None:
    """The template is there in every language, uses `known` variables only, and the same ones in each.

    With `sms` it has the text of an SMS as well. Raises `model.UnknownTemplate`, `model.BadTemplate`.
    """
    allowed, first = set(known), variables(name, model.LOCALES[0], folder=folder)
    for locale in model.LOCALES:
        used = variables(name, locale, folder=folder)
        if unknown := used - allowed:
            raise model.BadTemplate(name=name, locale=locale, why=f"nothing is known of {', '.join(sorted(unknown))}")
        if sms and model.SMS not in _parts(name, locale, folder):
            raise model.BadTemplate(name=name, locale=locale, why="it has no text for an SMS")
        if differing := used ^ first:
            why = f"another language has, or has not, {', '.join(sorted(differing))}"
            raise model.BadTemplate(name=name, locale=locale, why=why)
    _layout()


def render(name: str, locale: str, facts: dict[str, Any]) -> model.Rendered:
    """The message in the language. Raises `model.UnknownTemplate`, `model.BadTemplate`, `CannotRender`."""
    parts = _parts(name, locale, TEXTS)
    bounded = {
        key: model.excerpt(value, model.MAX_VALUE) if isinstance(value, str) else value for key, value in facts.items()
    }
    given = {key: value for key, value in bounded.items() if value is not None and value != ""}
    try:
        subject = model.one_line(parts["subject"].render(**given))
        body = markupsafe.Markup(parts["html"].render(**given))  # noqa: S704 - rendered with autoescape just now
        reached = given.get("reached")  # below whatever a client is written, whose signature ends every text
        around = {"subject": subject, "preview": _preview(parts, given), "reached": reached}
        return model.Rendered(
            subject=subject,
            text="\n".join((parts["text"].render(**given).strip(), *([reached] if reached else []), "")),
            html=_layout().render(language=LANGUAGES[locale], **around, body=body).strip() + "\n",
            sms=model.one_line(parts[model.SMS].render(**given)) if model.SMS in parts else None,
        )
    except exceptions.LiquidError as error:
        raise CannotRender(name=name, locale=locale, why=_why(error)) from error


def _preview(parts: dict[str, liquid.BoundTemplate], given: dict[str, Any]) -> str | None:
    """What a list of mails shows beside the subject: the same as the SMS says. Who writes stands there anyway,
    and an address cannot be touched there. None for a text that goes out by mail only.
    """
    if model.SMS not in parts:
        return None
    few = {name: value for name, value in given.items() if name != "link"}
    said = model.one_line(parts[model.SMS].render(**{**few, "firm": ""})).lstrip("【】: ")
    return said[:1].upper() + said[1:]


def subject(name: str, locale: str, facts: dict[str, Any]) -> str:
    """What the message would be called. Raises as `render` does."""
    given = {key: value for key, value in facts.items() if value is not None and value != ""}
    try:
        return model.one_line(_parts(name, locale, TEXTS)["subject"].render(**given))
    except exceptions.LiquidError as error:
        raise CannotRender(name=name, locale=locale, why=_why(error)) from error


def sms(name: str, locale: str, facts: dict[str, Any]) -> str:
    """The message as an SMS, which its template has. Raises as `render` does."""
    given = {key: value for key, value in facts.items() if value is not None and value != ""}
    try:
        return model.one_line(_parts(name, locale, TEXTS)[model.SMS].render(**given))
    except exceptions.LiquidError as error:
        raise CannotRender(name=name, locale=locale, why=_why(error)) from error


def variables(name: str, locale: str, *, folder: Path = TEXTS) -> set[str]:
    """The variables that a template uses. Raises `model.UnknownTemplate`, `model.BadTemplate`."""
    return {str(used) for part in _parts(name, locale, folder).values() for used in part.analyze().globals}


@functools.cache
def _parts(name: str, locale: str, folder: Path) -> dict[str, liquid.BoundTemplate]:
    path = folder / name / f"{locale}.liquid"
    if name not in names(folder) or locale not in model.LOCALES or not path.exists():
        raise model.UnknownTemplate(name=name, locale=locale)
    sources = model.sections(path.read_text(encoding="utf-8"), name=name, locale=locale)
    return {
        title: compiled(source, html=title == "html", name=name, locale=locale) for title, source in sources.items()
    }


def compiled(source: str, *, html: bool, name: str, locale: str) -> liquid.BoundTemplate:
    """A template from its source; `html` escapes every value. Raises `model.BadTemplate` with line and column."""
    try:
        return (HTML if html else PLAIN).from_string(source)
    except exceptions.LiquidError as error:
        raise model.BadTemplate(name=name, locale=locale, why=_why(error)) from error


@functools.cache
def _layout() -> liquid.BoundTemplate:
    return HTML.from_string((TEXTS / LAYOUT).read_text(encoding="utf-8"))


def _why(error: exceptions.LiquidError) -> str:
    return model.one_line(str(error)).rstrip(".")[:300]
