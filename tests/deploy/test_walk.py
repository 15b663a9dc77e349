"""The whole in containers: walked through as clients and staff do, killed container by container under load, stopped.

`make test-compose`; needs a container engine. What it showed is told in `docs/operations/compose.md`.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import re
from typing import Any

import pytest

from tests.deploy import composed
from tests.deploy.stack import COMMAND_S, Stack
from tests.deploy.visitor import Visitor
from tests.faults.checker import Checker
from tests.faults.load import UNIT, Ledger, Load, Way
from tests.pages.test_files import sent as send_with_files
from tests.pages.test_the_path import CASES, _handles
from tests.servers import SmtpSink, ports
from tests.unit.support import files

pytestmark = [pytest.mark.long, pytest.mark.fault, pytest.mark.timeout(1800)]

PASSWORD = "Hải cảng lúc bình minh 2026"
SETTLED_S = 300  # what was cut off waits for its lease of a minute, on a machine that runs a dozen containers
ASKED = 4  # the mail that asks whether it is solved: after received, promised and result
BETWEEN = 8  # promises before and after each kill
LINK = re.compile(r"/p/([A-Za-z0-9_-]{20,})")


class Letters:
    """The mails of one address, each waited for."""

    def __init__(self, sink: SmtpSink, address: str) -> None:
        self._sink, self._address, self._read = sink, address, 0

    def all(self) -> list[str]:
        """The texts of all that came."""
        mine = [mail for mail in self._sink.mails if self._address in mail.recipients]
        return [mail.parsed.get_body(("plain",)).get_content() for mail in mine]  # type: ignore[union-attr]

    def link(self, count: int) -> str:
        """The link in the newest, as soon as there are `count`."""
        ports.until(lambda: len(self.all()) >= count, timeout_s=COMMAND_S, what=f"{count} mails to {self._address}")
        found = LINK.findall(self.all()[count - 1])
        assert found, self.all()[count - 1]
        return f"/p/{found[0]}"


def test_a_request_is_walked_through_the_containers(stack: Stack, mails: SmtpSink) -> None:
    """As a new company would: a unit, a person who chooses a password by the mailed link, a client with a file."""
    case = dataclasses.replace(CASES["vi"], unit="bien-xanh", mail="anh.dang@khach.example.com")
    mail = "huong@bien-xanh.example.com"
    stack.open_unit(case.unit, title="Biển Xanh")
    stack.hands("staff", "add", mail, "--name", "Nguyễn Thị Hường", "--unit", case.unit, "--role=staff", "--role=lead")

    staff, invited = Visitor(stack.base, address="203.0.113.1"), Letters(mails, mail)
    staff.open(invited.link(1))
    staff.send("/password", password=PASSWORD, again=PASSWORD)
    staff.open("/sign-in")
    staff.send("/sign-in", mail=mail, password=PASSWORD)
    assert staff.path == "/desk"

    client, letters = Visitor(stack.base, address="203.0.113.2"), Letters(mails, case.mail)
    client.open(f"/r/{case.unit}")
    typed = {"name": case.name, "mail": case.mail, "topic": "question", "content": case.content}
    send_with_files(client, f"/r/{case.unit}", (files.PDF, "vận đơn.pdf"), **typed)
    assert client.status == 200
    assert case.thanks in client.page.text
    follow = client.path.partition("?")[0]
    assert letters.link(1) == follow

    number = "TCK-" + client.page.text.partition("TCK-")[2][:11]
    _handles(staff, case, number)
    assert "vận đơn.pdf" in staff.page.text
    ticket = staff.path.partition("?")[0]
    client.open(letters.link(ASKED))
    assert case.asked in client.page.text
    client.send("/confirm", rating="5")
    assert case.confirmed in client.page.text
    client.open(follow)
    assert case.follow_state in client.page.text

    def confirmed() -> bool:
        staff.open(ticket)
        return any(form.action.partition("?")[0].endswith("/log") for form in staff.page.forms)

    ports.until(confirmed, timeout_s=COMMAND_S, what="the ticket may be logged")
    staff.send("/log")
    assert staff.status == 200
    ports.until(lambda: len(letters.all()) == 5, timeout_s=COMMAND_S, what="the client is thanked")
    stack.hands("queues")
    for browser in (staff, client):
        browser.close()


def test_each_container_is_killed_once_under_load_and_nothing_is_lost_or_doubled(stack: Stack, mails: SmtpSink) -> None:
    stack.open_unit(UNIT, title="Hải Phòng")
    ledger, outside, inside = Ledger(), stack.way_of_systems(), stack.way_of_staff()
    with (
        Load(outside, ledger, kinds=("form", "inbound"), threads=2, pause_s=0.4, seed=1),
        Load(inside, ledger, kinds=("journey",), threads=1, pause_s=0.8, seed=2),
    ):
        for name in [name for name, each in composed.ALWAYS.items() if "profiles" not in each]:
            _more(ledger, BETWEEN)
            before = len(ledger)
            took = stack.kill(name)
            print(f"killed {name}: well again after {took:.0f} s; {len(ledger) - before} requests answered meanwhile")
            _more(ledger, BETWEEN)
    report = Checker(stack, ledger, mails, way=inside).settled("kill -9 of each container", timeout_s=SETTLED_S)
    assert report.parked == []
    assert _unexplained(inside, ledger) == []
    print(stack.hands("queues"))  # its exit code says whether somebody should look
    print(stack.hands("trail", "verify"))


def test_roles_that_are_stopped_finish_and_everything_comes_back(stack: Stack, mails: SmtpSink) -> None:
    ledger, inside = Ledger(), stack.way_of_staff()
    with Load(inside, ledger, threads=2, pause_s=0.4, seed=3):
        _more(ledger, BETWEEN)
        stack.compose("stop", *composed.ROLES, timeout_s=COMMAND_S)
        ended = {name: stack.inspect(name)["State"]["ExitCode"] for name in composed.ROLES}
        assert ended == dict.fromkeys(composed.ROLES, 0)
        stack.compose("start", *composed.ROLES)
        for name in composed.ROLES:
            stack.until_well(name)
        _more(ledger, BETWEEN)
    everything = Checker(stack, ledger, mails, way=inside).settled("docker compose stop", timeout_s=SETTLED_S)
    assert everything.parked == []


def _more(ledger: Ledger, count: int) -> None:
    """Wait until so many more promises were made."""
    start = len(ledger)
    ports.until(lambda: len(ledger) >= start + count, timeout_s=COMMAND_S, what=f"{count} more requests are answered")


def _unexplained(way: Way, ledger: Ledger) -> list[str]:
    """The clocks of the load's tickets whose counted time is not the sum of its intervals."""
    found: list[str] = []
    for promise in ledger.promises:
        if promise.kind != "ticket":
            continue
        for clock in _get(way, f"/v1/tickets/{json.loads(promise.answer)['id']}")["clocks"]:
            told = _get(way, f"/v1/clocks/{clock['id']}/explain")
            counted = sum(part["seconds"] for part in told["intervals"])
            if abs(counted - told["counted_seconds"]) > 1:
                found.append(f"{clock['id']}: {counted} s in intervals, {told['counted_seconds']} s counted")
    return found


def _get(way: Way, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(way.host, way.port, timeout=COMMAND_S)
    try:
        connection.request("GET", way.prefix + path, headers={"Authorization": f"Bearer {way.authorize(path)}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body)
        return json.loads(body)
    finally:
        connection.close()
