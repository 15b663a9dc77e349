"""The same done with many tickets: a preview says of each whether it is possible and why not, then it is done.

Invariant: each ticket is changed as it was previewed (`If-Match`), under a key of its own that comes from the form's,
so that whatever is sent again, by reloading or by going on after a break, takes effect once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, files, forms, language, moments, reach, signed
from services.gateway.pages import list_rows, listed, steps
from services.gateway.transport import Away
from shared.kernel import ids

MOST = 200  # tickets at once
PAGE = 100  # tickets in one question
BUDGET_S = 20.0  # after which a run stops and offers to go on: no browser waits for ever
VERBS = (
    *("take", "assign", "pause", "resume", "progress", "promise"),
    *("take_over", "hand_over", "log", "log_unanswered"),
)
"""What makes sense for many at once. The rest needs each to be read: a type, a result, a correction."""
REQUIRED: Mapping[str, tuple[str, ...]] = {verb: tuple(steps.FIELDS[verb]) for verb in VERBS}
WHY_NOT: Mapping[str, str] = {**steps.WHY_NOT, "take": steps.WHY_NOT["assign"]}
WHILE_WAITING = ("take", "assign", "promise")
"""What can be done again as soon as the ticket goes on."""
EXPORTS = {f"export-{ending}": ending for ending in files.KINDS}
KEPT = ("verb", "back")

BLUEPRINT = flask.Blueprint("bulk", __name__, url_prefix="/tickets/bulk")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One ticket of the preview: whether the verb is possible with it, and why not."""

    row: list_rows.Row
    possible: bool
    why: str

    @property
    def value(self) -> str:
        """As the form carries it: the ticket, and the version that was shown."""
        return f"{self.row.id}:{self.row.version}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one ticket: done, refused with a sentence, or not yet."""

    row: list_rows.Row | None
    id: str
    state: str
    said: str


