"""Keys that are missing or cannot be read: the file is named, and nothing is started with half of them."""

from __future__ import annotations

import pytest

from shared.runtime.cli import shape
from tests.cli.house import House
from tests.servers import ports


@pytest.mark.parametrize(
    ("name", "content"), [("gateway.json", "{"), ("public.json", "[]"), ("gateway.json", "{}"), ("public.json", "")]
)
def test_the_whole_system_does_not_start_without_its_keys(house: House, name: str, content: str) -> None:
    file = house.home / "keys" / name
    file.write_text(content)
    done = house.run("all")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"The key file {file} cannot be read (")
    assert not ports.listening(house.port)
    assert file.read_text() == content, "a key that cannot be read was replaced"


def test_a_secret_key_that_cannot_be_read_is_not_replaced_when_the_public_one_is_missing(house: House) -> None:
    secret, public = house.home / "keys" / "gateway.json", house.home / "keys" / "public.json"
    secret.write_text("{")
    public.unlink()
    for line in (("all",), ("keys",)):
        done = house.run(*line)
        assert done.code == shape.REFUSED
        assert done.sentence.startswith(f"The key file {secret} cannot be read (")
    assert secret.read_text() == "{"
    assert not public.exists()


@pytest.mark.parametrize(("service", "name"), [("support", "public.json"), ("gateway", "gateway.json")])
def test_a_web_role_does_not_start_without_its_keys(empty: House, database_url: str, service: str, name: str) -> None:
    empty.more["STEWARD_DATABASE_URL"] = database_url
    assert empty.run("migrate", service).code == shape.OK
    assert empty.run("keys").code == shape.OK
    (empty.home / "keys" / name).unlink()
    done = empty.run("web", service)
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"The key file {empty.home / 'keys' / name} cannot be read (")


def test_a_damaged_database_is_said_and_kept(house: House) -> None:
    file = house.home / "data" / "notify.sqlite"
    file.write_bytes(b"this is no database" * 1000)
    before = file.read_bytes()
    done = house.run("all")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"A database in {house.home / 'data'} is damaged (")
    assert file.read_bytes() == before
