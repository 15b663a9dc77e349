"""Failed work at the terminal: found by cause, looked at without showing anybody's data, replayed or given up.

A replay or discard by cause works on a frozen set: what was parked when the command began, at most `--limit`, one by
one at `--rate` a second; what fails again meanwhile is not touched twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click
import sqlalchemy as sa

from shared.failures import evidence, story
from shared.kernel import errors
from shared.runtime import process
from shared.runtime.cli import output, shape, world
from shared.store import engine, tables

STATES = ("parked", "replayed", "resolved", "discarded", "any")
EACH = ("id", "service", "kind", "name", "reason", "state", "failed_at", "attempts", "failed_again", "cause")
GROUPS = ("service", "cause", "reason", "count", "first", "last")

_f = tables.failure.c


class NoSuchFailure(errors.NotFound):
    """There is no failure {id} in these services."""

    code = "no-such-failure"


@dataclass(frozen=True, slots=True)
class Found:
    """One failure, and whose it is."""

    database: engine.Database
    id: str


@click.group()
def failures() -> None:
    """Work that failed and waits for a person: listed by cause, shown, replayed, discarded or restored."""


@output.example("steward failures list", "steward failures list --each --service notify --json")
@click.command("list")
@world.service_option
@click.option("--each", is_flag=True, help="One line per failure instead of one per cause.")
@click.option("--cause", help="Only this cause; implies --each.")
@click.option("--state", type=click.Choice(STATES), default="parked", show_default=True, help="With --each.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Per service.")
@output.as_json
def list_(services: tuple[str, ...], each: bool, cause: str | None, state: str, limit: int, as_json: bool) -> int:
    """What failed, grouped by cause. Exit code 1 when something is parked."""
    rows: list[dict[str, Any]] = []
    parked = False
    with world.opened(services) as running:
        for name, database in running.databases.items():
            with database.reading() as connection:
                groups = story.grouped(connection)
                wanted = None if state == "any" else state
                some = story.listed(connection, state=wanted, limit=limit, cause=cause) if each or cause else groups
            parked = parked or bool(groups)
            rows += [{"service": name, **row._mapping} for row in some]
    columns = EACH if each or cause else GROUPS
    if as_json:
        output.document([{column: row[column] for column in columns} for row in rows])
    else:
        output.table(rows, columns, none="Nothing failed.")
    return shape.FOUND if parked else shape.OK


@output.example("steward failures show 0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d")
@click.command("show")
@click.argument("id")
@world.service_option
@output.as_json
def show(id: str, services: tuple[str, ...], as_json: bool) -> None:
    """One failure whole: its story and the work it tells of, with secrets and personal data masked."""
    with world.opened(services) as running:
        found = _find(running, [id])[0]
        with found.database.reading() as connection:
            facts = evidence.of(connection, found.database.service, story.shown(connection, id))
    if as_json:
        output.document(facts)
    else:
        output.facts(facts)


def _deciding(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which failures, why, and how fast."""
    for option in (
        output.as_json,
        click.option("--dry-run", is_flag=True, help="Only say how many it would be."),
        click.option("--rate", type=click.FloatRange(0.01, 1000), default=5.0, show_default=True, help="A second."),
        click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most."),
        click.option("--reason", required=True, help="Why: written to the record with your name."),
        world.service_option,
        click.option("--cause", help="Every parked failure of this cause, as `failures list` shows it."),
        click.argument("ids", nargs=-1),
    ):
        command = option(command)
    return command


@output.example(
    "steward failures replay 0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d --reason 'template mended'",
    "steward failures replay --cause 'notify.deliver KeyError in rendering:render' --reason 'deployed 1.2' --rate 20",
)
@click.command("replay")
@_deciding
def replay(**asked: Any) -> int:
    """Try parked work again, with the present state and a fresh count of attempts: some IDS, or a whole cause."""
    return _decide(story.replay, "replayed", **asked)


