"""`Idempotency-Key` when equal requests arrive at the same time: one happens, and everybody is told the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.support.ticket import tables as tickets
from shared.kernel import errors
from tests.flows.house import House
from tests.flows.house_http import Answer
from tests.web import trial

BODY = {"content": "Hàng bao giờ đến?", "requester": {"name": "Lê Văn Nam", "mails": ["nam@example.com"]}}
AT_ONCE = 8


def at_once(call: Callable[[], Answer]) -> list[Answer]:
    """The answers to the same call, made by several threads that start together."""
    gate = threading.Barrier(AT_ONCE)

    def run(_: int) -> Answer:
        gate.wait(20)
        return call()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_of_equal_requests_at_once_one_happens_and_all_get_its_answer(house_on_either: House) -> None:
    client = house_on_either.client("support", house_on_either.staff())
    for number in range(3):
        answers = at_once(lambda number=number: client.post("/v1/tickets", BODY, key=f"k{number}"))
        assert {answer.status for answer in answers} == {201}
        assert all(trial.same(answers[0], answer) for answer in answers)
        assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert trial.count(house_on_either, tickets.ticket) == 3


def test_of_equal_requests_at_once_all_get_the_refusal_that_is_kept(house_on_either: House) -> None:
    """Each run would answer differently; what everybody is told is nevertheless one thing."""
    number = itertools.count(1)

    def view() -> Any:
        raise errors.WrongState(state=str(next(number)), possible="-")

    client = trial.client(house_on_either, view)
    for round_ in range(3):
        answers = at_once(lambda round_=round_: client.post("/v1/trial", {"word": "a"}, key=f"k{round_}"))
        assert all(trial.same(answers[0], answer) for answer in answers)
        assert trial.same(answers[0], client.post("/v1/trial", {"word": "a"}, key=f"k{round_}"))


def test_a_refusal_that_is_overtaken_by_a_success_gives_way_to_it(house_on_either: House) -> None:
    """The first run is refused; before that is written down, an equal request succeeds: its answer is the answer."""
    rolled_back, succeeded = threading.Event(), threading.Event()
    tries = itertools.count(1)

    def view() -> Any:
        if next(tries) == 1:
            raise trial.Never
        return {"word": "done"}

    client = trial.client(house_on_either, view)
    site = client.app.extensions["steward"]
    site.database = _Pausing(site.database, rolled_back, succeeded)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/trial", {"word": "a"}, key="k")
        assert rolled_back.wait(20)
        second = client.post("/v1/trial", {"word": "a"}, key="k")
        succeeded.set()
        assert second.expect(200) == {"word": "done"}
        assert trial.same(first.result(20), second)


class _Pausing:
    """A database that stops before its second unit of work, which keeps the refusal, until it is told to go on."""

    def __init__(self, inner: Any, reached: threading.Event, go_on: threading.Event) -> None:
        self._inner, self._reached, self._go_on = inner, reached, go_on
        self._works = itertools.count(1)

    def work(self, **arguments: Any) -> Any:
        if next(self._works) == 2:
            self._reached.set()
            assert self._go_on.wait(20)
        return self._inner.work(**arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
