"""A service's app with routes for trying what stands around a view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from shared import web
from shared.kernel import errors
from shared.store import tables, work
from shared.web import app, idempotency, problem
from tests.flows.house import House
from tests.flows.house_http import Answer, Client

View = Callable[[], Any]


class Word(ma.Schema):
    """One word."""

    word = ma.fields.String(required=True)


def client(house: House, view: View) -> Client:
    """A staff client of support's API with one more route, `POST /v1/trial`, that runs the view."""
    blueprint = web.Blueprint("trial", __name__, url_prefix="/v1")

    @blueprint.post("/trial")
    @web.writes
    @blueprint.arguments(Word)
    @blueprint.response(200, Word)
    def trial(_word: dict[str, str]) -> Any:
        return view()

    made = app.create(house.process.site("support"))
    made.register_blueprint(blueprint)
    known = house.client("support", house.staff())
    return Client(made, known.sign, known.who)


def write(code: str) -> None:
    """An effect in the database of the running request: a unit."""
    row = {"code": code, "title": code, "country": "VN", "active": True, "sequence": 1}
    work.insert(web.work(), tables.unit, row)


class Never(errors.Refused):
    """This is never done."""

    code = "never"
    status = 409


def count(house: House, table: sa.Table) -> int:
    """How many rows support's table has."""
    return house.scalar("support", sa.select(sa.func.count()).select_from(table))


def kept(house: House) -> list[Any]:
    """The answers that support keeps for repeated requests."""
    with house.process.databases["support"].reading() as connection:
        return list(connection.execute(sa.select(tables.idempotency)))


def same(one: Answer, other: Answer) -> bool:
    """Whether both say the same, but for the note that it is said again."""
    hints = {name: one.headers.get(name) for name in idempotency.KEPT_HEADERS}
    return (one.status, one.raw, hints) == (
        other.status,
        other.raw,
        {name: other.headers.get(name) for name in idempotency.KEPT_HEADERS},
    )


CONTENT_TYPE = problem.CONTENT_TYPE
