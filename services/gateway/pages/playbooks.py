"""The procedures that we work by, as their playbooks say them: for everybody who is signed in, to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
import markupsafe

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, language, moments, words
from services.gateway.transport import Away
from shared import locale as languages
from shared.clocks import span as spans
from shared.kernel.lifecycle import Lifecycle, Move
from shared.playbook import drawing

BLUEPRINT = flask.Blueprint("playbooks", __name__, url_prefix="/settings/playbooks")


@BLUEPRINT.get("")
def listed() -> Any:
    """Every procedure of my units, of every service that has one."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    away = False
    for service in calls.promising():
        try:
            found += [(service, each) for each in calls.service(service).get("playbooks").data]
        except (Away, Problem):
            away = True
    return flask.render_template("playbooks/list.html", area="settings", found=found, away=away)


@BLUEPRINT.get("/<service>/<id>")
def shown(service: str, id: str) -> Any:
    """One procedure: who does what, until when, which requests there are, and its lifecycle drawn."""
    if service not in calls.promising():
        flask.abort(404)
    known = calls.service(service).get("playbooks", id, version=flask.request.args.get("version")).data
    body = known["body"]
    return flask.render_template(
        "playbooks/one.html",
        area="settings",
        known=known,
        body=body,
        role=lambda code: clocks.role(code, body),
        clock=clocks.title,
        step=lambda code: language.say(words.STEPS[code]) if code in words.STEPS else code.replace("_", " "),
        many=lambda given: [given] if isinstance(given, str) else given,
        span=_span,
        picture=_drawn(known),
        moves=_moves(known),
    )


def _span(text: str) -> str:
    """A playbook's span in words: `12m`, `24h`, `3d`, `2wd`."""
    given = spans.read(text)
    if given.working_days is not None:
        return language.say("{days} working days", days=given.working_days)
    return moments.length(given.length.total_seconds(), language.current()) if given.length is not None else text


def _drawn(known: Mapping[str, Any]) -> markupsafe.Markup:
    """The picture of what leads elsewhere; what leaves a state as it is would hide it behind its lines."""
    table = known["lifecycle"]
    moves = tuple(
        Move(each["verb"], elsewhere, each["target"])
        for each in table["moves"]
        if (elsewhere := tuple(source for source in each["sources"] if source != each["target"]))
    )
    locale = language.current()
    return markupsafe.Markup(  # noqa: S704 - every word in it is escaped where it is drawn
        drawing.svg(
            Lifecycle(known["flow"], table["initial"], moves),
            title=language.say("Lifecycle"),
            state=lambda state: languages.word(languages.STATE, state, locale),
            verb=lambda verb: languages.word(languages.VERB, verb, locale),
            comma=language.comma(),
        )
    )


def _moves(known: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By state, in words: what is possible in it, and the state that follows; an empty one where it stays."""
    locale = language.current()
    found: dict[str, dict[str, list[str]]] = {}
    for each in known["lifecycle"]["moves"]:
        for source in each["sources"]:
            verbs = found.setdefault(source, {}).setdefault(each["target"], [])
            verbs.append(languages.word(languages.VERB, each["verb"], locale))
    return [
        (
            languages.word(languages.STATE, source, locale),
            [
                (
                    language.listed(dict.fromkeys(verbs)),
                    "" if target == source else languages.word(languages.STATE, target, locale),
                )
                for target, verbs in ways.items()
            ],
        )
        for source, ways in found.items()
    ]