@output.example("steward failures discard --cause 'request.submitted schema-violation' --reason 'sender sends again'")
@click.command("discard")
@_deciding
def discard(**asked: Any) -> int:
    """Give parked work up for good: some IDS, or a whole cause. The rows stay, with your name and reason."""
    return _decide(story.discard, "discarded", **asked)


@output.example("steward failures restore 0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d --reason 'the sender cannot send again'")
@click.command("restore")
@_deciding
def restore(**asked: Any) -> int:
    """Take discarded work up again, within 30 days: it is parked as before, and can be replayed."""
    return _decide(story.restore, "restored", was="discarded", **asked)


def _decide(
    act: Callable[..., object],
    done: str,
    *,
    ids: Sequence[str],
    cause: str | None,
    services: Sequence[str],
    reason: str,
    limit: int,
    rate: float,
    dry_run: bool,
    as_json: bool,
    was: str = "parked",
) -> int:
    if bool(ids) == bool(cause):
        raise click.UsageError("Name some IDS or one --cause, not both.")
    with world.opened(services) as running:
        frozen = _find(running, ids)[:limit] if ids else _of_cause(running, cause or "", was, limit)
        if not frozen:
            raise NothingParked(cause=cause) if was == "parked" else NothingDiscarded(cause=cause)
        count, refused = (0, []) if dry_run else _act(act, frozen, reason=reason, rate=rate)
    if as_json:
        output.document({"found": len(frozen), done: count, "refused": refused})
    elif dry_run:
        click.echo(f"{len(frozen)} would be {done}; nothing was changed.")
    else:
        click.echo(f"{count} of {len(frozen)} {done}.")
        for each in refused:
            click.echo(f"  {each['id']}: {each['why']}")
    broken_off = not dry_run and count + len(refused) < len(frozen)
    return shape.INTERRUPTED if broken_off else shape.REFUSED if refused else shape.OK


class NothingParked(errors.NotFound):
    """Nothing of the cause "{cause}" is parked in these services."""

    code = "nothing-parked"


class NothingDiscarded(errors.NotFound):
    """Nothing of the cause "{cause}" was discarded in these services."""

    code = "nothing-discarded"


def _act(
    act: Callable[..., object], frozen: Iterable[Found], *, reason: str, rate: float
) -> tuple[int, list[dict[str, str]]]:
    """One transaction each; what cannot be decided any more is reported and does not stop the others.

    Returns how many were decided and what was refused; Ctrl-C ends it after the one in hand.
    """
    count, refused = 0, list[dict[str, str]]()
    with contextlib.suppress(KeyboardInterrupt):
        for number, found in enumerate(frozen):
            if number:
                time.sleep(1 / rate)
            try:
                with found.database.work(actor=world.operator()) as unit:
                    act(unit, found.id, reason=reason)
                count += 1
            except story.ReasonMissing:
                raise
            except errors.Refused as error:
                refused.append({"id": found.id, "why": str(error)})
    return count, refused


def _find(running: process.Process, ids: Sequence[str]) -> list[Found]:
    """Where each failure lives. Raises `NoSuchFailure`."""
    found: dict[str, Found] = {}
    for database in running.databases.values():
        with database.reading() as connection:
            for id in connection.execute(sa.select(_f.id).where(_f.id.in_(ids))).scalars():
                found[id] = Found(database, id)
    for id in ids:
        if id not in found:
            raise NoSuchFailure(id=id)
    return [found[id] for id in dict.fromkeys(ids)]


def _of_cause(running: process.Process, cause: str, state: str, limit: int) -> list[Found]:
    """What is in the state of the cause now, oldest first."""
    found: list[Found] = []
    for database in running.databases.values():
        statement = sa.select(_f.id).where(_f.state == state, _f.cause == cause).order_by(_f.failed_at, _f.id)
        with database.reading() as connection:
            found += [Found(database, id) for id in connection.execute(statement.limit(limit - len(found))).scalars()]
        if len(found) >= limit:
            break
    return found


for _command in (list_, show, replay, discard, restore):
    failures.add_command(_command)
