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
    )


def _span(text: str) -> str:
    """A playbook's span in words: `12m`, `24h`, `3d`, `2wd`."""
    given = spans.read(text)
    if given.working_days is not None:
        return language.say("{days} working days", days=given.working_days)
    return moments.length(given.length.total_seconds(), language.current()) if given.length is not None else text


def _drawn(known: Mapping[str, Any]) -> markupsafe.Markup:
    table = known["lifecycle"]
    moves = tuple(Move(each["verb"], tuple(each["sources"]), each["target"]) for each in table["moves"])
    locale = language.current()
    return markupsafe.Markup(  # noqa: S704 - every word in it is escaped where it is drawn
        drawing.svg(
            Lifecycle(known["flow"], table["initial"], moves),
            title=language.say("Lifecycle"),
            state=lambda state: languages.word(languages.STATE, state, locale),
            verb=lambda verb: languages.word(languages.VERB, verb, locale),
        )
    )
