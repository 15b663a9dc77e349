"""The simulation at the terminal."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from services.gateway import clients
from services.gateway.demo import commands as demo
from services.gateway.directory.staff.model import Staff
from services.gateway.simulation import checking, model, pacing, playing
from shared.kernel import errors, moment
from shared.runtime import declare, embedded, home, manifest, procedures, process, reach, settings, telemetry
from shared.runtime.cli import output, shape
from shared.store import migrate
from shared.web import tokens

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PLACES = (model.Place("hai-phong", "vi", 45), model.Place("sai-gon", "vi", 30), model.Place("thuong-hai", "zh", 25))
WEEK = timedelta(days=7)  # how far ahead of today the simulated day lies, so that it is never mistaken for a real one
SHOWN = 30  # findings printed; all with --json


class NotEmpty(errors.Refused):
    """{home} is not empty. A simulation starts from nothing: name another folder with --home."""

    code = "not-empty"


@output.example("steward simulate --requests 200", "steward simulate --requests 2000 --speed 60 --home /tmp/day")
@click.command()
@click.option("--requests", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Of the whole day.")
@click.option("--speed", type=click.FloatRange(1, 3600), help="Times faster than real; none: as fast as it can.")
@click.option("--seed", default=1, show_default=True, help="The same number makes the same day.")
@click.option("--home", "folder", type=click.Path(path_type=Path), help="An empty folder (default: var/simulation).")
@output.as_json
def simulate(requests: int, speed: float | None, seed: int, folder: Path | None, as_json: bool) -> int:
    """Play a company's day: clients ask, staff work, clients answer; then look at every promise.

    Runs a system of its own in a folder of its own, with the demo company; nothing of it meets a real client. Exit code
    1 when something was found: a clock that is not explained, a client told twice or not at all, work left over.
    """
    given = _settings(folder)
    telemetry.configure(given, quiet=True)
    day = _midnight() + WEEK
    started = time.monotonic()
    with _system(given, day, speed) as (running, pace):
        player = _player(running, pace)
        player.progress = _say(as_json)
        visits = model.plan(requests, day=day, places=PLACES, seed=seed)
        player.play(visits, until=day + model.DAY_ENDS)
        verdict = checking.check(player, running)
    took = time.monotonic() - started
    return _report(verdict, player, took, as_json)


def _settings(folder: Path | None) -> settings.Settings:
    given = settings.read()
    target = (folder or given.home / "simulation").absolute()
    if target.exists() and any(target.iterdir()):
        raise NotEmpty(home=target)
    return dataclasses.replace(given, home=target, smtp_url=None)


def _midnight() -> datetime:
    return datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


@contextlib.contextmanager
def _system(
    given: settings.Settings, day: datetime, speed: float | None
) -> Iterator[tuple[process.Process, pacing.Pace]]:
    """A system of its own, at the dawn of the simulated day."""
    names, dawn = manifest.existing(), day + timedelta(hours=min(model.ARRIVALS)) - timedelta(minutes=10)
    clock = moment.FastTime(dawn, speed) if speed else moment.ManualTime(dawn)
    with home.opened(given.home):
        tokens.ensure_key(given.home / "keys" / "gateway.json")
        with reach.database(given):
            for name in names:
                migrate.upgrade(given.database(name), name)
        if given.amqp_url:
            with reach.broker(given):
                declare.topology(given)
        running = embedded.assemble(given, names, time=clock)
        for name in names:
            procedures.install(given, running.databases[name])
        demo.make(running.databases["gateway"], secrets.token_urlsafe())
        try:
            if isinstance(clock, moment.FastTime):
                running.start()
                yield running, pacing.Running(running, clock)
            else:
                yield running, pacing.Stepped(running, clock)
        finally:
            running.stop()


def _player(running: process.Process, pace: pacing.Pace) -> playing.Player:
    with running.databases["gateway"].reading() as connection:
        members = demo.members(connection)
    staff: dict[str, list[Staff]] = {place.unit: [] for place in PLACES}
    for person in sorted(members, key=lambda each: "lead" not in each.roles):
        if person.unit in staff:
            staff[person.unit].append(person)
    pace.quiet()  # the services know the people
    return playing.Player(clients.Clients(running.apps(), running.signer()), staff, running.time, pace)


def _say(as_json: bool) -> playing.Progress:
    def say(done: int, of: int, at: datetime) -> None:
        if not as_json:
            click.echo(f"{at.astimezone(ZONE):%H:%M}  {done} of {of} requests have arrived", err=True)

    return say


def _report(verdict: checking.Verdict, player: playing.Player, took: float, as_json: bool) -> int:
    facts = {
        "requests": verdict.requests,
        "calls": sum(player.calls.values()),
        "verbs": len(verdict.verbs),
        "away": player.away,
        "clocks": verdict.clocks,
        "late": verdict.late,
        "messages": verdict.messages,
        "findings": len(verdict.findings),
        "real_seconds": round(took, 1),
        "seconds_behind_at_most": round(player.behind.total_seconds(), 1),
    }
    if as_json:
        output.document({**facts, "by_verb": dict(sorted(verdict.verbs.items())), "found": verdict.findings})
    else:
        output.facts(facts)
        for line in verdict.findings[:SHOWN]:
            click.echo(line, err=True)
        if len(verdict.findings) > SHOWN:
            click.echo(f"... and {len(verdict.findings) - SHOWN} more; all with --json", err=True)
    return shape.FOUND if verdict.findings else shape.OK


COMMANDS = (simulate,)
