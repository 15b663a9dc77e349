"""Failed work at the terminal: listed by cause, shown masked, replayed and discarded as frozen sets."""

from __future__ import annotations

import itertools
import json
import signal

import pytest
import sqlalchemy as sa

from shared.kernel import ids
from shared.runtime.cli import shape
from shared.store import tables
from tests.cli import parked
from tests.cli.house import House
from tests.servers import ports

_f, _i = tables.failure.c, tables.inbox.c


def _ids(house: House, state: str = "parked") -> list[str]:
    with house.database("support").reading() as connection:
        return list(connection.execute(sa.select(_f.id).where(_f.state == state).order_by(_f.failed_at)).scalars())


def test_failures_are_grouped_by_cause_and_the_code_says_that_there_are_some(house: House) -> None:
    assert house.run("failures", "list").code == shape.OK
    parked.some(house, 3)
    done = house.run("failures", "list", "--json")
    assert done.code == shape.FOUND
    (group,) = done.json
    assert (group["service"], group["cause"], group["reason"], group["count"]) == (
        "support",
        parked.CAUSE,
        "schema-violation",
        3,
    )
    assert parked.CAUSE in house.run("failures", "list").out


def test_each_failure_of_a_cause_can_be_listed(house: House) -> None:
    parked.some(house, 2)
    parked.unreadable(house, b"no event")
    rows = house.run("failures", "list", "--cause", parked.CAUSE, "--json").json
    assert {row["id"] for row in rows} < set(_ids(house))
    assert [row["kind"] for row in rows] == ["event", "event"]
    assert len(house.run("failures", "list", "--each", "--json").json) == 3
    assert house.run("failures", "list", "--service", "notify").code == shape.OK


def test_a_failure_is_shown_whole_but_for_secrets_and_whom_it_is_about(house: House) -> None:
    parked.some(house, 1)
    (id,) = _ids(house)
    for done in (house.run("failures", "show", id), house.run("failures", "show", id, "--json")):
        assert done.code == shape.OK
        for hidden in (parked.NAME, parked.MAIL, parked.PHONE, parked.CONTENT, parked.SECRET):
            assert hidden not in done.out
        for shown in ("request.submitted", "schema-violation", "hai-phong", "Must be one of", "chat-8812"):
            assert shown in done.out
    facts = house.run("failures", "show", id, "--json").json
    assert facts["service"] == "support"
    assert facts["payload"]["data"]["unit"] == "hai-phong"
    assert facts["payload"]["data"]["requester"]["mails"] == [f"*** ({len(parked.MAIL)} characters)"]


def test_what_cannot_be_read_is_shown_by_its_size(house: House) -> None:
    parked.unreadable(house, parked.NAME.encode())
    (id,) = _ids(house)
    facts = house.run("failures", "show", id, "--json").json
    assert facts["payload"] == f"{len(parked.NAME.encode())} bytes that are not JSON"
    assert facts["headers"]["routing_key"] == "tos.request.submitted"


def test_a_replay_needs_a_reason_that_says_something(house: House) -> None:
    parked.some(house, 1)
    (id,) = _ids(house)
    assert house.run("failures", "replay", id).code == shape.USAGE
    done = house.run("failures", "replay", id, "--reason", "x")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith("Say why")
    assert _ids(house) == [id]


def test_a_replayed_failure_runs_again_and_the_record_says_who_and_why(house: House) -> None:
    parked.some(house, 1)
    (id,) = _ids(house)
    done = house.run("failures", "replay", id, "--reason", "the schema was mended", "--json")
    assert done.code == shape.OK
    assert done.json == {"found": 1, "replayed": 1, "refused": []}
    with house.database("support").reading() as connection:
        row = connection.execute(sa.select(tables.failure).where(_f.id == id)).one()
    assert row.state == "replayed"
    assert row.note.endswith("the schema was mended")
    assert row.changed_by.startswith("system:operator")
    assert house.count("support", sa.select(_i.state)) == "ready"
    again = house.run("failures", "replay", id, "--reason", "once more", "--json")
    assert again.code == shape.REFUSED
    assert [each["id"] for each in again.json["refused"]] == [id]


def test_a_replay_by_cause_takes_the_oldest_up_to_the_limit_and_no_other_cause(house: House) -> None:
    parked.some(house, 5)
    parked.unreadable(house, b"no event")
    before = _ids(house)
    done = house.run(
        "failures", "replay", "--cause", parked.CAUSE, "--limit", "3", "--rate", "100", "--reason", "mended", "--json"
    )
    assert done.json["replayed"] == 3
    assert _ids(house, "replayed") == before[:3]
    assert len(_ids(house)) == 3


