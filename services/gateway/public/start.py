"""The start page: for clients, which unit they want to write to; staff go on to their work."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.directory.setup import queries as setup
from services.gateway.directory.unit import model, queries
from services.gateway.front import gate, signed
from shared.web import site

MOST = 500  # units on the page

BLUEPRINT = flask.Blueprint("start", __name__)


@BLUEPRINT.get("/")
@gate.everybody
def show() -> Any:
    """Language and unit. The made-up company is shown only as long as there is no real one."""
    if signed.current() is not None:
        return flask.redirect(flask.url_for("desk.show"), 303)
    with site.current().database.reading() as connection:
        units, _ = queries.page(connection, active=True, limit=MOST)
        waits_for_setup = setup.open_(connection)
    real = [unit for unit in units if not unit.demo]
    return flask.render_template("client/start.html", units=_ordered(real or units), waits_for_setup=waits_for_setup)


def _ordered(units: list[model.Unit]) -> list[model.Unit]:
    """Companies, each followed by its branches; departments are the house's own business."""
    shown = [unit for unit in units if unit.kind != "department"]
    return sorted(shown, key=lambda unit: (unit.company, unit.kind != model.COMPANY, unit.title))
