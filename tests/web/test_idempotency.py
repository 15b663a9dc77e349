"""`Idempotency-Key`: the same request gets the same answer, its effect happens once, whatever comes in between."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest

from services.support.ticket import tables as tickets
from shared.kernel import errors
from shared.runtime import janitor
from tests.flows.house import HAI_PHONG, House
from tests.web import trial

REQUESTER = {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam@example.com"], "phones": []}
BODY = {"content": "Hàng bao giờ đến?", "requester": REQUESTER}
PUBLIC = {**REQUESTER, "unit": HAI_PHONG, "content": "Hàng bao giờ đến?"}


def test_the_same_request_gets_the_first_answer_and_happens_once(house_on_either: House) -> None:
    client = house_on_either.client("support", house_on_either.staff())
    first = client.post("/v1/tickets", BODY, key="k1")
    again = client.post("/v1/tickets", BODY, key="k1")
    assert first.status == 201
    assert {"Location", "ETag"} <= set(first.headers)
    assert trial.same(first, again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert trial.count(house_on_either, tickets.ticket) == 1
    assert len(house_on_either.events("support", "support.ticket.received")) == 1


def test_another_body_under_a_used_key_is_refused_and_the_first_answer_stays(house: House) -> None:
    client = house.client("support", house.staff())
    first = client.post("/v1/tickets", BODY, key="k1")
    other = client.post("/v1/tickets", {**BODY, "content": "Khác"}, key="k1")
    assert (other.status, other.code) == (409, "idempotency-key-reused")
    assert trial.same(first, client.post("/v1/tickets", BODY, key="k1"))
    assert trial.count(house, tickets.ticket) == 1


def test_without_a_key_the_same_request_is_another_one(house: House) -> None:
    client = house.client("support", house.staff())
    for _ in range(2):
        client.post("/v1/tickets", BODY).expect(201)
    assert trial.count(house, tickets.ticket) == 2


def test_a_key_belongs_to_its_caller_and_its_path(house: House) -> None:
    one, other = house.client("support", house.staff("lead")), house.client("support", house.staff())
    house.settle()  # so that the service knows who the lead is
    made = one.post("/v1/tickets", BODY, key="k").expect(201)
    assert other.post("/v1/tickets", BODY, key="k").expect(201)["id"] != made["id"]
    one.post(f"/v1/tickets/{made['id']}/hand_over", {}, key="k").expect(409)
    assert len(trial.kept(house)) == 3


def test_a_refusal_is_kept_although_it_would_be_granted_by_now(house: House) -> None:
    client = house.client("support", house.staff())
    id = client.post("/v1/tickets", BODY).expect(201)["id"]
    done = {"method": "m", "result": "r"}
    refused = client.post(f"/v1/tickets/{id}/complete", done, key="k")
    assert (refused.status, refused.code) == (409, "wrong-state")
    client.post(f"/v1/tickets/{id}/classify", {"request_type": 1, "promised_at": "2026-11-25T00:00:00Z"}).expect(200)
    assert trial.same(refused, client.post(f"/v1/tickets/{id}/complete", done, key="k"))
    client.post(f"/v1/tickets/{id}/complete", done, key="another").expect(200)


@pytest.mark.parametrize("body", [{"content": ""}, {}, [], {"content": "x", "requester": REQUESTER, "colour": 1}])
def test_what_is_not_valid_is_kept_as_well(house: House, body: Any) -> None:
    client = house.client("support", house.staff())
    refused = client.post("/v1/tickets", body, key="k")
    assert refused.status == 422
    assert trial.same(refused, client.post("/v1/tickets", body, key="k"))


def test_a_kept_answer_says_which_language_it_is_in_whoever_asks_again(house: House) -> None:
    who = house.staff()
    first = house.client("support", who, language="vi").post("/v1/tickets", {}, key="k")
    again = house.client("support", who, language="zh").post("/v1/tickets", {}, key="k")
    assert first.headers["Content-Language"] == again.headers["Content-Language"] == "vi"
    assert trial.same(first, again)


def test_a_stale_version_is_not_kept_so_that_the_right_one_may_follow(house: House) -> None:
    client = house.client("support", house.staff())
    id = client.post("/v1/tickets", BODY).expect(201)["id"]
    promise = {"request_type": 1, "promised_at": "2026-11-25T00:00:00Z"}
    assert client.post(f"/v1/tickets/{id}/classify", promise, key="k", version=7).status == 412
    client.post(f"/v1/tickets/{id}/classify", promise, key="k", version=1).expect(200)


def test_the_key_is_looked_up_before_the_version(house: House) -> None:
    client = house.client("support", house.staff())
    id = client.post("/v1/tickets", BODY).expect(201)["id"]
    promise = {"request_type": 1, "promised_at": "2026-11-25T00:00:00Z"}
    first = client.post(f"/v1/tickets/{id}/classify", promise, key="k", version=1)
    assert first.version == 2
    again = client.post(f"/v1/tickets/{id}/classify", promise, key="k", version=1)  # by now that version is stale
    assert trial.same(first, again)


@pytest.mark.parametrize(
    "error", [errors.TooMany(seconds=7), errors.BrokerAway(), errors.Unauthenticated(), ZeroDivisionError()]
)
def test_what_depends_on_the_moment_is_not_kept_and_leaves_nothing(house: House, error: Exception) -> None:
    tries = itertools.count(1)

    def view() -> Any:
        number = next(tries)
        trial.write(f"unit-{number}")
        if number == 1:
            raise error
        return {"word": str(number)}

    client = trial.client(house, view)
    before = house.snapshot("support")
    failed = client.post("/v1/trial", {"word": "a"}, key="k")
    assert failed.status in (401, 429, 500, 503)
    assert failed.headers["Content-Type"] == trial.CONTENT_TYPE
    assert ("Retry-After" in failed.headers) == (failed.status in (429, 503))
    assert house.snapshot("support") == before
    assert client.post("/v1/trial", {"word": "a"}, key="k").expect(200) == {"word": "2"}
    assert client.post("/v1/trial", {"word": "a"}, key="k").expect(200) == {"word": "2"}


def test_a_refusal_takes_back_what_was_written_before_it(house_on_either: House) -> None:
    def view() -> Any:
        trial.write("half-done")
        raise trial.Never

    client = trial.client(house_on_either, view)
    before = house_on_either.snapshot("support", but=("idempotency",))
    assert client.post("/v1/trial", {"word": "a"}, key="k").code == "never"
    assert house_on_either.snapshot("support", but=("idempotency",)) == before
    assert [row.status for row in trial.kept(house_on_either)] == [409]


# ---- keys


@pytest.mark.parametrize("key", ["", "x" * 201, "kéy", "a\tb", "\x7f"])
def test_a_key_that_no_table_should_hold_is_refused(house: House, key: str) -> None:
    client = house.client("support", house.staff())
    before = house.snapshot("support")
    refused = client.post("/v1/tickets", BODY, key=key)
    assert (refused.status, refused.code) == (400, "idempotency-key-malformed")
    assert house.snapshot("support") == before


def test_the_longest_key_is_as_good_as_any(house: House) -> None:
    client = house.client("support", house.staff())
    first = client.post("/v1/tickets", BODY, key="x" * 200)
    assert trial.same(first, client.post("/v1/tickets", BODY, key="x" * 200))


@pytest.mark.parametrize("key", ["1", "my-key", "x" * 21])
def test_a_stranger_must_bring_a_key_that_no_other_stranger_guesses(house: House, key: str) -> None:
    """Strangers cannot be told apart: with a common key, one would be answered with the other's secret link."""
    refused = house.client("support").post("/v1/public/requests", PUBLIC, key=key)
    assert (refused.status, refused.code) == (400, "idempotency-key-guessable")
    assert trial.count(house, tickets.ticket) == 0