def offered(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the list offers to do with those of its tickets that are chosen: what the reader's roles allow, and all
    of it where a ticket was escalated to them. Whether a ticket allows it, the preview says."""
    exports = [("export-xlsx", language.say("Save as Excel file")), ("export-csv", language.say("Save as CSV file"))]
    if any(each["escalated_to"] == signed.person().staff_id for each in items):
        verbs = VERBS
    else:
        may = calls.service("support").get("tickets", "verbs").data["verbs"] if items else []
        verbs = tuple(verb for verb in VERBS if verb in may)
    return [*((verb, steps.title(verb)) for verb in verbs), *exports]


@BLUEPRINT.get("")
def preview() -> Any:
    """What would happen with the tickets of the address: with those that are ticked, or with all that fit."""
    given = flask.request.args
    asked, verb, every = listed.read(given), given.get("verb", ""), given.get("all") == "yes"
    chosen = list(dict.fromkeys(given.getlist("ticket")))[:PAGE]
    if verb in EXPORTS:
        query = urlencode([*asked.pairs(), *(("ticket", id) for id in ([] if every else chosen))])
        return flask.redirect(f"{flask.url_for('tickets.exported', ending=EXPORTS[verb])}?{query}", 303)
    form = forms.blank(verb=verb if verb in VERBS else "", back=asked.query())
    items, more = _fitting(asked) if every else (_named(chosen), False)
    return _previewed(form, items, more=more)


@BLUEPRINT.post("")
def act() -> Any:
    """Do it, ticket by ticket; sent again it goes on where it stopped."""
    form = forms.read(*KEPT, *(field for fields in REQUIRED.values() for field in fields))
    rows = list(_sent(flask.request.form.getlist("row")))
    verb = form["verb"]
    if verb not in VERBS:
        return _previewed(form, [])
    body = steps.body(verb, form, [])
    for field in REQUIRED[verb]:
        if not form[field] and field not in form.errors:
            form.wrong(field, language.say(forms.EMPTY))
    if not rows:
        form.said.append(language.say("Please choose at least one request."))
    if form.refused:
        return _previewed(form, _named([id for id, _ in rows]), ticked=dict(rows), status=422)
    states = dict(_run(form, verb, body, rows))
    known = {row.id: row for row in list_rows.of(_named([id for id, _ in rows]), list_rows.types())}
    outcomes = [Outcome(known.get(id), id, *states[id]) for id, _ in rows]
    return flask.render_template(
        "support/bulk_done.html",
        area="tickets",
        form=form,
        back=listed.of_query(form["back"]).query(),
        title=steps.title(verb),
        outcomes=outcomes,
        counts={state: sum(each.state == state for each in outcomes) for state in ("done", "refused", "later")},
        values=[f"{id}:{version}" for id, version in rows],
        fields=REQUIRED[verb],
    )


def _run(
    form: forms.Form, verb: str, body: Mapping[str, Any], rows: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each ticket with what came of it. What the time does not suffice for, and what could not be reached, is later."""
    support, until, away = calls.service("support"), time.monotonic() + BUDGET_S, False
    for id, version in rows:
        if away or time.monotonic() > until:
            yield id, ("later", language.say("Not done yet."))
            continue
        try:
            support.post("tickets", id, verb, body=body, key=f"{form.key}:{id}", version=version)
            yield id, ("done", language.say("Done"))
        except Problem as problem:
            yield id, ("refused", " ".join(forms.sentences(problem)) or problem.detail)
        except Away:
            away = True
            yield (
                id,
                ("later", language.say("It is not clear whether it was done. Go on: it is done only once.")),
            )


def _sent(values: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The tickets of a form with the versions that were shown; each once, and no more than may be."""
    seen: set[str] = set()
    for value in values:
        id, _, version = value.partition(":")
        if ids.is_id(id) and version.isascii() and version.isdecimal() and len(version) < 10 and id not in seen:
            seen.add(id)
            if len(seen) <= MOST:
                yield id, int(version)


def _fitting(asked: listed.Asked) -> tuple[list[dict[str, Any]], bool]:
    """All tickets that the list shows, and whether there are more than may be done at once."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    query = asked.api(directory.country(signed.person().unit))
    while len(found) < MOST:
        page = calls.service("support").get("tickets", limit=PAGE, cursor=cursor, **query).data
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return found[:MOST], cursor is not None or len(found) > MOST


def _named(chosen: Sequence[str]) -> list[dict[str, Any]]:
    """The tickets with these ids, in this order, as far as they exist for the reader."""
    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(chosen), PAGE):
        some = list(chosen[begin : begin + PAGE])
        for item in calls.service("support").get("tickets", id=some, limit=PAGE).data["items"]:
            found[item["id"]] = item
    return [found[id] for id in chosen if id in found]


def _verdicts(verb: str, chosen: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for begin in range(0, len(chosen), PAGE):
        some = list(chosen[begin : begin + PAGE])
        answer = calls.service("support").get("tickets", "verdicts", verb=verb, id=some).data
        found |= {each["id"]: each for each in answer["items"]}
    return found


def _previewed(
    form: forms.Form,
    items: Sequence[Mapping[str, Any]],
    *,
    ticked: Mapping[str, int] | None = None,
    more: bool = False,
    status: int = 200,
) -> Any:
    """The page before anything is done. `ticked`: what was chosen in it already."""
    verb = form["verb"]
    rows = list_rows.of(items, list_rows.types()) if items else []
    verdicts = _verdicts(verb, [row.id for row in rows]) if verb and rows else {}
    chosen = [
        Chosen(row, verdicts[row.id]["possible"], _why(verb, item, verdicts[row.id]["why"]))
        for row, item in zip(rows, items, strict=True)
        if row.id in verdicts
    ]
    flask.g.here = flask.url_for("tickets.listed")
    me = signed.person()
    return flask.render_template(
        "support/bulk.html",
        area="tickets",
        form=form,
        back=listed.of_query(form["back"]).query(),
        title=steps.title(verb) if verb else "",
        verb=verb,
        chosen=chosen,
        ticked={each.row.id for each in chosen if each.possible and (ticked is None or each.row.id in ticked)},
        possible=sum(each.possible for each in chosen),
        more=more,
        most=MOST,
        colleagues=list(reach.colleagues(reach.seen(me)).items()) if verb == "assign" else [],
        pauses=_pauses(items) if verb == "pause" else [],
        input_zone=moments.ZONE_NAMES[directory.country(me.unit)],
    ), status


def _why(verb: str, item: Mapping[str, Any], said: str | None) -> str:
    """Why it is not possible: where the state is the reason, as the page of the ticket says it."""
    if verb in item["possible"] or not said:
        return said or ""
    waits = item["state"] == "waiting" and verb in WHILE_WAITING
    return language.say(steps.PAUSED if waits else WHY_NOT[verb])


def _pauses(items: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The reasons for a pause in the procedures of these tickets."""
    found: dict[str, str] = {}
    for playbook, version in dict.fromkeys((each["playbook"], each["playbook_version"]) for each in items):
        body = calls.service("support").get("playbooks", playbook, version=version).data["body"]
        found |= {code: text[language.current()] for code, text in body.get("pauses", {}).items() if code not in found}
    return list(found.items())
