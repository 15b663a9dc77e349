"""Why a clock is where it is, to the second: what was counted, what stood still and why, how its due moment moved."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, clocks, directory, language, moments, signed
from services.gateway.pages import desk
from services.gateway.transport import Away
from shared.kernel import errors

BLUEPRINT = flask.Blueprint("clocks", __name__)


@BLUEPRINT.get("/clocks/<service>/<id>")
def explained(service: str, id: str) -> Any:
    """One clock, explained interval by interval."""
    if service not in calls.promising():
        raise errors.NotFound
    known = calls.service(service).get("clocks", id, "explain").data
    playbook, version = known["playbook"].split(" ", 1)
    try:
        procedure = calls.service(service).get("playbooks", playbook, version=version).data
    except (Away, Problem):  # only the names of roles and pauses, and its own
        procedure = {"body": {}, "title": {}}
    body = procedure["body"]
    page = desk.PAGES.get(known["of"]["kind"])
    return flask.render_template(
        "clock.html",
        area="desk",
        known=known,
        clock=clocks.Shown.of(known, service, body),
        procedure=procedure["title"].get(language.current(), playbook),
        version=version,
        procedure_url=flask.url_for("playbooks.shown", service=service, id=playbook, version=version),
        called=desk.called(known["of"]),
        url=flask.url_for(page, id=known["of"]["id"]) if page else "",
        people=directory.actors([each["by"] for each in known["changes"]]),
        reason=lambda given: clocks.pause(given, body),
        roles=lambda told: [clocks.role(each, body) for each in told],
        seconds=lambda count: moments.length(count, language.current(), exact=True),
        my_country=directory.country(signed.person().unit),
    )
