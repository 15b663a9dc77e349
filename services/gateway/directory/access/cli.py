"""Tokens of other systems at the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import click

from services.gateway.directory import keyset
from services.gateway.directory.access import commands, model, queries
from shared.runtime.cli import output, world

PAGE = 1_000
COLUMNS = ("system", "unit", "scopes", "hint", "state", "issued_at", "last_used_at", "id")


@click.group()
def token() -> None:
    """Tokens by which other systems call Steward's APIs."""


@output.example(
    "steward token issue tos --unit hai-phong --scope inbound",
    "curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/cloudevents+json' \\",
    "     -d @event.json http://127.0.0.1:8080/api/support/v1/inbound",
)
@token.command("issue")
@click.argument("system")
@click.option("--unit", metavar="CODE", required=True, help="The unit that the system speaks for.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(model.SCOPES), help="May be repeated."
)
@output.as_json
def issue(system: str, unit: str, scopes: Sequence[str], as_json: bool) -> None:
    """Issue a token to SYSTEM and print it, once. Its events come from the source /SYSTEM."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        access, secret = commands.issue(work, system=system, scopes=scopes, unit=unit)
    if as_json:
        output.document({**dataclasses.asdict(access), "token": secret})
    else:
        click.echo(secret)
        click.echo("This is shown once; only its hash is kept.", err=True)


@output.example("steward token list", "steward token list --all --json")
@token.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that were revoked.")
@output.as_json
def list_(every: bool, as_json: bool) -> None:
    """The tokens, by system: never the token, only its last four characters."""
    active = None if every else True
    with world.opened(["gateway"]) as running, running.databases["gateway"].reading() as reader:
        found = keyset.whole(lambda cursor: queries.page(reader, active=active, limit=PAGE, cursor=cursor))
    _print(found, as_json)


@output.example("steward token revoke 0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d")
@token.command("revoke")
@click.argument("id")
@output.as_json
def revoke(id: str, as_json: bool) -> None:
    """Revoke the token with this ID; it works no longer, from the next call on."""
    with world.opened(["gateway"]) as running, running.databases["gateway"].work(actor=world.operator()) as work:
        revoked = commands.revoke(work, id)
    _print([revoked], as_json)


def _print(tokens: list[model.Access], as_json: bool) -> None:
    rows = [dataclasses.asdict(each) for each in tokens]
    if as_json:
        output.document(rows)
    else:
        shown = [{**row, "scopes": ", ".join(row["scopes"])} for row in rows]
        output.table(shown, COLUMNS, none="No system has a token.")


COMMANDS = (token,)
