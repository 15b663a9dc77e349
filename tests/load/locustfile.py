"""A company's day as load on the pages: clients fill in the form and follow their request, staff work off the list.

The hours come from the simulation's plan (`services/gateway/simulation/model.py`), so that both mean the same day.
Played against a running system with the demo company; nothing of it is sent to anybody real.

    STEWARD_DEMO_PASSWORD=... make run
    STEWARD_DEMO_PASSWORD=... make load                        a day at 60 times its speed: 14 minutes
    STEWARD_DEMO_PASSWORD=... make load LOAD_SPEED=600         the same in 84 seconds

What is counted: every page by its name, its times and its failures. A failure is an answer that is not 2xx, but for a
step that a colleague was faster with.
"""

from __future__ import annotations

import itertools
import os
import random
import re
from html import unescape

from locust import HttpUser, LoadTestShape, between, task

from services.gateway.demo import people
from services.gateway.simulation import model

SPEED = float(os.environ.get("LOAD_SPEED", "60"))
PEAK = int(os.environ.get("LOAD_USERS", "24"))  # people at the pages in the busiest hour
PASSWORD = os.environ.get("STEWARD_DEMO_PASSWORD", "")
UNITS = ("hai-phong", "sai-gon", "thuong-hai")
STAFF = [person for person in people.PEOPLE if person.unit in UNITS]
TAKEN = 409  # a colleague was faster: people meet that, and go on

_FORM = re.compile(r"<form[^>]*?>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'action="([^"]*)"')
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_TICKET = re.compile(r'href="(/tickets/[0-9a-f-]{36})"')

numbers = itertools.count(1)
turns = itertools.cycle(STAFF)


def hidden(page: str, action: str) -> dict[str, str] | None:
    """The hidden fields of the form that posts to this address; None when the page has no such form."""
    for form in _FORM.findall(page):
        found = _ACTION.search(form)
        if found and unescape(found[1]).endswith(action):
            pairs = (dict(_ATTRIBUTE.findall(field)) for field in _HIDDEN.findall(form))
            return {pair["name"]: unescape(pair.get("value", "")) for pair in pairs if "name" in pair}
    return None


class Day(LoadTestShape):
    """As many people at the pages as the hour of the simulated day has."""

    def tick(self) -> tuple[int, float] | None:
        """Users and how many come a second; None at the end of the day."""
        hour = min(model.ARRIVALS) + int(self.get_run_time() * SPEED // 3600)
        if hour not in model.ARRIVALS:
            return None
        share = model.ARRIVALS[hour] / max(model.ARRIVALS.values())
        return max(2, round(PEAK * share)), 4.0


class Asking(HttpUser):
    """Somebody without an account, who asks for something and looks twice what became of it."""

    weight = 2
    wait_time = between(2, 8)

    @task
    def ask(self) -> None:
        """The form, the request, the page that follows it."""
        unit, chance, number = random.choice(UNITS), random.Random(next(numbers)), next(numbers)
        with self.client.get(f"/r/{unit}", name="/r/[unit]", catch_response=True) as page:
            fields = hidden(page.text, f"/r/{unit}")
        if fields is None:
            return
        asked = model.plan(1, day=model.EPOCH, places=(model.Place(unit, "vi", 1),), seed=chance.randrange(10**9))[0]
        fields |= {"name": asked.client.name, "mail": f"load{number}@simulation.example", "topic": "question"}
        with self.client.post(
            f"/r/{unit}", fields | {"content": asked.content}, name="/r/[unit] send", catch_response=True
        ) as sent:
            if "/p/" not in sent.url:
                sent.failure("the request was not taken")
                return
            follow = sent.url
        self.wait()
        self.client.get(follow, name="/p/[follow]")


class Working(HttpUser):
    """One of the staff, who signs in once and then works off the list."""

    weight = 1
    wait_time = between(1, 4)

    def on_start(self) -> None:
        """Sign in."""
        page = self.client.get("/sign-in").text
        fields = hidden(page, "/sign-in") or {}
        mail = next(turns).mail
        self.client.post("/sign-in", fields | {"mail": mail, "password": PASSWORD}, name="/sign-in send")

    @task(3)
    def look(self) -> None:
        """What waits for me."""
        self.client.get("/desk")

    @task(5)
    def work(self) -> None:
        """Open a request and take its next step."""
        listed = self.client.get("/tickets", name="/tickets").text
        found = _TICKET.findall(listed)
        if not found:
            return
        path = random.choice(found)
        page = self.client.get(path, name="/tickets/[id]").text
        steps = (
            ("classify", {"request_type": str(random.choice((1, 2, 3, 5))), "within": "usual"}),
            ("complete", {"method": "TOS", "result": "OK"}),
            ("hand_over", {}),
            ("log", {}),
        )
        for verb, filled in steps:
            fields = hidden(page, f"{path}/{verb}")
            if fields is not None:
                with self.client.post(
                    f"{path}/{verb}", fields | filled, name=f"/tickets/[id]/{verb}", catch_response=True
                ) as done:
                    if done.status_code == TAKEN:
                        done.success()
                return
