"""Official years at the terminal, for the operator: they hold for every company that works in the country."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from services.gateway.directory.official_year import commands, model, tables
from shared.runtime.cli import output, world

COLUMNS = ("country", "year", "official", "off", "made_up", "changed_at", "changed_by")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def year() -> None:
    """Which days of a country's year are officially off or made up."""


@output.example("steward year list --country VN --json")
@year.command("list")
@click.option("--country", type=click.Choice(model.COUNTRIES))
@output.as_json
def list_(country: str | None, as_json: bool) -> None:
    """Every year that is known; one that is not official is a proposal."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].reading() as reader:
        found = tables.all_(reader, country)
    _print(found, as_json)


@output.example("steward year declare VN 2026 --off 2026-09-01 --off 2026-09-02 --made-up 2026-08-22=mon")
@year.command("declare")
@click.argument("country", type=click.Choice(model.COUNTRIES))
@click.argument("number", metavar="YEAR", type=click.IntRange(model.FIRST, model.LAST))
@click.option("--off", type=DAY, multiple=True, help="A day off; repeat it for each.")
@click.option("--made-up", multiple=True, metavar="DAY=WEEKDAY", help="A workday instead, with the hours of a weekday.")
@output.as_json
def declare(country: str, number: int, off: tuple[datetime, ...], made_up: tuple[str, ...], as_json: bool) -> None:
    """Say what is official in a COUNTRY's YEAR, all of it; open promises on working time move."""
    days = tuple(dict.fromkeys(each.date() for each in off))
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        declared = commands.declare(work, country=country, year=number, off=days, made_up=dict(map(_made_up, made_up)))
    _print([declared], as_json)


def _made_up(text: str) -> tuple[date, int]:
    day, _, weekday = text.partition("=")
    try:
        return date.fromisoformat(day), WEEKDAYS.index(weekday)
    except ValueError:
        raise click.BadParameter(f"{text} is not like 2026-08-22=mon") from None


def _print(found: list[model.Year], as_json: bool) -> None:
    rows = [_row(each) for each in found]
    if as_json:
        output.document(rows)
    else:
        output.table(rows, COLUMNS, none="No year is known yet: open a unit in the country first.")


def _row(of: model.Year) -> dict[str, Any]:
    made_up = {day.isoformat(): WEEKDAYS[weekday] for day, weekday in of.made_up.items()}
    row = {name: getattr(of, name) for name in COLUMNS}
    return {**row, "off": [day.isoformat() for day in of.off], "made_up": made_up}


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COMMANDS = (year,)
