"""Mail as files: whole or not at all, each message once, for its owner's eyes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from services.notify.channel import mail, port
from services.notify.channel.folder import Folder
from tests.unit.notify.letters import letter


def never() -> None:
    raise AssertionError("a file is never in doubt")


def test_a_letter_is_a_file_that_a_mail_program_opens(tmp_path: Path) -> None:
    with Folder(tmp_path / "mail").session() as session:
        outcome = session.send(letter(), transmitting=never)
    assert outcome.kind == port.SENT
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{letter().id}.eml"
    assert file.read_bytes() == mail.build(letter())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_letter_that_is_written_again_is_still_one_file(tmp_path: Path) -> None:
    with Folder(tmp_path).session() as session:
        (tmp_path / f".{letter().id}.part").write_bytes(b"what a killed process left")
        for _ in range(3):
            assert session.send(letter(), transmitting=never).kind == port.SENT
    assert [path.name for path in tmp_path.iterdir()] == [f"{letter().id}.eml"]


def test_a_folder_that_cannot_be_made_is_away(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in its place")
    with pytest.raises(port.Unreachable, match="mail"), Folder(tmp_path / "mail").session():
        pass


def test_a_letter_that_the_disk_does_not_take_waits(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    with Folder(folder).session() as session:
        folder.rmdir()
        outcome = session.send(letter(), transmitting=never)
    assert outcome.kind == port.DEFERRED
    assert str(folder) in outcome.reply
    assert not os.path.lexists(folder)
