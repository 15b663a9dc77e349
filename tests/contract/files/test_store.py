"""The contract of a store of files. An adapter that is added is added to `store`."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from shared.files import local, port
from shared.kernel import errors, moment

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
BODY = "Báo giá".encode()
HASH = hashlib.sha256(BODY).hexdigest()
DAY = timedelta(days=1)


@pytest.fixture
def time() -> moment.ManualTime:
    return moment.ManualTime(START)


@pytest.fixture(params=["one place", "two places"])
def store(request: pytest.FixtureRequest, tmp_path: Path, time: moment.ManualTime) -> local.Local:
    second = tmp_path / "second" if request.param == "two places" else None
    return local.Local(tmp_path / "first", second=second, time=time)


def _put(store: port.Store, body: bytes = BODY, **more: object) -> port.Stored:
    return store.put(io.BytesIO(body), 1000, **more)  # type: ignore[arg-type]


def _read(store: port.Store, hash: str) -> bytes:
    with store.open(hash) as file:
        return file.read()


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_was_put_is_given_back_under_its_hash(store: port.Store) -> None:
    assert _put(store) == port.Stored(HASH, len(BODY))
    assert _put(store) == port.Stored(HASH, len(BODY))
    assert _read(store, HASH) == BODY


def test_what_was_never_put_is_not_there_whatever_the_name(store: port.Store) -> None:
    for name in (HASH, "../../etc/passwd", "", "0" * 63, HASH.upper()):
        with pytest.raises(port.NotKept):
            store.open(name)


def test_more_than_the_limit_is_refused_and_nothing_is_kept(store: port.Store, tmp_path: Path) -> None:
    assert store.put(io.BytesIO(bytes(1000)), 1000).size == 1000
    before = _files(tmp_path)
    with pytest.raises(errors.TooLarge):
        store.put(io.BytesIO(bytes(1001)), 1000)
    assert _files(tmp_path) == before


def test_what_the_check_refuses_is_not_kept(store: port.Store, tmp_path: Path) -> None:
    def refuse(file: BinaryIO) -> None:
        assert file.read() == BODY  # it sees everything, from the beginning
        raise errors.Invalid

    with pytest.raises(errors.Invalid):
        _put(store, check=refuse)
    assert _files(tmp_path) == []


class _Breaking(io.RawIOBase):
    """A sender who goes away in the middle."""

    def __init__(self) -> None:
        self.parts = iter([b"half of"])

    def read(self, size: int = -1, /) -> bytes:
        for part in self.parts:
            return part
        raise ConnectionResetError("gone")


def test_a_sender_who_goes_away_leaves_nothing(store: port.Store, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(_Breaking(), 1000)
    assert _files(tmp_path) == []


def test_a_process_that_dies_between_writing_and_renaming_leaves_nothing_under_the_hash(
    store: port.Store, tmp_path: Path, time: moment.ManualTime
) -> None:
    def die(_file: BinaryIO) -> None:
        os._exit(9)  # no cleaning up, as when the power goes

    child = os.fork()
    if child == 0:
        _put(store, check=die)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with pytest.raises(port.NotKept):
        store.open(HASH)
    halves = [name for name in _files(tmp_path) if name.rpartition("/")[2].startswith(local.HALF)]
    assert halves
    for name in halves:  # a file's own time is the disk's
        os.utime(tmp_path / name, (START.timestamp(), START.timestamp()))
    assert list(store.older(START + DAY)) == []
    assert _files(tmp_path) == []


def test_a_file_that_is_not_what_was_kept_is_found_and_not_given_out(tmp_path: Path, time: moment.ManualTime) -> None:
    store = local.Local(tmp_path, time=time)
    _put(store)
    (tmp_path / HASH[:2] / HASH[2:]).write_bytes(b"something else")
    with pytest.raises(port.Damaged):
        store.open(HASH)
    _put(store)  # whoever sends it again makes it good
    assert _read(store, HASH) == BODY


def test_the_second_place_has_it_before_it_is_acknowledged_and_stands_in(
    tmp_path: Path, time: moment.ManualTime
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    store = local.Local(first, second=second, time=time)
    _put(store)
    place = f"{HASH[:2]}/{HASH[2:]}"
    assert (second / place).read_bytes() == (first / place).read_bytes() == BODY
    (first / place).write_bytes(b"damaged")
    assert _read(store, HASH) == BODY
    (first / place).unlink()
    assert _read(store, HASH) == BODY
    (second / place).unlink()
    with pytest.raises(port.NotKept):
        store.open(HASH)


def test_a_second_place_that_is_away_keeps_nothing_and_says_so(tmp_path: Path, time: moment.ManualTime) -> None:
    (tmp_path / "second").write_text("no folder")
    store = local.Local(tmp_path / "first", second=tmp_path / "second", time=time)
    with pytest.raises(port.Away):
        _put(store)
    assert _files(tmp_path) == ["second"]


def test_only_what_nobody_put_since_is_deleted(store: port.Store, tmp_path: Path, time: moment.ManualTime) -> None:
    _put(store)
    time.move(DAY)
    assert set(store.older(time.now())) == {HASH}
    _put(store)  # somebody sends the same just before it is swept
    assert list(store.older(time.now())) == []
    assert store.delete(HASH, before=time.now()) is False
    assert _read(store, HASH) == BODY
    time.move(DAY)
    assert store.delete(HASH, before=time.now()) is True
    assert store.delete(HASH, before=time.now()) is False
    assert _files(tmp_path) == []


def test_many_at_once_put_the_same(store: port.Store) -> None:
    threads = [threading.Thread(target=_put, args=(store, BODY * 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _read(store, hashlib.sha256(BODY * 10).hexdigest()) == BODY * 10


class _Counting:
    """A sender of many bytes, who sees how much is asked for at a time."""

    def __init__(self, size: int) -> None:
        self.left, self.most = size, 0

    def read(self, size: int = -1, /) -> bytes:
        self.most = max(self.most, size) if size >= 0 else 10**12
        part = bytes(min(size, self.left))
        self.left -= len(part)
        return part


def test_a_large_file_is_never_whole_in_memory(store: port.Store) -> None:
    sender = _Counting(5 * 1024 * 1024)
    assert store.put(sender, 10 * 1024 * 1024).size == 5 * 1024 * 1024
    assert sender.most <= port.CHUNK


def test_nobody_else_may_read_what_clients_sent(store: port.Store, tmp_path: Path) -> None:
    _put(store)
    modes: Iterator[int] = (path.stat().st_mode & 0o077 for path in tmp_path.rglob("*"))
    assert set(modes) == {0}
