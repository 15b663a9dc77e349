"""Backup and restore of a home at rest: everything is there again, and nothing is ever replaced or half there."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.runtime import home as homes
from shared.runtime.cli import shape
from tests.cli import parked
from tests.cli.house import House
from tests.servers import ports


def _tables(house: House, service: str) -> dict[str, Any]:
    """Every row of a database, without the numbers that SQLite keeps for itself."""
    with contextlib.closing(sqlite3.connect(house.home / "data" / f"{service}.sqlite")) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table' order by 1")]
        return {name: connection.execute(f'select * from "{name}"').fetchall() for name in names}


def _filled(house: House) -> House:
    """Something in every place of a home."""
    parked.inbound(house, parked.REQUEST)
    (house.home / "mail").mkdir(exist_ok=True)
    (house.home / "mail" / "0193f1c2.eml").write_text("Kính gửi anh Hường", encoding="utf-8")
    (house.home / "files" / "ab").mkdir(parents=True)
    (house.home / "files" / "ab" / "abcd").write_bytes(bytes(range(256)))
    return house


def _backed_up(house: House, name: str = "backup.tar.gz") -> Path:
    done = house.run("backup", name)
    assert done.code == shape.OK, done.err
    return house.logs / name


def _elsewhere(house: House, name: str = "elsewhere") -> House:
    return House(house.logs / name, house.logs, house.warm)


def _refused(house: House, archive: Path) -> str:
    """A restore that is refused leaves the home as it was. Returns the sentence."""
    before = sorted(house.home.rglob("*")) if house.home.exists() else None
    done = house.run("restore", str(archive))
    assert done.code == shape.REFUSED, done.out + done.err
    assert (sorted(house.home.rglob("*")) if house.home.exists() else None) == before
    return done.sentence


def test_a_restored_home_holds_what_the_saved_one_held(house: House) -> None:
    _filled(house)
    archive = _backed_up(house)
    other = _elsewhere(house)
    done = other.run("restore", str(archive), "--json")
    assert done.code == shape.OK, done.err
    assert done.json["waiting"]["support"]["inbox"] == 1
    for service in ("support", "notify", "gateway"):
        assert _tables(other, service) == _tables(house, service)
    for name in ("keys/gateway.json", "keys/public.json", "mail/0193f1c2.eml", "files/ab/abcd"):
        assert (other.home / name).read_bytes() == (house.home / name).read_bytes()
    assert stat.S_IMODE((other.home / "keys" / "gateway.json").stat().st_mode) == 0o600
    assert not (other.home / homes.RESTORING).exists()
    assert other.run("queues").code == shape.OK


def test_a_backup_tells_its_hash_and_is_for_its_owner_alone(house: House) -> None:
    done = house.run("backup", "--json")
    path = Path(done.json["path"])
    assert path.name.startswith("steward-")
    assert done.json["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each for each in house.logs.iterdir() if each.name.startswith(f".{path.name}")] == [], "left over"


def test_what_belongs_to_a_process_and_not_to_the_system_is_left_out(house: House) -> None:
    (house.home / "run").mkdir()
    (house.home / "run" / "all.alive").write_text("{}")
    (house.home / homes.LOCK).write_text("1")
    (house.home / "mail").mkdir(exist_ok=True)
    (house.home / "mail" / ".0193.part").write_text("half")
    with tarfile.open(_backed_up(house)) as tar:
        names = tar.getnames()
    assert [name for name in names if name.startswith("run") or name.endswith((".part", homes.LOCK))] == []
    assert [name for name in names if name.endswith(("-wal", "-shm"))] == []
    assert names[-1] == "manifest.json"


def test_a_backup_never_replaces_a_file_and_never_lies_in_the_home(house: House) -> None:
    (house.logs / "there.tar.gz").write_text("precious")
    done = house.run("backup", "there.tar.gz")
    assert done.code == shape.REFUSED
    assert "exists already" in done.sentence
    assert (house.logs / "there.tar.gz").read_text() == "precious"
    done = house.run("backup", str(house.home / "mail" / "b.tar.gz"))
    assert done.code == shape.REFUSED
    assert "lies in the home itself" in done.sentence
    done = house.run("backup", "/proc/nowhere/b.tar.gz")
    assert done.code == shape.REFUSED
    assert "cannot be written" in done.sentence


def test_a_home_without_databases_is_not_backed_up(empty: House) -> None:
    empty.home.mkdir()
    done = empty.run("backup")
    assert done.code == shape.REFUSED
    assert "it holds no database" in done.sentence


@pytest.mark.parametrize("line", [("backup",), ("restore", "any.tar.gz")])
@pytest.mark.parametrize(
    ("name", "url"),
    [("STEWARD_DATABASE_URL", "postgresql://steward@db/steward"), ("STEWARD_AMQP_URL", "amqp://steward@broker")],
)
def test_what_lives_on_servers_is_saved_there(house: House, line: tuple[str, ...], name: str, url: str) -> None:
    done = house.run(*line, env={name: url})
    assert done.code == shape.REFUSED
    assert name in done.sentence


def test_a_damaged_database_makes_no_backup(house: House) -> None:
    path = house.home / "data" / "notify.sqlite"
    house.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(raw)
    done = house.run("backup", "b.tar.gz")
    assert done.code == shape.REFUSED
    assert "notify" in done.sentence
    assert not (house.logs / "b.tar.gz").exists()


def test_a_home_that_holds_anything_is_not_restored_into(house: House) -> None:
    archive = _backed_up(house)
    assert "is not empty" in _refused(house, archive)
    other = _elsewhere(house)
    other.home.mkdir()
    (other.home / "something").write_text("of mine")
    assert "is not empty" in _refused(other, archive)


def test_a_home_in_use_is_not_restored_into(house: House) -> None:
    archive = _backed_up(house)
    running = house.start("all", env={"STEWARD_LOG": "json"}).ready()
    assert f"is in use by another Steward process (process {running.pid})" in _refused_running(house, archive)


def _refused_running(house: House, archive: Path) -> str:
    done = house.run("restore", str(archive))
    assert done.code == shape.REFUSED
    return done.sentence


def _cut_off(raw: bytes) -> bytes:
    return raw[: len(raw) * 2 // 3]


def _without_manifest(raw: bytes) -> bytes:
    return _edited(raw, lambda name, _: None if name == "manifest.json" else _)


def _changed(raw: bytes) -> bytes:
    return _edited(raw, lambda name, body: body[:-1] + b"X" if name.endswith("notify.sqlite") else body)


def _one_file_less(raw: bytes) -> bytes:
    return _edited(raw, lambda name, body: None if name == "keys/gateway.json" else body)


def _one_file_more(raw: bytes) -> bytes:
    return _edited(raw, lambda _, body: body, more={"keys/extra.json": b"{}"})


def _leading_out(raw: bytes) -> bytes:
    return _edited(raw, lambda _, body: body, more={"../outside": b"{}"})


def _no_archive(raw: bytes) -> bytes:
    return b"this is no archive"


def _half_a_zip(raw: bytes) -> bytes:
    return gzip.compress(b"not a tar at all, but long enough to be read" * 100)


def _edited(raw: bytes, keep: Callable[[str, bytes], bytes | None], *, more: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(raw)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        entries = [(entry.name, file.read()) for entry in old if (file := old.extractfile(entry))]
        for name, body in [*(more or {}).items(), *entries]:
            kept = keep(name, body)
            if kept is not None:
                info = tarfile.TarInfo(name)
                info.size = len(kept)
                new.addfile(info, io.BytesIO(kept))
    return out.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        _cut_off,
        _without_manifest,
        _changed,
        _one_file_less,
        _one_file_more,
        _leading_out,
        _no_archive,
        _half_a_zip,
        lambda raw: b"",
    ],
)
def test_a_damaged_archive_is_refused_and_leaves_nothing_behind(house: House, damage: Callable[[bytes], bytes]) -> None:
    archive = _backed_up(_filled(house))
    archive.write_bytes(damage(archive.read_bytes()))
    other = _elsewhere(house)
    assert "is damaged or incomplete" in _refused(other, archive)
    assert not other.home.exists()
    assert not (house.logs / "outside").exists()
    other.home.mkdir()
    _refused(other, archive)
    assert list(other.home.iterdir()) == []


def test_an_archive_that_is_not_there_is_said(empty: House) -> None:
    assert "there is no such file" in _refused(empty, empty.logs / "nothing.tar.gz")


def _newer(manifest: dict[str, Any]) -> None:
    manifest["databases"]["notify"]["revisions"] = ["notify_9999"]


def _stranger(manifest: dict[str, Any]) -> None:
    manifest["databases"]["astrology"] = {"revisions": [], "waiting": {}}


def _other_format(manifest: dict[str, Any]) -> None:
    manifest["format"] = 2


@pytest.mark.parametrize("change", [_newer, _stranger, _other_format])
def test_an_archive_of_a_newer_steward_is_refused(house: House, change: Callable[[dict[str, Any]], None]) -> None:
    archive = _backed_up(house)

    def keep(name: str, body: bytes) -> bytes:
        if name != "manifest.json":
            return body
        manifest = json.loads(body)
        change(manifest)
        return json.dumps(manifest).encode()

    archive.write_bytes(_edited(archive.read_bytes(), keep))
    other = _elsewhere(house)
    assert "was made by a newer Steward" in _refused(other, archive)
    assert not other.home.exists()


def test_a_restore_that_was_cut_off_is_no_home_and_begins_anew(house: House) -> None:
    archive = _backed_up(_filled(house))
    other = _elsewhere(house)
    (other.home / homes.RESTORING / "data").mkdir(parents=True)  # as a power failure leaves it: half in place
    (other.home / "keys").mkdir()
    (other.home / "keys" / "gateway.json").write_text("half")
    done = other.run("all")
    assert done.code == shape.REFUSED
    assert "was cut off" in done.sentence
    assert other.run("restore", str(archive)).code == shape.OK
    assert _tables(other, "support") == _tables(house, "support")
    assert json.loads((other.home / "keys" / "gateway.json").read_text())["kid"]


def test_a_restored_home_starts_where_the_saved_one_was(house: House) -> None:
    parked.inbound(house, {**parked.REQUEST, "topic": "no such topic"})  # waits in the inbox when the backup is made
    archive = _backed_up(house)
    other = _elsewhere(house)
    assert other.run("restore", str(archive)).code == shape.OK
    running = other.start("all", env={"STEWARD_LOG": "json"}).ready()
    ports.until(
        lambda: other.run("failures", "list", "--json").json != [],
        timeout_s=30,
        what="the event that waited",
        alive=lambda: running.alive,
    )
    (group,) = other.run("failures", "list", "--json").json
    assert (group["cause"], group["count"]) == (parked.CAUSE, 1)
    assert running.stop() == 0
