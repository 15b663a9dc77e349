"""An address that cannot be had: one sentence, and nothing left behind."""

from __future__ import annotations

import socket

import pytest

from shared.runtime.cli import shape
from tests.cli.house import House
from tests.servers import ports


def test_a_port_in_use_is_refused_and_the_home_is_free_again(house: House) -> None:
    with socket.create_server((ports.LOOPBACK, house.port)):
        done = house.really("all")
    assert done.code == shape.REFUSED
    assert done.sentence == (
        f"The address 127.0.0.1:{house.port} is in use. Stop what listens there, or choose another STEWARD_PORT."
    )
    assert house.up().stop() == 0


def test_a_port_in_use_is_refused_by_the_web_role_too(empty: House) -> None:
    empty.more["STEWARD_DATABASE_URL"] = "postgresql://steward@127.0.0.1:1/steward"
    with socket.create_server((ports.LOOPBACK, empty.port)):
        done = empty.run("web", "support")
    assert done.code == shape.REFUSED
    assert "is in use" in done.sentence


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "::g"])
def test_an_address_that_is_not_this_machines_is_refused(house: House, host: str) -> None:
    done = house.run("all", env={"STEWARD_HOST": host})
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"Nothing can listen on {host}:{house.port} (")


def test_the_address_may_be_of_either_kind(house: House) -> None:
    running = house.start("all", env={"STEWARD_HOST": "::1", "STEWARD_LOG": "json"}).ready()
    with socket.create_connection(("::1", house.port), timeout=5):
        pass
    assert f"http://[::1]:{house.port}" in running.said
    assert running.stop() == 0