def test_a_replay_keeps_its_rate(house: House) -> None:
    parked.some(house, 3)
    done = house.run("failures", "replay", "--cause", parked.CAUSE, "--rate", "4", "--reason", "slowly", "--json")
    assert done.json["replayed"] == 3
    with house.database("support").reading() as connection:
        moments = list(connection.execute(sa.select(_f.changed_at).order_by(_f.changed_at)).scalars())
    assert all((after - before).total_seconds() >= 0.25 for before, after in itertools.pairwise(moments))


def test_a_replay_that_is_broken_off_says_how_far_it_came(house: House) -> None:
    parked.some(house, 3)
    replaying = house.start(
        "failures", "replay", "--cause", parked.CAUSE, "--rate", "0.02", "--reason", "slow", "--json"
    )
    ports.until(
        lambda: len(_ids(house, "replayed")) == 1, timeout_s=30, what="the first", alive=lambda: replaying.alive
    )
    replaying.tell(signal.SIGINT)
    assert replaying.wait(10) == shape.INTERRUPTED
    assert json.loads(replaying.said) == {"found": 3, "replayed": 1, "refused": []}
    assert len(_ids(house)) == 2


def test_a_dry_run_says_how_many_and_changes_nothing(house: House) -> None:
    parked.some(house, 2)
    done = house.run("failures", "discard", "--cause", parked.CAUSE, "--reason", "only to see", "--dry-run")
    assert done.code == shape.OK
    assert done.out == "2 would be discarded; nothing was changed.\n"
    assert len(_ids(house)) == 2


def test_a_discarded_failure_stays_on_record_and_its_work_is_given_up(house: House) -> None:
    parked.some(house, 1)
    (id,) = _ids(house)
    assert house.run("failures", "discard", id, "--reason", "sent again by the sender").code == shape.OK
    assert _ids(house, "discarded") == [id]
    assert house.count("support", sa.select(_i.state)) == "discarded"
    assert house.run("failures", "list").code == shape.OK, "what is decided is no alarm"


def test_what_was_discarded_is_restored_by_id_or_cause_and_can_be_replayed(house: House) -> None:
    parked.some(house, 2)
    first, second = _ids(house)
    assert house.run("failures", "restore", first, "--reason", "not yet").code == shape.REFUSED, "it is parked"
    assert house.run("failures", "restore", "--cause", parked.CAUSE, "--reason", "none").sentence == (
        f'Nothing of the cause "{parked.CAUSE}" was discarded in these services.'
    )
    house.run("failures", "discard", "--cause", parked.CAUSE, "--reason", "the sender sends again")
    assert house.run("failures", "restore", first, "--reason", "the sender cannot").out == "1 of 1 restored.\n"
    assert (_ids(house), _ids(house, "discarded")) == ([first], [second])
    done = house.run("failures", "restore", "--cause", parked.CAUSE, "--reason", "nor this", "--rate", "100")
    assert done.out == "1 of 1 restored.\n"
    assert _ids(house) == [first, second]
    assert "restored: the sender cannot" in house.run("failures", "show", first).out
    assert house.run("failures", "replay", first, "--reason", "again").code == shape.OK


@pytest.mark.parametrize("verb", ["show", "replay", "discard", "restore"])
def test_a_failure_that_does_not_exist_is_not_found(house: House, verb: str) -> None:
    id = ids.new()
    reason = () if verb == "show" else ("--reason", "because")
    done = house.run("failures", verb, id, *reason)
    assert done.code == shape.REFUSED
    assert done.sentence == f"There is no failure {id} in these services."


def test_a_cause_of_which_nothing_is_parked_is_said(house: House) -> None:
    done = house.run("failures", "replay", "--cause", "nothing of the kind", "--reason", "because")
    assert done.code == shape.REFUSED
    assert "nothing of the kind" in done.sentence


def test_a_parked_task_is_shown_with_masked_arguments(house: House) -> None:
    task, failure = ids.new(), ids.new()
    now = house.database("notify").time.now()
    with house.database("notify").work() as unit:
        unit.execute(tables.task.insert(), {
            "id": task, "name": "notify.deliver", "args": {"message_id": task, "mail": parked.MAIL},
            "actor": "system:x", "trace": "", "state": "parked", "created_at": now,
        })  # fmt: skip
        unit.execute(tables.failure.insert(), {
            "id": failure, "kind": "task", "ref": task, "name": "notify.deliver", "source": "/steward/notify",
            "subject": task, "reason": "exhausted", "cause": "notify.deliver KeyError in a:b",
            "error": f"to {parked.MAIL}", "attempts": 6,
            "state": "parked", "failed_at": now, "changed_at": now, "changed_by": "system:notify",
        })  # fmt: skip
    done = house.run("failures", "show", failure, "--json")
    assert json.loads(done.out)["payload"]["message_id"] == task
    assert parked.MAIL not in done.out
    assert house.run("failures", "replay", failure, "--reason", "mended").code == shape.OK
    assert house.count("notify", sa.select(tables.task.c.state)) == "ready"
