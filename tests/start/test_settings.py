"""Settings that cannot be used: every fault in one sentence, no secret in it, and nothing started."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.runtime import settings
from shared.runtime.cli import shape
from tests.cli.house import House

FAULTS = {
    "STEWARD_PORT": ("eighty", "'eighty' is not a whole number from 1 to 65535"),
    "STEWARD_WEB_THREADS": ("0", "'0' is not a whole number from 1 to 256"),
    "STEWARD_TASK_THREADS": ("-1", "'-1' is not a whole number from 1 to 256"),
    "STEWARD_RETAIN_OUTBOX_DAYS": ("1e3", "'1e3' is not a whole number from 1 to 3650"),
    "STEWARD_DATABASE_URL": ("mysql://root:very-secret@db/steward", "starts with none of postgresql://"),
    "STEWARD_AMQP_URL": ("redis://:very-secret@broker", "starts with none of amqp://, amqps://"),
    "STEWARD_TASKS_AMQP_URL": ("amqp:///", "names no host"),
    "STEWARD_SMTP_URL": ("smtp://u:very-secret@mail:port", "is not a URL"),
    "STEWARD_PUBLIC_URL": ("khach.example.com", "starts with none of http://, https://"),
    "STEWARD_NOTIFY_URL": ("http://", "names no host"),
    "STEWARD_DEMO": ("perhaps", "'perhaps' is none of yes, no"),
    "STEWARD_LOG": ("xml", "'xml' is none of auto, json, console"),
    "STEWARD_LOG_LEVEL": ("loud", "'loud' is none of auto, debug, info, warning, error"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_setting_that_cannot_be_used_is_named_with_what_is_wrong(name: str) -> None:
    value, said = FAULTS[name]
    with pytest.raises(settings.BadSettings) as refused:
        settings.read({name: value})
    assert f"{name}: {said}" in str(refused.value)


def test_every_fault_is_said_at_once_in_one_sentence_without_a_secret(empty: House) -> None:
    done = empty.really("all", env={name: value for name, (value, _) in FAULTS.items()})
    assert done.code == shape.USAGE
    for name, (_, said) in FAULTS.items():
        assert f"{name}: {said}" in done.sentence
    assert "very-secret" not in done.err
    assert not empty.home.exists()


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("amqp://steward:geheim@broker/x\n", encoding="utf-8")
    read = settings.read({"STEWARD_AMQP_URL_FILE": str(secret)})
    assert read.amqp_url == "amqp://steward:geheim@broker/x"
    assert read.tasks_amqp_url == read.amqp_url


def test_a_secret_that_is_given_twice_or_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(settings.BadSettings) as refused:
        settings.read(
            {
                "STEWARD_AMQP_URL": "amqp://b",
                "STEWARD_AMQP_URL_FILE": str(tmp_path / "one"),
                "STEWARD_SMTP_URL_FILE": str(tmp_path / "none"),
                "STEWARD_DEMO_PASSWORD_FILE": str(tmp_path / "binary"),
            }
        )
    said = str(refused.value)
    assert "STEWARD_AMQP_URL_FILE: STEWARD_AMQP_URL is given as well; keep one" in said
    assert f"STEWARD_SMTP_URL_FILE: No such file or directory ({tmp_path / 'none'})" in said
    assert f"STEWARD_DEMO_PASSWORD_FILE: not UTF-8 text ({tmp_path / 'binary'})" in said


def test_an_empty_setting_counts_as_not_given() -> None:
    assert settings.read({"STEWARD_AMQP_URL": "", "STEWARD_PORT": " "}) == settings.read({})


def test_each_service_has_a_database_of_its_own(tmp_path: Path) -> None:
    embedded = settings.read({"STEWARD_HOME": str(tmp_path)})
    assert embedded.database("support") == f"sqlite:///{tmp_path}/data/support.sqlite"
    served = settings.read({"STEWARD_DATABASE_URL": "postgresql://u:p%40ss@db:5433/firm?sslmode=require"})
    assert served.database("support") == "postgresql://u:p%40ss@db:5433/firm_support?sslmode=require"
    assert (
        settings.read({"STEWARD_DATABASE_URL": "postgresql:///"}).database("notify") == "postgresql:///steward_notify"
    )
