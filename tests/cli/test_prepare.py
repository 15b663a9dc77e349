"""Migrations, keys and topology at the terminal."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import sqlalchemy as sa

from shared.bus import look, topology
from shared.runtime import manifest
from shared.runtime.cli import shape
from tests.cli.house import House


def test_migrate_brings_every_database_up_to_date_and_says_what_ran(empty: House) -> None:
    first = empty.run("migrate", "--json")
    assert first.code == shape.OK
    ran = {row["service"]: row["ran"] for row in first.json}
    assert list(ran) == list(manifest.existing())
    assert all("shared_0001" in revisions for revisions in ran.values())
    assert [row["ran"] for row in empty.run("migrate", "--json").json] == [[]] * len(ran)


def test_migrate_check_changes_nothing_and_its_code_says_what_it_found(house: House) -> None:
    assert house.run("migrate", "--check").code == shape.OK
    with house.database("support").work() as unit:
        unit.execute(sa.text("delete from alembic_version where version_num like 'support%'"))
    done = house.run("migrate", "--check", "--json")
    assert done.code == shape.FOUND
    pending = {row["service"]: row["pending"] for row in done.json}
    assert "support_0001" in pending["support"]
    assert pending["notify"] == []


def test_migrate_check_of_what_is_not_there_yet_makes_nothing(empty: House) -> None:
    done = empty.run("migrate", "--check", "--json")
    assert done.code == shape.FOUND
    assert all("shared_0001" in row["pending"] for row in done.json)
    assert not empty.home.exists()


def test_one_service_may_be_migrated_alone(empty: House) -> None:
    assert [row["service"] for row in empty.run("migrate", "notify", "--json").json] == ["notify"]
    assert [path.name for path in (empty.home / "data").glob("*.sqlite")] == ["notify.sqlite"]


def test_keys_are_made_once_and_the_secret_one_is_for_its_owner_alone(empty: House) -> None:
    facts = empty.run("keys", "--json").json
    secret, public = empty.home / "keys" / "gateway.json", empty.home / "keys" / "public.json"
    assert facts == {"secret": str(secret), "public": str(public)}
    before = secret.read_bytes()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "d" not in json.loads(public.read_text())["keys"][0], "the public file holds the private part"
    assert empty.run("keys").code == shape.OK
    assert secret.read_bytes() == before


def test_the_public_keys_are_given_to_services_without_the_secret_one(empty: House, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    facts = empty.run("keys", "--public-to", str(folder), "--json").json
    assert facts["given"] == str(folder / "public.json")
    assert [path.name for path in folder.iterdir()] == ["public.json"]
    assert (folder / "public.json").read_bytes() == (empty.home / "keys" / "public.json").read_bytes()
    assert stat.S_IMODE((folder / "public.json").stat().st_mode) == 0o644
    assert empty.run("keys", "--public-to", str(folder)).code == shape.OK


def test_topology_needs_a_broker(house: House) -> None:
    done = house.run("topology")
    assert done.code == shape.REFUSED
    assert "set STEWARD_AMQP_URL" in done.sentence


def test_topology_declares_what_the_manifests_say_and_unbinds_what_is_gone(house: House, amqp_url: str) -> None:
    house.more["STEWARD_AMQP_URL"] = amqp_url
    first = house.run("topology", "--json")
    assert first.code == shape.OK, first.err
    assert "queue steward.notify" in first.json
    assert not [line for line in first.json if line.startswith("unbound")]
    with house.database("notify").work() as unit:  # as an earlier version left it
        unit.execute(
            sa.text("insert into bus_binding (exchange, routing_key) values ('steward.events', 'support.old.thing')")
        )
    again = house.run("topology", "--json").json
    assert [line for line in again if line.startswith("unbound")] == [
        "unbound steward.events support.old.thing -> steward.notify"
    ]
    names = (topology.queue_name("notify"), topology.queue_name("intake"))
    seen = look.queues(amqp_url, names)
    assert seen[names[0]] is not None
    assert seen[names[1]] is None, "a service that does not exist yet has a queue"


def test_a_broker_that_is_away_is_named_without_its_password(house: House) -> None:
    house.more["STEWARD_AMQP_URL"] = "amqp://steward:very-secret@127.0.0.1:1"
    done = house.run("topology")
    assert done.code == shape.AWAY
    assert done.sentence.startswith("The message broker at 127.0.0.1:1 does not answer (")
    assert "very-secret" not in done.out + done.err


def test_a_database_that_is_away_is_named_without_its_password(empty: House) -> None:
    empty.more["STEWARD_DATABASE_URL"] = "postgresql://steward:very-secret@127.0.0.1:1/steward"
    for line in (("migrate",), ("queues",), ("failures", "list")):
        done = empty.run(*line)
        assert done.code == shape.AWAY
        assert done.sentence.startswith("The database at 127.0.0.1:1 does not answer (")
        assert "very-secret" not in done.out + done.err


def test_a_home_of_a_newer_version_is_a_sentence_and_stays_as_it_is(house: House) -> None:
    with house.database("support").work() as unit:
        unit.execute(
            sa.text("update alembic_version set version_num = 'support_9999' where version_num like 'support%'")
        )
    for line in (("all",), ("migrate",), ("queues",), ("failures", "list")):
        done = house.run(*line)
        assert done.code == shape.REFUSED, done.err
        assert done.sentence.startswith("The database of support was made by a newer version of this program")
    assert house.count("support", sa.text("select count(*) from alembic_version where version_num = 'support_9999'"))
