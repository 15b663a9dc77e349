"""Backup of an embedded home into one archive, while the system runs or rests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from shared.kernel import errors, moment
from shared.runtime import archive, cut, home, settings

LEFT_OUT = ("run", home.LOCK, home.RESTORING)  # what belongs to a process and not to the system
WAITING = {
    "outbox": "select count(*) from outbox where sent_at is null",
    "inbox": "select count(*) from inbox where state in ('ready', 'retry')",
    "tasks": "select count(*) from task where state in ('ready', 'retry', 'running')",
}


class NotEmbedded(errors.Refused):
    """Only an embedded home can be backed up and restored here: with {setting} the data is there and is saved there."""

    code = "not-embedded"


class NothingThere(errors.Refused):
    """There is nothing to back up in {home}: it holds no database."""

    code = "nothing-to-back-up"


class TargetExists(errors.Refused):
    """{path} exists already; a backup never replaces anything."""

    code = "target-exists"


class TargetInside(errors.Refused):
    """{path} lies in the home itself; a backup belongs elsewhere, best on another disk."""

    code = "target-inside-home"


class TargetNotWritable(errors.Refused):
    """{path} cannot be written ({why}). No backup was made."""

    code = "target-not-writable"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup. `sha256` is that of the archive itself."""

    path: Path
    size: int
    sha256: str
    manifest: archive.Manifest


def only_embedded(given: settings.Settings) -> None:
    """Raises `NotEmbedded`."""
    if given.database_url is not None:
        raise NotEmbedded(setting="STEWARD_DATABASE_URL")
    if given.amqp_url is not None:
        raise NotEmbedded(setting="STEWARD_AMQP_URL")


def make(source: Path, target: Path, *, time: moment.Source) -> Made:
    """Write the archive: whole or not at all, readable by its owner only (it holds the keys).

    Raises `NothingThere`, `TargetExists`, `TargetInside`, `TargetNotWritable`, `cut.TooBusy`.
    """
    source, target = source.resolve(), target.absolute()
    if not list((source / "data").glob("*.sqlite")):
        raise NothingThere(home=source)
    if target.exists():
        raise TargetExists(path=target)
    if source in (*target.resolve().parents, target.resolve()):
        raise TargetInside(path=target)
    with _facts_of_disk(target), _partial(target) as partial, tempfile.TemporaryDirectory(dir=target.parent) as staging:
        with cut.taken(source) as at:
            made_at = moment.text(time.now())
            for name in at.databases:
                at.copy(name, Path(staging) / f"{name}.sqlite")
            names, others = at.databases, at.files
        manifest = archive.Manifest(made_at, metadata.version("steward"), {})
        with partial.open("wb") as file:
            writer = archive.Writer(file)
            for name in names:
                copy = Path(staging) / f"{name}.sqlite"
                manifest.databases[name] = _facts(copy)
                writer.add(f"data/{name}.sqlite", copy)
            _add_others(writer, source, others)
            writer.close(manifest)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    return Made(target, target.stat().st_size, _digest(target), manifest)


def _add_others(writer: archive.Writer, source: Path, files: list[Path]) -> None:
    """Keys, letters and whatever else was there; what was deleted meanwhile belonged to nothing any more."""
    for path in files:
        name = path.relative_to(source)
        database = name.parts[0] == "data" and ".sqlite" in name.name  # with its -wal and -shm
        if database or name.parts[0] in LEFT_OUT or name.name.startswith("."):
            continue
        with contextlib.suppress(FileNotFoundError):
            writer.add(name.as_posix(), path)


def _facts(copy: Path) -> dict[str, Any]:
    """The schema's revisions of a copied database, and what waits in it."""
    with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as connection:
        revisions = sorted(row[0] for row in connection.execute("select version_num from alembic_version"))
        waiting = {what: connection.execute(question).fetchone()[0] for what, question in WAITING.items()}
    for left in (copy.with_name(f"{copy.name}-wal"), copy.with_name(f"{copy.name}-shm")):
        left.unlink(missing_ok=True)
    return {"revisions": revisions, "waiting": waiting}


@contextlib.contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A file beside the target that does not survive a failure."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)  # readable by the owner only
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _facts_of_disk(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TargetNotWritable(path=target, why=str(error)) from error
    except OSError as error:
        raise TargetNotWritable(path=target, why=error.strerror or str(error)) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
