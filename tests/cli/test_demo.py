"""The demo company at the terminal and at the first start."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.demo import commands, people
from services.gateway.demo.requests import REQUESTS
from services.gateway.directory.password import hashing
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import commands as units
from services.support.ticket import tables as tickets
from shared.runtime.cli import shape
from tests.cli.house import Done, House
from tests.cli.warm import Warm

SHOWN = re.compile(r"with the password (\S+) \(shown once\)")
WANTED = Counter(request.state for request in REQUESTS)


def states(house: House) -> Counter[str]:
    with house.database("support").reading() as connection:
        return Counter(row.state for row in connection.execute(tickets.ticket.select()))


def right(house: House, box: str, password: str) -> bool:
    with house.database("gateway").reading() as connection:
        person = staff_tables.load_by_mail(connection, f"{box}@{people.DOMAIN}")
        return hashing.verify(staff_tables.hashed(connection, person.id), password).right


def mails(house: House) -> int:
    return len(list((house.home / "mail").glob("*.eml")))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> tuple[Path, Done]:
    """A home that did not exist before `steward demo`, and what that said. To be copied."""
    folder = tmp_path_factory.mktemp("demo")
    house = House(folder / "home", folder, warm)
    done = house.run("demo")
    house.close()
    return house.home, done


@pytest.fixture
def filled(demo: tuple[Path, Done], empty: House) -> House:
    """A house with the demo, of its own."""
    shutil.copytree(demo[0], empty.home)
    return empty


def test_the_demo_fills_a_stopped_system_and_its_mails_leave(demo: tuple[Path, Done], filled: House) -> None:
    done = demo[1]
    assert (done.code, done.err) == (shape.OK, "")
    found = SHOWN.search(done.out)
    assert found
    assert right(filled, "huong.nguyen", found[1])
    assert right(filled, "wang.xiaoming", found[1])
    assert states(filled) == WANTED
    assert mails(filled) > len(REQUESTS)
    for line in ("huong.nguyen@son-ca.example", "王小明", "/sign-in"):
        assert line in done.out


def test_the_demo_again_changes_nothing(filled: House) -> None:
    before = (states(filled), mails(filled), filled.run("staff", "list", "--json").json)
    again = filled.run("demo")
    assert again.code == shape.OK
    assert SHOWN.search(again.out) is None
    assert (states(filled), mails(filled), filled.run("staff", "list", "--json").json) == before


def test_what_somebody_did_with_the_demo_stays(filled: House) -> None:
    with filled.database("support").work() as work:
        work.execute(tickets.ticket.update().where(tickets.ticket.c.reference == "DEMO-01").values(state="classified"))
    with filled.database("gateway").work() as work:
        gone = staff_tables.load_by_mail(work.connection, f"li.na@{people.DOMAIN}")
        staff.deactivate(work, gone.id)
    assert filled.run("demo", "--new-password").code == shape.OK
    with filled.database("support").reading() as connection:
        row = connection.execute(tickets.ticket.select().where(tickets.ticket.c.reference == "DEMO-01")).one()
    assert row.state == "classified"
    with filled.database("gateway").reading() as connection:
        assert staff_tables.load(connection, gone.id).active is False


def test_the_demo_takes_the_password_it_is_given_and_says_no_secret(empty: House) -> None:
    first = empty.run("demo", env={"STEWARD_DEMO_PASSWORD": "demo-ngan"})
    assert "demo-ngan" not in first.out
    assert "STEWARD_DEMO_PASSWORD" in first.out
    assert right(empty, "nam.le", "demo-ngan")
    facts = empty.run("demo", "--new-password", "--json").json
    assert facts["new"] is False
    assert right(empty, "nam.le", facts["password"])
    assert right(empty, "mai.do", facts["password"])


def test_the_demo_never_takes_the_place_of_a_real_unit(house: House) -> None:
    with house.database("gateway").work() as work:
        units.open_(work, code="bien-xanh", kind="company", title="Biển Xanh", country="VN")
        units.open_(work, code="hai-phong", kind="branch", title="HP", country="VN", parent="bien-xanh")
    done = house.run("demo")
    assert done.code == shape.REFUSED
    assert "a real unit is called hai-phong already" in done.sentence
    with house.database("gateway").reading() as connection:
        assert commands.exists(connection) is False
    assert house.run("staff", "list", "--json").json == []


def test_a_first_start_has_the_demo_and_says_how_to_sign_in_and_to_set_up(empty: House) -> None:
    running = empty.start("all", env={"STEWARD_DEMO": "yes"}).ready()
    said = running.said
    found = SHOWN.search(said)
    assert found
    assert right(empty, "huong.nguyen", found[1])
    assert re.search(r"/setup with the one-time code [0-9A-Z]{4}(-[0-9A-Z]{4}){3}", said)
    assert states(empty) == WANTED
    assert page(empty).status_code == 200

    beside = empty.run("demo", "--json")
    assert beside.json == {"new": False, "password": None, "requests": len(REQUESTS)}
    assert running.stop() == 0

    again = empty.start("all", env={"STEWARD_DEMO": "yes"}).ready()
    assert "steward demo --new-password" in again.said
    assert SHOWN.search(again.said) is None
    assert states(empty) == WANTED


def test_the_demo_fills_a_running_system(house: House) -> None:
    house.start("all").ready()
    done = house.run("demo", "--json")
    assert done.json["new"] is True
    assert done.json["requests"] == len(REQUESTS)
    assert states(house) == WANTED


def test_the_demo_fills_a_system_on_postgresql_and_rabbitmq(empty: House, database_url: str, amqp_url: str) -> None:
    empty.more.update(STEWARD_DATABASE_URL=database_url, STEWARD_AMQP_URL=amqp_url)
    done = empty.run("demo", "--json")
    assert (done.code, done.err) == (shape.OK, "")
    assert done.json["requests"] == len(REQUESTS)
    assert right(empty, "huong.nguyen", done.json["password"])
    assert states(empty) == WANTED
    assert mails(empty) > len(REQUESTS)


def test_a_start_without_the_demo_has_none(empty: House) -> None:
    running = empty.start("all").ready()
    assert "Demo" not in running.said
    assert empty.run("unit", "list", "--json").json == []
    assert os.listdir(empty.home / "mail") == []


def page(house: House) -> Any:
    return httpx.get(f"http://127.0.0.1:{house.port}/", follow_redirects=True, trust_env=False)
