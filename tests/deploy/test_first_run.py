"""The secrets that a first start makes: all that the compose file asks for, each random, never made twice."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.runtime import settings
from tests.deploy import composed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the compose folder in which nobody started anything yet."""
    shutil.copytree(composed.FOLDER, tmp_path / "compose", ignore=shutil.ignore_patterns("secrets", ".env"))
    return tmp_path / "compose"


def first_run(folder: Path) -> dict[str, str]:
    """Run it; returns what is in each secret."""
    subprocess.run([str(folder / "first-run")], check=True, capture_output=True, timeout=60)
    return {each.name: each.read_text().strip() for each in (folder / "secrets").iterdir() if each.is_file()}


def test_every_secret_of_the_compose_file_is_made(folder: Path) -> None:
    made = first_run(folder)
    wanted = {Path(each["file"]).name for each in composed.COMPOSE["secrets"].values()}
    assert set(made) == wanted
    assert (folder / "secrets" / "imap").is_dir()


def test_what_is_there_stays(folder: Path) -> None:
    before = first_run(folder)
    (folder / "secrets" / "smtp_url").unlink()
    (folder / "secrets" / "smtp_url").write_text("smtps://me:word@mail.example.com\n")
    after = first_run(folder)
    assert after.pop("smtp_url") == "smtps://me:word@mail.example.com"
    before.pop("smtp_url")
    assert after == before


def test_no_two_installations_share_a_password(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    one, two = first_run(folder), first_run(other)
    for name in ("postgres_password", "database_password", "rabbitmq.conf", "database_url", "amqp_url"):
        assert one[name] != two[name]
    assert len(one["postgres_password"]) == len(one["database_password"]) == 40


def test_the_roles_log_in_with_what_the_servers_were_told(folder: Path) -> None:
    made = first_run(folder)
    assert urlsplit(made["database_url"]).password == made["database_password"]
    assert f"default_pass = {urlsplit(made['amqp_url']).password}" in made["rabbitmq.conf"].splitlines()


def test_the_folder_is_its_owners_and_the_files_are_readable_to_whom_they_are_handed(folder: Path) -> None:
    first_run(folder)
    secrets = folder / "secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in secrets.iterdir() if each.is_file()} == {0o444}


@pytest.mark.parametrize("name", composed.OURS)
def test_every_role_can_read_its_settings(folder: Path, name: str) -> None:
    first_run(folder)
    given = {
        key: str(value).replace("/run/secrets", str(folder / "secrets"))
        for key, value in composed.OURS[name]["environment"].items()
        if not str(value).startswith("${")
    }
    read = settings.read(given)
    if "STEWARD_DATABASE_URL_FILE" in given:
        assert read.database("support").endswith("@postgres/steward_support")


def test_git_takes_none_of_it() -> None:
    ignored = (composed.ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"deploy/compose/secrets/", ".env"} <= set(ignored)
