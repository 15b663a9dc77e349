"""A playbook replaced while records are open: those keep their version, new ones get the new one; open clocks move only
when they are priced anew, with old and new written down, and never what a person has promised."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from services.support.ticket.tables import ticket
from shared.clocks.tables import clock
from shared.kernel import ids, moment
from shared.playbook import reading, repricing
from shared.store.work import Work
from tests.flows.house import START, House
from tests.flows.promised import HOUR, MINUTE, Office

OLD_WORDS, NEW_WORDS = "Tra cứu tình trạng dịch vụ, hàng hóa", "Hỏi đường đi của lô hàng"


def test_open_records_keep_their_version_and_a_persons_promise_is_nobodys_to_move(
    tmp_path: Path, migrated_home: Path
) -> None:
    home, folder = tmp_path / "home", tmp_path / "playbooks"
    shutil.copytree(migrated_home / "data", home / "data")
    folder.mkdir()
    with House(home) as house:
        office = Office(house)
        usual = office.brought_to("classify", request_type=3)
        promised = office.now + 5 * HOUR
        personal = office.brought_to("classify", request_type=3, promised_at=moment.text(promised))
        waiting = office.receive(mails=["old@example.com"])
        people = (office.staff, office.lead, office.executive)

    text = (reading.PACKAGED / "vimc-support.yaml").read_text(encoding="utf-8")
    newer = text.replace("version: 2026-11-29", "version: 2027-01-01", 1).replace("within: 1h", "within: 2h")
    newer = newer.replace(OLD_WORDS, NEW_WORDS)
    (folder / "vimc-support.yaml").write_text(newer, encoding="utf-8")
    with House(home, start=START + 10 * MINUTE, playbooks=folder) as house:
        office = Office(house, people=people)
        assert office.ticket(usual)["playbook_version"] == "2026-11-29"
        assert office.due(usual, "handle") == START + HOUR  # nothing has moved by itself
        new = office.brought_to("classify", request_type=3)
        assert office.ticket(new)["playbook_version"] == "2027-01-01"
        assert office.due(new, "handle") == office.now + 2 * HOUR
        for id, mail in ((waiting, "old@example.com"), (office.receive(mails=["new@example.com"]), "new@example.com")):
            office.do("classify", id, request_type=3)  # the client reads the words of the version that they asked under
            letter = house.mails(to=mail)[-1].text
            assert (OLD_WORDS in letter, NEW_WORDS in letter) == (id == waiting, id != waiting)

        for _ in range(2):  # asked twice, moved once
            with house.work("support") as work:
                repricing.ask(work, "vimc-support", "2027-01-01", why="Thời hạn mới")
            house.settle()
        assert office.due(usual, "handle") == START + 2 * HOUR
        assert office.due(personal, "handle") == promised
        told = [event["data"] for event in house.events("support", "support.clock.repriced")]
        (data,) = [each for each in told if each["of"]["id"] == usual]
        assert data["reason"] == "Thời hạn mới"
        (change,) = office.explain(usual, "handle")["changes"]
        assert (change["what"], change["counted_seconds"]) == ("repriced", 600.0)
        entry = office.trail(usual)["entries"][-1]
        assert entry["what"] == "clock.repriced"
        assert moment.parse(entry["facts"]["due_before"]) == START + HOUR
        house.pass_time(timedelta(minutes=109))
        assert office.clock(usual, "handle")["late"] is False
        house.pass_time(2 * MINUTE)
        assert office.clock(usual, "handle")["late"] is True


MANY = 1_000


def test_a_playbook_is_replaced_while_a_thousand_records_are_open(tmp_path: Path, migrated_home: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "playbooks"
    shutil.copytree(migrated_home / "data", home / "data")
    folder.mkdir()
    with House(home) as house:
        office = Office(house)
        first = office.brought_to("classify", request_type=3)
        with house.work("support") as work:  # the others are copies of it, and as open as it is
            _copied(work, first, MANY - 1)
        people = (office.staff, office.lead, office.executive)

    text = (reading.PACKAGED / "vimc-support.yaml").read_text(encoding="utf-8")
    newer = text.replace("version: 2026-11-29", "version: 2027-01-01", 1).replace("within: 1h", "within: 2h")
    (folder / "vimc-support.yaml").write_text(newer, encoding="utf-8")
    with House(home, start=START + 10 * MINUTE, playbooks=folder) as house:
        office = Office(house, people=people)
        kept = sa.select(ticket.c.playbook_version, sa.func.count()).group_by(ticket.c.playbook_version)
        due = sa.select(clock.c.due_at, sa.func.count()).where(clock.c.name == "handle").group_by(clock.c.due_at)
        with house.process.databases["support"].reading() as connection:
            assert [tuple(row) for row in connection.execute(kept)] == [("2026-11-29", MANY)]
            assert [tuple(row) for row in connection.execute(due)] == [(START + HOUR, MANY)]  # nothing moves by itself
        with house.work("support") as work:
            repricing.ask(work, "vimc-support", "2027-01-01", why="Thời hạn mới")
        house.settle()
        with house.process.databases["support"].reading() as connection:
            assert [tuple(row) for row in connection.execute(due)] == [(START + 2 * HOUR, MANY)]
            assert [tuple(row) for row in connection.execute(kept)] == [("2026-11-29", MANY)]
        told = [event["subject"] for event in house.events("support", "support.clock.repriced")]
        assert (len(told), len(set(told))) == (MANY, MANY)  # each of them once
        assert office.ticket(first)["playbook_version"] == "2026-11-29"
        office.do("complete", first)  # and goes on under the version that it was opened under
        assert office.clock(first, "handle")["state"] == "stopped"


def _copied(work: Work, id: str, times: int) -> None:
    """Write copies of a ticket with its clocks, as if as many clients had asked at the same moment."""
    asked = dict(work.execute(sa.select(ticket).where(ticket.c.id == id)).one()._mapping)
    running = [dict(row._mapping) for row in work.execute(sa.select(clock).where(clock.c.object_id == id))]
    new = [ids.new() for _ in range(times)]
    work.execute(ticket.insert(), [{**asked, "id": each, "seq": asked["seq"] + n} for n, each in enumerate(new, 1)])
    work.execute(clock.insert(), [{**row, "id": ids.new(), "object_id": each} for each in new for row in running])
