"""Another set-up code, for whoever did not see the one that was printed at start."""

from __future__ import annotations

import click

from services.gateway.directory.setup import commands, model
from shared.runtime.cli import output, world


@output.example("steward setup-code")
@click.command("setup-code")
@output.as_json
def setup_code(as_json: bool) -> None:
    """Print a code for the page /setup; the one before works no longer. For as long as no company is set up."""
    with world.opened(["gateway"]) as running:
        given = running.settings
        with running.databases["gateway"].work(actor=world.operator()) as work:
            code = commands.offer(work)
    if code is None:
        raise model.AlreadySetUp
    if as_json:
        output.document({"code": code, "address": f"{given.public_url}/setup"})
    else:
        click.echo(code)


COMMANDS = (setup_code,)
