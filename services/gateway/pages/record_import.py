"""Taking in a record kept elsewhere: a file, its columns, a dry run, the import, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import flask

from services.gateway.clients import Answer, Problem
from services.gateway.front import calls, directory, enclosed, files, forms, language, signed, words
from shared.kernel import filename, moment

FIELD = "file"
SAMPLE = 3  # lines beside the choice of columns
FAULTY = 20  # bad lines on the page; the file has them all
AGAIN_S = 3  # until a page that shows progress asks for itself again
UNDO_FOR = timedelta(hours=24)

BLUEPRINT = flask.Blueprint("record_imports", __name__, url_prefix="/support/record-imports")


@BLUEPRINT.get("")
def listed() -> Any:
    """The form for a file, and the newest imports."""
    return _listed(forms.blank())


@BLUEPRINT.post("")
@enclosed.takes_files
def take() -> Any:
    """Hand the file on, piece by piece; nothing is imported yet."""
    form = forms.read()
    given = flask.request.files.get(FIELD)
    if given is None or not given.filename:
        form.wrong(FIELD, language.say("Please choose a file."))
        return _listed(form), 422
    stream: Any = given.stream
    if stream.over:
        form.wrong(FIELD, language.say("This is too large; at most {limit} are taken.", limit=enclosed.limit()))
        return _listed(form), 413
    name = filename.clean(given.filename)
    try:
        made = calls.service("support").send_file(
            "record-imports", stream=stream, size=stream.size, name=name, declared=given.mimetype
        )
    except forms.REFUSALS as error:
        status = form.take(error)
        return _listed(form), status
    return flask.redirect(flask.url_for("record_imports.shown", id=made.data["id"]), 303)


@BLUEPRINT.get("/<id>")
def shown(id: str) -> Any:
    """One import and how far it is; while it runs, the page asks for itself again."""
    held = _import(id)
    response = flask.make_response(_shown(held, forms.blank(**_chosen(held.data))))
    if held.data["state"] == "importing":
        response.headers["Refresh"] = str(AGAIN_S)
    return response


@BLUEPRINT.post("/<id>/<any(map, run, undo):verb>")
def step(id: str, verb: str) -> Any:
    """Choose the columns, which is the dry run; run it; or take it back."""
    form = forms.read(*words.IMPORTED)
    chosen = {name: int(form[name]) for name in words.IMPORTED if form[name].isdecimal() and len(form[name]) < 5}
    body = {"columns": chosen} if verb == "map" else {}
    try:
        calls.service("support").post("record-imports", id, verb, body=body, key=form.key, version=form.version)
    except forms.REFUSALS as error:
        flask.g.here = flask.url_for("record_imports.shown", id=id)
        status = form.take(error)
        return _shown(_import(id), form), status
    return flask.redirect(flask.url_for("record_imports.shown", id=id), 303)


@BLUEPRINT.get("/<id>/<any(csv, xlsx):ending>")
def faulty(id: str, ending: str) -> Any:
    """The bad lines with their reasons, to be mended and sent again."""
    support = calls.service("support")
    return files.hand_on(support.file("record-imports", id, "lines", kind=files.KINDS[ending], bad="true"))


def _import(id: str) -> Answer:
    return calls.service("support").get("record-imports", id)


def _chosen(held: dict[str, Any]) -> dict[str, str]:
    return {name: str(number) for name, number in held["columns"].items()}


def _listed(form: forms.Form) -> str:
    return flask.render_template(
        "support/record_imports.html",
        area="record",
        form=form,
        imports=calls.service("support").get("record-imports").data["items"],
        country=directory.country(signed.person().unit),
    )


def _shown(answer: Answer, form: forms.Form) -> str:
    held = answer.data
    form.values[forms.VERSION] = str(answer.version or held["version"])
    choosing, bad = "map" in held["possible"], []
    sample = _lines(held["id"], limit=SAMPLE) if choosing else []
    if held["bad"]:
        bad = [{**line, "said": _said(line["wrong"])} for line in _lines(held["id"], limit=FAULTY, bad="true")]
    back_until = moment.parse(held["imported_at"]) + UNDO_FOR if held["imported_at"] else None
    return flask.render_template(
        "support/record_import.html",
        area="record",
        form=form,
        held=held,
        choosing=choosing,
        options=[("", language.say("Not in the file")), *((str(n), text) for n, text in enumerate(held["headings"]))],
        sample=sample,
        bad=bad,
        back_until=back_until,
        country=directory.country(held["unit"]),
    )


def _lines(id: str, **asked: Any) -> list[dict[str, Any]]:
    try:
        return calls.service("support").get("record-imports", id, "lines", **asked).data["items"]
    except Problem:
        return []


def _said(wrong: dict[str, str]) -> list[str]:
    """What is wrong with a line, by the names of its columns."""
    return [f"{language.say(words.IMPORTED[name])}{language.colon()}{why}" for name, why in wrong.items()]
