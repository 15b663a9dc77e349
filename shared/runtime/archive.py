"""The archive of a home: a gzipped tar of its files, ending with a manifest that holds the hash of each.

The manifest comes last, so an archive that was cut off has none and is never mistaken for a whole one. The hashes find
damage; whoever must fear more than damage keeps the archive's own hash, which `steward backup` prints, elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from shared.kernel import errors

FORMAT = 1
MANIFEST = "manifest.json"
MODE = 0o600
CHUNK = 1024 * 1024


class Damaged(errors.Refused):
    """The archive {path} is damaged or incomplete ({why}). Nothing was restored."""

    code = "archive-damaged"


class Unknown(errors.Refused):
    """The archive {path} was made by a newer Steward ({why}). Restore it with that one."""

    code = "archive-too-new"


@dataclass
class Manifest:
    """What an archive holds. `databases` has, per service, its schema's revisions and how many rows wait where."""

    made_at: str
    steward: str
    databases: dict[str, dict[str, Any]]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)


class Writer:
    """Writes one archive. Use `add` for each file, then `close`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w:gz", compresslevel=6)  # noqa: SIM115 - closed by `close`
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file under its name in the home. Raises FileNotFoundError when it is gone, having written nothing."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            hashing = _Hashing(file)
            self._tar.addfile(_entry(name, size), hashing)  # type: ignore[arg-type]
        self.files[name] = {"size": size, "sha256": hashing.digest.hexdigest()}

    def close(self, manifest: Manifest) -> None:
        """Add the manifest and end the archive."""
        manifest.files = self.files
        body = json.dumps({"format": FORMAT, **vars(manifest)}, ensure_ascii=False, indent=1).encode()
        self._tar.addfile(_entry(MANIFEST, len(body)), io.BytesIO(body))
        self._tar.close()


class _Hashing:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, MODE
    return entry


def unpack(path: Path, into: Path) -> Manifest:
    """Write an archive's files below an empty folder, and check every one. Raises `Damaged`, `Unknown`, OSError."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        for entry, body in _entries(path):
            if manifest is not None:
                raise Damaged(path=path, why=f"{entry.name} stands behind the manifest")
            if entry.name == MANIFEST:
                manifest = json.loads(body.read())
            else:
                found[entry.name] = _write(body, into / _safe(path, entry))
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise Damaged(path=path, why=str(error) or type(error).__name__) from error
    if manifest is None:
        raise Damaged(path=path, why="its end is missing")
    if manifest.pop("format", None) != FORMAT:
        raise Unknown(path=path, why="another format of archives")
    read = Manifest(**manifest)
    _compare(path, read.files, found)
    return read


def _entries(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    try:
        tar = tarfile.open(path, mode="r|gz")  # noqa: SIM115 - closed below
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise Damaged(path=path, why=error.strerror) from error
        raise
    with tar:
        for entry in tar:
            body = tar.extractfile(entry)
            if not entry.isreg() or body is None:
                raise Damaged(path=path, why=f"{entry.name} is no plain file")
            yield entry, body


def _safe(path: Path, entry: tarfile.TarInfo) -> PurePosixPath:
    """A name that stays inside the folder."""
    name = PurePosixPath(entry.name)
    if name.is_absolute() or ".." in name.parts or not name.parts or "\0" in entry.name:
        raise Damaged(path=path, why=f"{entry.name} leads out of the home")
    return name


def _write(body: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb") as file:
        while part := body.read(CHUNK):
            digest.update(part)
            size += len(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return {"size": size, "sha256": digest.hexdigest()}


def _compare(path: Path, said: dict[str, Any], found: dict[str, Any]) -> None:
    for name in sorted(said.keys() | found.keys()):
        if said.get(name) != found.get(name):
            raise Damaged(path=path, why=f"{name} is not what the manifest says")
