"""Prepared texts for replies: chosen on a ticket's page, and written, changed, removed and brought back by a lead."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Answer, Problem
from services.gateway.front import calls, directory, done, forms, language, signed
from services.gateway.transport import Away

FIELDS = ("title", "request_type", *language.NAMES)
NAMES = {"text": next(iter(language.NAMES)), **{f"text.{locale}": locale for locale in language.NAMES}}
MOST_DIGITS = 7  # of a place in a text
WRITERS = frozenset({"lead", "admin"})
SAID = {"change": "macro-kept", "remove": "macro-removed", "restore": "macro-restored"}

BLUEPRINT = flask.Blueprint("macros", __name__, url_prefix="/macros")


def part(id: str) -> dict[str, Any]:
    """What a ticket's page offers. Empty when they cannot be had: the page is worth showing without."""
    try:
        found = _for_ticket(id)
    except (Away, Problem):
        found = []
    return {"prepared": [(each["id"], _offered(each)) for each in found]}


def insert(id: str, form: forms.Form, *, into: str, chosen: str, at: str) -> dict[str, Any] | None:
    """Put a prepared text into what somebody has written in a field, which loses nothing by that.

    `at` is the place of the cursor in characters; without one it goes to the end. Returns the prepared text, or None
    where there is no such one. Raises what a service refuses.
    """
    macro = next((each for each in _for_ticket(id) if each["id"] == form[chosen]), None)
    if macro is not None:
        written = form[into]
        given = form[at] if form[at].isascii() and form[at].isdecimal() else ""
        place = min(int(given), len(written)) if 0 < len(given) < MOST_DIGITS else len(written)
        parts = (written[:place].rstrip(), macro["text"], written[place:].lstrip())
        form.values[into] = "\n\n".join(part for part in parts if part)
    return macro


def _for_ticket(id: str) -> list[dict[str, Any]]:
    return calls.service("support").get("tickets", id, "macros").data


@BLUEPRINT.get("")
def listed() -> Any:
    """All that my unit is offered, and what was removed and can be brought back."""
    return _list(forms.blank())


@BLUEPRINT.get("/new")
def fresh() -> Any:
    """The form for a new one."""
    return _one(forms.blank())


@BLUEPRINT.post("")
def create() -> Any:
    """Write a new one for my unit."""
    form = forms.read(*FIELDS)
    try:
        calls.service("support").post("macros", body=_body(form), key=form.key)
    except forms.REFUSALS as error:
        flask.g.here = flask.url_for("macros.fresh")
        return _one(form, status=form.take(error, NAMES))
    return flask.redirect(flask.url_for("macros.listed", done="macro-kept"), 303)


@BLUEPRINT.get("/<id>")
def shown(id: str) -> Any:
    """One, to be read or changed."""
    found = calls.service("support").get("macros", id)
    macro = found.data
    return _one(forms.blank(title=macro["title"], request_type=macro["request_type"], **macro["text"]), found)


@BLUEPRINT.post("/<id>/<any(change, remove, restore):verb>")
def step(id: str, verb: str) -> Any:
    """Change it, remove it, or bring it back, as it was when the form was made."""
    form = forms.read(*FIELDS)
    body = _body(form) if verb == "change" else {}
    support = calls.service("support")
    try:
        support.post("macros", id, verb, body=body, key=form.key, version=form.version)
    except forms.REFUSALS as error:
        status = form.take(error, NAMES)
        if verb == "change":
            flask.g.here = flask.url_for("macros.shown", id=id)
            return _one(form, support.get("macros", id), status=status)
        flask.g.here = flask.url_for("macros.listed")
        return _list(form, status)
    return flask.redirect(flask.url_for("macros.listed", done=SAID[verb]), 303)


def _offered(each: dict[str, Any]) -> str:
    """Its title, with the language where that is not the client's."""
    return f"{each['title']} ({language.NAMES[each['locale']]})" if each["fallback"] else each["title"]


def _body(form: forms.Form) -> dict[str, Any]:
    kind = form["request_type"]
    return {
        "title": form["title"],
        "text": {locale: form[locale] or None for locale in language.NAMES},
        "request_type": int(kind) if kind.isascii() and kind.isdecimal() and len(kind) < 3 else None,
    }


def _list(form: forms.Form, status: int = 200) -> Any:
    found = calls.service("support").get("macros", removed="true").data
    units = {code: directory.unit(code) for code in {each["unit"] for each in found}}
    return flask.render_template(
        "support/macros.html",
        area="settings",
        active=[each for each in found if each["state"] == "active"],
        removed=[each for each in found if each["state"] == "removed"],
        types=dict(_types()),
        units={code: unit.title if unit else code for code, unit in units.items()},
        names=language.NAMES,
        writes=_writes(),
        form=form,
        done=done.said(),
    ), status


def _one(form: forms.Form, found: Answer | None = None, *, status: int = 200) -> Any:
    macro = found.data if found else None
    if found:
        form.values[forms.VERSION] = str(found.version or found.data["version"])
    return flask.render_template(
        "support/macro.html",
        area="settings",
        macro=macro,
        types=[("", language.say("Every type")), *_types()],
        names=language.NAMES,
        codes=language.CODES,
        writes=_writes() and (macro is None or "change" in macro["possible"]),
        form=form,
    ), status


def _types() -> list[tuple[int, str]]:
    return [(each["code"], each["title"][language.current()]) for each in calls.service("support").get("types").data]


def _writes() -> bool:
    return bool(WRITERS & set(signed.person().roles))
