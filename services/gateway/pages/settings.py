"""Settings: one page that leads to everything that is set up, with what the reader may change there."""

from __future__ import annotations

from typing import Any

import flask

from services.gateway.front import language, signed
from services.gateway.front.words import SETTINGS

ADMIN = "admin"
FOR_ADMINS = ("people", "units")
"""What nobody else may open."""
PAGES = {
    "absences": "absences.listed",
    "substitutes": "substitutes.listed",
    "people": "people.listed",
    "units": "units.listed",
    "roles": "roles.listed",
    "authority": "authority.listed",
    "calendar": "calendar.shown",
    "closures": "closures.listed",
    "years": "years.listed",
    "procedures": "playbooks.listed",
    "texts": "macros.listed",
}
GROUPS = {
    "people-and-roles": ("absences", "substitutes", "people", "units", "roles", "authority"),
    "days": ("calendar", "closures", "years"),
    "how-we-work": ("procedures", "texts"),
}

BLUEPRINT = flask.Blueprint("settings", __name__, url_prefix="/settings")


@BLUEPRINT.get("")
def shown() -> Any:
    """What there is to set up."""
    admin = ADMIN in signed.person().roles
    groups = [
        (
            language.say(SETTINGS[group]),
            [
                (flask.url_for(PAGES[name]), language.say(SETTINGS[name]), language.say(SETTINGS[f"{name}-about"]))
                for name in names
                if admin or name not in FOR_ADMINS
            ],
        )
        for group, names in GROUPS.items()
    ]
    return flask.render_template("settings/index.html", area="settings", groups=groups)
