"""Restoring an archive into an empty home.

The files are unpacked and checked inside the home, below a folder that marks it as half restored; only then do they
take their places, and the mark goes last. A restore that was cut off is begun anew; no start can mistake it for a home.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from alembic.script import ScriptDirectory

from shared.kernel import errors
from shared.runtime import archive, home, manifest
from shared.store import migrate


class HomeNotEmpty(errors.Refused):
    """The home {home} is not empty. A restore never replaces anything: name an empty or new folder as STEWARD_HOME."""

    code = "home-not-empty"


def into(target: Path, source: Path) -> archive.Manifest:
    """Fill an empty or new home from an archive, or leave it as it was.

    Raises `HomeNotEmpty`, `home.HomeInUse`, `home.HomeNotWritable`, `home.HomeFull`, `archive.Damaged`,
    `archive.Unknown`.
    """
    if not source.is_file():
        raise archive.Damaged(path=source, why="there is no such file")
    existed = target.exists()
    if existed and not (target / home.LOCK).exists():
        _refuse_full(target)
    with home.claimed(target):
        _refuse_full(target)
        try:
            with home.facts_of_disk(target):
                _wipe(target)
                staging = target / home.RESTORING
                staging.mkdir(mode=home.MODE)
                found = archive.unpack(source, staging)
            _judge(source, staging, found)
            with home.facts_of_disk(target):
                _place(staging, target)
        except BaseException:
            with suppress(OSError):
                _wipe(target)
                (target / home.LOCK).unlink(missing_ok=True)
                if not existed:
                    target.rmdir()
            raise
    return found


def _refuse_full(target: Path) -> None:
    """What stands beside the mark of a restore that was cut off came from that restore."""
    names = {path.name for path in target.iterdir()}
    if names - {home.LOCK} and home.RESTORING not in names:
        raise HomeNotEmpty(home=target)


def _wipe(target: Path) -> None:
    for path in sorted(target.iterdir(), key=lambda each: each.name == home.RESTORING):  # the mark goes last
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != home.LOCK:
            path.unlink()


def _judge(source: Path, staging: Path, found: archive.Manifest) -> None:
    """Whether this code can go on with it."""
    for name, facts in found.databases.items():
        if name not in manifest.existing():
            raise archive.Unknown(path=source, why=f"there is no service {name} here")
        if newer := set(facts["revisions"]) - _known(name):
            raise archive.Unknown(path=source, why=f"the database of {name} has {', '.join(sorted(newer))}")
        with closing(sqlite3.connect(staging / "data" / f"{name}.sqlite")) as connection:
            if (said := connection.execute("pragma quick_check").fetchone()) != ("ok",):
                raise archive.Damaged(path=source, why=f"the database of {name}: {said}")


def _known(service: str) -> set[str]:
    """Every revision that this code has of a service's schema."""
    return {each.revision for each in ScriptDirectory.from_config(migrate.config(service)).walk_revisions()}


def _place(staging: Path, target: Path) -> None:
    """Move everything to where it belongs, durably, the mark last."""
    _sync(path for path in (staging, *staging.rglob("*")) if path.is_dir())
    for path in sorted(staging.iterdir()):
        path.rename(target / path.name)
    _sync([target])
    staging.rmdir()
    _sync([target])


def _sync(folders: Iterable[Path]) -> None:
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
