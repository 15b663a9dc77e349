"""Units at the terminal, for the operator, who may open companies too."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import click
import marshmallow as ma

from services.gateway.directory import keyset
from services.gateway.directory.unit import commands, model, queries, schemas
from shared.kernel import errors
from shared.runtime.cli import output, world

PAGE = 1_000
COLUMNS = ("code", "kind", "parent", "company", "title", "country", "state", "people")


@click.group()
def unit() -> None:
    """Companies, branches and departments."""


@output.example("steward unit list", "steward unit list --company son-ca --json")
@unit.command("list")
@click.option("--company", metavar="CODE", help="Only this company's.")
@output.as_json
def list_(company: str | None, as_json: bool) -> None:
    """Every unit, by code."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].reading() as reader:
        found = keyset.whole(lambda cursor: queries.page(reader, company=company, limit=PAGE, cursor=cursor))
    _print([_row(each) for each in found], as_json)


@output.example(
    'steward unit open bien-xanh --kind company --title "Biển Xanh" --country VN',
    'steward unit open bien-xanh-hue --parent bien-xanh --title "Biển Xanh – Huế" --country VN',
)
@unit.command("open")
@click.argument("code")
@click.option("--title", required=True, help="As it signs letters.")
@click.option("--country", type=click.Choice(model.COUNTRIES), required=True)
@click.option("--kind", type=click.Choice(model.KINDS), default="branch", show_default=True)
@click.option("--parent", metavar="CODE", help="The unit that it hangs below; none for a company.")
@output.as_json
def open_(code: str, title: str, country: str, kind: str, parent: str | None, as_json: bool) -> None:
    """Open a unit. CODE is 2 to 40 small letters, digits and hyphens; it never changes."""
    title = _checked({"title": title})["title"]
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        made = commands.open_(work, code=code, kind=kind, title=title, country=country, parent=parent)
    _print([_row(made)], as_json)


@output.example('steward unit change bien-xanh-hue --title "Biển Xanh – Chi nhánh Huế"')
@unit.command("change")
@click.argument("code")
@click.option("--title")
@click.option("--country", type=click.Choice(model.COUNTRIES))
@output.as_json
def change(code: str, title: str | None, country: str | None, as_json: bool) -> None:
    """Give the unit another title or country."""
    if title is None and country is None:
        raise click.UsageError("Say what is to be different: --title or --country.")
    facts = _checked({name: value for name, value in (("title", title), ("country", country)) if value is not None})
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        changed = commands.change(work, code, **facts)
    _print([_row(changed)], as_json)


@output.example("steward unit close bien-xanh-hue")
@unit.command("close")
@click.argument("code")
@output.as_json
def close(code: str, as_json: bool) -> None:
    """Close the unit, once nobody works in it."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        closed = commands.close(work, code)
    _print([_row(closed)], as_json)


@output.example("steward unit reopen bien-xanh-hue")
@unit.command("reopen")
@click.argument("code")
@output.as_json
def reopen(code: str, as_json: bool) -> None:
    """Open a closed unit again."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        opened = commands.reopen(work, code)
    _print([_row(opened)], as_json)


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as the API would take them."""
    try:
        return cast("dict[str, Any]", schemas.UnitChangeIn().load(facts))
    except ma.ValidationError as error:
        raise errors.Invalid(fields=error.normalized_messages()) from error


def _row(of: model.Unit) -> dict[str, Any]:
    return dataclasses.asdict(of)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        output.document(rows)
    else:
        output.table(rows, COLUMNS, none="There is no unit. Set up your company at /setup, or open one.")


COMMANDS = (unit,)
