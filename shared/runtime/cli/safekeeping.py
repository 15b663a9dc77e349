"""Backup and restore of an embedded home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shared.kernel import moment
from shared.runtime import archive, settings, telemetry
from shared.runtime import backup as saving
from shared.runtime import restore as restoring
from shared.runtime.cli import output


@output.example("steward backup", "steward backup /mnt/second-disk/steward-monday.tar.gz --json")
@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), required=False)
@output.as_json
def backup(target: Path | None, as_json: bool) -> None:
    """Write the whole embedded home (STEWARD_HOME) into one archive, TARGET, while the system runs or rests.

    All databases are copied as of one instant, with keys, mails and files; the writers wait for some milliseconds.
    Default TARGET: steward-<time>.tar.gz here. It holds keys and personal data: keep it where only you can read it, and
    its printed hash elsewhere.
    """
    given = settings.read()
    telemetry.configure(given, quiet=True)
    saving.only_embedded(given)
    time = moment.SystemTime()
    made = saving.make(given.home, target or Path(f"steward-{time.now():%Y%m%dT%H%M%SZ}.tar.gz"), time=time)
    facts = {
        "path": str(made.path),
        "bytes": made.size,
        "sha256": made.sha256,
        "made_at": made.manifest.made_at,
        "files": len(made.manifest.files),
        "waiting": _waiting(made.manifest),
    }
    if as_json:
        output.document(facts)
    else:
        output.facts(facts)


@output.example("STEWARD_HOME=/srv/steward steward restore steward-20261124T031200Z.tar.gz")
@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@output.as_json
def restore(source: Path, as_json: bool) -> None:
    """Fill an empty or new home (STEWARD_HOME) from the archive SOURCE, checked file by file.

    The system goes on from the instant of the backup: what was under way then is finished, mails that were still to be
    sent then are sent. So never start it while the original still runs; and what clients were mailed between the backup
    and the loss of the original, they may be mailed again.
    """
    given = settings.read()
    telemetry.configure(given, quiet=True)
    saving.only_embedded(given)
    found = restoring.into(given.home, source)
    facts = {
        "home": str(given.home),
        "made_at": found.made_at,
        "made_by": f"steward {found.steward}",
        "files": len(found.files),
        "waiting": _waiting(found),
    }
    if as_json:
        output.document(facts)
    else:
        output.facts(facts)


def _waiting(found: archive.Manifest) -> dict[str, Any]:
    return {name: facts["waiting"] for name, facts in found.databases.items()}
