"""Whether all that came in was recorded: by channel, with everything that was not; on screen and as a file."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.clients import Problem
from services.gateway.front import calls, directory, files, forms, signed

FILTERS = ("from", "to", "unit")

BLUEPRINT = flask.Blueprint("received", __name__, url_prefix="/support/received")


@BLUEPRINT.get("")
def shown() -> Any:
    """The report for the days in the address."""
    asked, status = _asked(), 200
    form = forms.blank(**{name: asked.get(name, "") for name in FILTERS})
    report: dict[str, Any] | None = None
    try:
        report = calls.service("support").get("received", **asked).data
    except Problem as problem:
        status = form.take(problem)
    units = {line["unit"] for line in (report["lines"] if report else []) if line["unit"]}
    found = {code: directory.unit(code) for code in sorted(units | {asked["unit"]} if "unit" in asked else units)}
    return flask.render_template(
        "support/received.html",
        area="record",
        form=form,
        asked=asked,
        report=report,
        titles={code: unit.title if unit else code for code, unit in found.items()},
        country=directory.country(signed.person().unit),
    ), status


@BLUEPRINT.get("/<any(csv, xlsx):ending>")
def exported(ending: str) -> Any:
    """The same as a file, with all that is missing."""
    return files.hand_on(calls.service("support").file("received", kind=files.KINDS[ending], **_asked()))


def _asked() -> dict[str, str]:
    """The filters of the address, without those that are empty."""
    given = {name: flask.request.args.get(name, "").strip() for name in FILTERS}
    return {name: value for name, value in given.items() if value}