def test_a_stranger_with_a_random_key_gets_the_same_follow_link_again(house: House) -> None:
    key = str(uuid.uuid4())
    first = house.client("support").post("/v1/public/requests", PUBLIC, key=key)
    assert first.expect(201)["follow"]
    assert trial.same(first, house.client("support").post("/v1/public/requests", PUBLIC, key=key))
    other = house.client("support").post("/v1/public/requests", PUBLIC, key=str(uuid.uuid4()))
    assert other.expect(201)["follow"] != first.body["follow"]


def test_the_secret_of_a_link_in_a_path_is_not_written_down(house: House) -> None:
    follow = house.client("support").post("/v1/public/requests", PUBLIC).expect(201)["follow"]
    key = str(uuid.uuid4())
    house.client("support").post(f"/v1/public/links/{follow}/confirm", {"rating": 5}, key=key).expect(404)
    (row,) = trial.kept(house)
    assert not any(follow in str(value) for value in row)


def test_a_secret_that_is_shown_once_is_not_shown_by_a_repeated_request(house: House) -> None:
    client = house.client("gateway", house.staff("admin"))
    body = {"system": "tos", "unit": HAI_PHONG, "scopes": ["inbound"]}
    first = client.post("/v1/tokens", body, key="k").expect(201)
    again = client.post("/v1/tokens", body, key="k").expect(201)
    assert first["token"]
    assert again == {**first, "token": None}


def test_after_two_days_a_key_is_as_good_as_new(house: House) -> None:
    client = house.client("support", house.staff())
    first = client.post("/v1/tickets", BODY, key="k").expect(201)
    house.time.move(timedelta(hours=47))
    janitor.clean(house.process.databases["support"], house.settings)
    assert client.post("/v1/tickets", BODY, key="k").expect(201) == first
    house.time.move(timedelta(hours=2))
    janitor.clean(house.process.databases["support"], house.settings)
    assert client.post("/v1/tickets", BODY, key="k").expect(201)["id"] != first["id"]
