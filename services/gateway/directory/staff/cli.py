"""Staff at the terminal, for the operator. A password is typed or made, never an argument, which everybody can see."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import IO, Any, cast

import click
import marshmallow as ma

from services.gateway.directory import keyset
from services.gateway.directory.password import hashing
from services.gateway.directory.password import model as passwords
from services.gateway.directory.staff import commands, importing, model, queries, schemas, tables
from shared.envelope.fields import LOCALES
from shared.kernel import errors, ids
from shared.runtime.cli import output, world

COLUMNS = ("name", "mail", "unit", "roles", "locale", "state", "id")
PAGE = 1_000
MOST_BYTES = 2 * 1024 * 1024  # of a file of people, as over HTTP
MADE = 16  # characters of a password that we make

_generate = click.option("--generate", is_flag=True, help="Make a password and print it, once.")


@click.group()
def staff() -> None:
    """People: who works where, in which roles; their passwords."""


@output.example("steward staff list", "steward staff list --unit hai-phong --json")
@staff.command("list")
@click.option("--unit", metavar="CODE", help="Only those whose home it is.")
@click.option("--all", "everybody", is_flag=True, help="Also those who left.")
@output.as_json
def list_(unit: str | None, everybody: bool, as_json: bool) -> None:
    """The people, by name."""
    active = None if everybody else True
    with world.opened(["gateway"]) as running, running.databases["gateway"].reading() as reader:
        found = keyset.whole(lambda cursor: queries.page(reader, unit=unit, active=active, limit=PAGE, cursor=cursor))
    _print(found, as_json)


@output.example(
    'steward staff add an@example.com --name "Nguyễn Văn An" --unit bien-xanh --role staff --role admin',
    'steward staff add li@example.com --name "李明" --unit shanghai --locale zh --generate',
)
@staff.command("add")
@click.argument("mail")
@click.option("--name", required=True)
@click.option("--unit", metavar="CODE", required=True, help="The home unit.")
@click.option("--role", "roles", multiple=True, type=click.Choice(model.ROLES), default=("staff",), show_default=True)
@click.option("--locale", type=click.Choice(LOCALES), default="vi", show_default=True)
@click.option("--password", "typed", is_flag=True, help="Ask for a password here instead of mailing a link.")
@_generate
@output.as_json
def add(
    mail: str, name: str, unit: str, roles: Sequence[str], locale: str, typed: bool, generate: bool, as_json: bool
) -> None:
    """Add a person with the mail address MAIL, who is mailed a link to choose a password."""
    facts = _checked({"mail": mail, "name": name, "unit": unit, "locale": locale, "roles": list(roles)})
    with world.opened(["gateway"]) as running:
        password = _password(generate, mail=facts["mail"], name=name) if typed or generate else None
        hashed = hashing.make(password) if password else None
        with running.databases["gateway"].work(actor=world.operator()) as work:
            person = commands.add(work, hashed=hashed, **facts)
    _print([person], as_json, password=password if generate else None)


@output.example("steward staff password an@example.com", "steward staff password an@example.com --generate")
@staff.command("password")
@click.argument("mail")
@_generate
@output.as_json
def password(mail: str, generate: bool, as_json: bool) -> None:
    """Give the person with the address MAIL another password; signs them out everywhere.

    Asks for it twice at a terminal; otherwise reads one line from standard input.
    """
    with world.opened(["gateway"]) as running:
        database = running.databases["gateway"]
        with database.reading() as connection:
            person = tables.load_by_mail(connection, mail)
        chosen = _password(generate, mail=person.mail, name=person.name)
        hashed = hashing.make(chosen)
        with database.work(actor=world.operator()) as work:
            person = commands.set_password(work, person.id, hashed=hashed)
    _print([person], as_json, password=chosen if generate else None)


@output.example("steward staff invite an@example.com")
@staff.command("invite")
@click.argument("mail")
@output.as_json
def invite(mail: str, as_json: bool) -> None:
    """Mail the person with the address MAIL a link to choose a password."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        person = commands.invite(work, tables.load_by_mail(work.connection, mail).id)
    _print([person], as_json)


@output.example("steward staff deactivate an@example.com")
@staff.command("deactivate")
@click.argument("mail")
@output.as_json
def deactivate(mail: str, as_json: bool) -> None:
    """The person with the address MAIL leaves: signed out everywhere, no way back in."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        person = commands.deactivate(work, tables.load_by_mail(work.connection, mail).id)
    _print([person], as_json)


@output.example("steward staff reactivate an@example.com")
@staff.command("reactivate")
@click.argument("mail")
@output.as_json
def reactivate(mail: str, as_json: bool) -> None:
    """The person with the address MAIL is back."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        person = commands.reactivate(work, tables.load_by_mail(work.connection, mail).id)
    _print([person], as_json)


@output.example("steward staff import people.csv --dry-run", "steward staff import people.csv --json")
@staff.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Write nothing, only say what is wrong.")
@click.option("--company", metavar="CODE", help="Only people of this company.")
@output.as_json
def import_(file: IO[bytes], dry_run: bool, company: str | None, as_json: bool) -> None:
    """Add and change people by the CSV file FILE, with the columns name, mail, unit, roles and locale: all or none."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise errors.TooLarge
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        outcome = importing.take(work, data, company=company, dry_run=dry_run)
    if as_json:
        output.document({**dataclasses.asdict(outcome), "dry_run": dry_run})
        return
    for each in outcome.faults:
        click.echo(f"line {each.line}, {each.column or 'line'}: {each.why}")
    said = "would be " if dry_run else ""
    click.echo(f"{outcome.added} {said}added, {outcome.changed} {said}changed, {outcome.unchanged} stay as they are.")
    if outcome.faults:
        sys.exit(1)


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as the API would take them."""
    try:
        return cast("dict[str, Any]", schemas.StaffIn().load(facts))
    except ma.ValidationError as error:
        raise errors.Invalid(fields=error.normalized_messages()) from error


def _password(generate: bool, *, mail: str, name: str) -> str:
    if generate:
        return ids.secret(MADE)
    if sys.stdin.isatty():
        chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    passwords.judge(chosen, mail=mail, name=name)
    return chosen


def _print(people: list[model.Staff], as_json: bool, *, password: str | None = None) -> None:
    rows = [dataclasses.asdict(each) for each in people]
    if as_json:
        output.document([{**row, "password": password} for row in rows] if password else rows)
        return
    output.table([{**row, "roles": ", ".join(row["roles"])} for row in rows], COLUMNS, none="There is nobody.")
    if password:
        click.echo(f"\nPassword (shown once): {password}")


COMMANDS = (staff,)
