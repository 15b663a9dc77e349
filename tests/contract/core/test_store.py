"""The unit of work, its types and its errors: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kernel import errors, moment
from shared.store import engine, held, locks, turns, work
from tests.contract.core import ground
from tests.contract.core.conftest import Open
from tests.servers import ports

SOON_S = 120  # real time, far more than any step here takes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_t = ground.thing.c


def put(database: engine.Database, id: str = "a", **values: Any) -> None:
    with database.work() as unit:
        work.insert(unit, ground.thing, {"id": id, "version": 1, "amount": 0, **values})


def got(database: engine.Database, id: str = "a") -> Any:
    (row,) = ground.rows(database, sa.select(ground.thing).where(_t.id == id))
    return row


# ---- updates


def count_up(database: engine.Database, times: int) -> int:
    """Load, add one, save, as often as it takes. Returns how often it met somebody else's write."""
    met = 0
    while times:
        try:
            with database.work() as unit:
                row = unit.execute(sa.select(ground.thing).where(_t.id == "a")).one()
                work.update(unit, ground.thing, {"amount": row.amount + 1}, id="a", version=row.version)
            times -= 1
        except errors.Stale:
            met += 1
    return met


def test_no_update_is_lost_between_two_threads(database: engine.Database) -> None:
    put(database)
    threads = [threading.Thread(target=count_up, args=(database, 30)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (got(database).amount, got(database).version) == (60, 61)


def test_a_write_over_a_version_that_is_not_there_any_more_is_refused(database: engine.Database) -> None:
    put(database)
    with database.work() as unit:
        work.update(unit, ground.thing, {"amount": 7}, id="a", version=1)
    with pytest.raises(errors.Stale):
        _update(database, version=1)
    assert got(database).amount == 7


def _update(database: engine.Database, version: int) -> None:
    with database.work() as unit:
        work.update(unit, ground.thing, {"amount": 8}, id="a", version=version)


def test_two_writers_of_different_rows_do_not_disturb_each_other(open_: Open) -> None:
    database = open_()
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(25):
                put(database, f"{name}{number}")
        except BaseException as error:  # noqa: BLE001 - for the test's own thread to see
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(ground.rows(database, sa.select(ground.thing))) == 75


@pytest.mark.parametrize("open_", ["sqlite"], indirect=True)
def test_whoever_asks_first_writes_first_even_beside_one_that_never_stops(
    open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_S", SOON_S)
    database = open_()
    queue = database.turns
    assert queue is not None
    order: list[str] = []
    may_end = threading.Event()

    def write(name: str) -> None:
        with database.work():
            order.append(name)

    def never_stop() -> None:
        with database.work():
            order.append("busy")
            may_end.wait(SOON_S)
        write("busy again")

    threads = [threading.Thread(target=never_stop)]
    threads[0].start()
    ports.until(lambda: order == ["busy"], timeout_s=SOON_S, what="the first writes")
    for number, name in enumerate("abc", start=1):
        threads.append(threading.Thread(target=write, args=(name,)))
        threads[-1].start()
        _wait_for(queue, number)
    may_end.set()
    for thread in threads:
        thread.join()
    assert order == ["busy", "a", "b", "c", "busy again"]


def test_a_turn_that_was_never_given_back_is_taken_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = turns.Turns()
    lost, second = queue.turn(), queue.turn()
    lost.__enter__()
    with monkeypatch.context() as patch:
        patch.setattr(turns, "LONGEST_S", 0.05)
        second.__enter__()
    waiting = threading.Thread(target=_have_a_turn, args=(queue,))
    waiting.start()
    _wait_for(queue, 1)
    lost.__exit__(None, None, None)  # it ends after all, and must not pass on what is another's by now
    assert queue.waiting == 1
    second.__exit__(None, None, None)
    waiting.join()
    assert queue.waiting == 0


def _wait_for(queue: turns.Turns, waiting: int) -> None:
    ports.until(lambda: queue.waiting == waiting, timeout_s=SOON_S, what=f"{waiting} wait for their turn")


def _have_a_turn(queue: turns.Turns) -> None:
    with queue.turn():
        pass


def test_who_gives_up_waiting_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = turns.Turns()

    def interrupted(self: threading.Event, timeout: float | None = None) -> bool:
        raise TimeoutError

    with queue.turn():
        monkeypatch.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(TimeoutError):
            queue.turn().__enter__()
        monkeypatch.undo()
        assert queue.waiting == 0
    with queue.turn():
        assert queue.waiting == 0


def test_what_fails_at_the_very_end_undoes_all(database: engine.Database) -> None:
    with pytest.raises(RuntimeError):
        _fail_at_the_end(database)
    assert ground.rows(database, sa.select(ground.thing)) == []


def _fail_at_the_end(database: engine.Database) -> None:
    def fail() -> None:
        raise RuntimeError("at the end")

    with database.work() as unit:
        work.insert(unit, ground.thing, {"id": "a", "version": 1, "amount": 0})
        unit.before_commit(fail)


def test_what_is_registered_for_the_end_may_register_more(database: engine.Database) -> None:
    ran: list[int] = []
    with database.work() as unit:
        unit.before_commit(lambda: (ran.append(1), unit.before_commit(lambda: ran.append(2))))  # type: ignore[arg-type,func-returns-value]
    assert ran == [1, 2]


def test_listeners_are_woken_after_the_commit_and_only_then(database: engine.Database) -> None:
    seen: list[int] = []
    database.on_wake("outbox", lambda: seen.append(len(ground.outgoing(database))))
    ground.emit(database, 1)
    assert seen == [1]
    with pytest.raises(RuntimeError):
        _wake_and_fail(database)
    assert seen == [1]


def _wake_and_fail(database: engine.Database) -> None:
    with database.work() as unit:
        unit.wake("outbox")
        raise RuntimeError("broken off")


def test_one_moment_for_the_whole_transaction(database: engine.Database, time: moment.ManualTime) -> None:
    with database.work() as unit:
        time.move(timedelta(seconds=5))
        assert unit.now == ground.START


def test_a_reader_sees_one_state_of_the_database(database: engine.Database) -> None:
    put(database, "a")
    with database.reading() as connection:
        first = connection.execute(sa.select(sa.func.count()).select_from(ground.thing)).scalar_one()
        thread = threading.Thread(target=put, args=(database, "b"))
        thread.start()
        thread.join()
        second = connection.execute(sa.select(sa.func.count()).select_from(ground.thing)).scalar_one()
    assert (first, second) == (1, 1)
    assert len(ground.rows(database, sa.select(ground.thing))) == 2


def test_a_reader_does_not_hold_up_a_writer(database: engine.Database) -> None:
    with database.reading() as connection:
        connection.execute(sa.select(ground.thing)).all()
        put(database)
    assert got(database).version == 1


# ---- types


ZONES = [UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-3, minutes=-30))]
MOMENTS = st.integers(-2_208_000_000_000_000, 7_258_000_000_000_000).flatmap(  # microseconds, 1900 to 2200
    lambda micros: st.sampled_from(ZONES).map(lambda zone: (EPOCH + timedelta(microseconds=micros)).astimezone(zone))
)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)
ON_ONE_DATABASE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ON_ONE_DATABASE
@given(at=MOMENTS)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database: engine.Database, at: datetime) -> None:
    _again(database, at=at)
    back = got(database).at
    assert back == at
    assert back.utcoffset() == timedelta(0)


@ON_ONE_DATABASE
@given(facts=JSON)
def test_json_comes_back_as_it_was(database: engine.Database, facts: Any) -> None:
    _again(database, facts=facts)
    assert got(database).facts == facts


def _again(database: engine.Database, **values: Any) -> None:
    with database.work() as unit:
        unit.execute(ground.thing.delete())
        work.insert(unit, ground.thing, {"id": "a", "version": 1, "amount": 0, **values})


@ON_ONE_DATABASE
@given(one=MOMENTS, two=MOMENTS)
def test_moments_are_compared_as_moments(database: engine.Database, one: datetime, two: datetime) -> None:
    """On SQLite they are texts: their order must be the moments' order whatever the offset was."""
    _again(database, at=one)
    earlier = ground.rows(database, sa.select(_t.id).where(_t.at < two))
    assert bool(earlier) is (one < two)


def test_a_moment_without_an_offset_is_refused(database: engine.Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="offset"):  # pyright: ignore[reportAttributeAccessIssue]
        put(database, at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_nothing_is_null_and_not_a_json_word(database: engine.Database) -> None:
    put(database, facts=None)
    assert len(ground.rows(database, sa.select(_t.id).where(_t.facts.is_(None)))) == 1
    assert got(database).facts is None


# ---- the weather and our own mistakes


@pytest.mark.parametrize(
    "statement",
    ["selec 1", "select * from nowhere", "select nothing from thing", "insert into thing (id) values ('x')"],
)
def test_a_mistake_of_ours_is_not_called_the_weather(database: engine.Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError):  # pyright: ignore[reportAttributeAccessIssue]
        _execute(database, statement)


def _execute(database: engine.Database, statement: str) -> None:
    with database.work() as unit:
        unit.execute(sa.text(statement))


def test_a_database_that_cannot_be_reached_is_away(time: moment.ManualTime) -> None:
    for url in ("sqlite:////nowhere/at/all.sqlite", "postgresql://steward@127.0.0.1:1/steward"):
        with ground.opened(url, "right", time) as database, pytest.raises(errors.DatabaseAway):
            database.ping()


def test_a_pool_that_is_used_up_says_to_come_back(open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "POOL_TIMEOUT_S", 0.05)
    database = open_(pool_size=1)
    with _all_connections(database), pytest.raises(errors.DatabaseAway):
        database.ping()
    database.ping()


def _all_connections(database: engine.Database) -> Any:
    import contextlib

    stack = contextlib.ExitStack()
    for _ in range(11 if database.dialect == "sqlite" else 1):
        stack.enter_context(database.engine.connect())
    return stack


def test_a_lock_that_is_not_to_be_had_is_the_weather(open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    if open_().dialect == "sqlite":
        monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    else:
        monkeypatch.setattr(engine, "_SESSION", "-c lock_timeout=50")
    holder, other = open_(), open_()
    put(holder)
    with holder.work() as unit:
        unit.execute(ground.thing.update().values(amount=1))
        with pytest.raises(errors.DatabaseAway):
            _execute(other, "update thing set amount = 2")


@pytest.mark.server
@pytest.mark.parametrize("open_", ["postgresql"], indirect=True)
def test_of_two_that_lock_each_other_out_one_is_told_that_it_is_the_weather(open_: Open) -> None:
    database = open_()
    put(database, "a")
    put(database, "b")
    meet = threading.Barrier(2, timeout=10)
    told: list[type[BaseException]] = []

    def cross(first: str, second: str) -> None:
        try:
            with database.work() as unit:
                unit.execute(ground.thing.update().where(_t.id == first).values(amount=1))
                meet.wait()
                unit.execute(ground.thing.update().where(_t.id == second).values(amount=1))
        except Exception as error:  # noqa: BLE001 - for the test's own thread to see
            told.append(type(error))

    threads = [threading.Thread(target=cross, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [errors.DatabaseAway]


# ---- locks


@pytest.fixture
def two(database: engine.Database) -> tuple[held.Held, held.Held]:
    return held.Held(database, "loop"), held.Held(database, "loop")


def test_one_holds_the_lock_until_it_lets_go(two: tuple[held.Held, held.Held]) -> None:
    one, other = two
    assert (one.take(), one.take(), other.take()) == (True, True, False)
    one.release()
    assert (other.take(), one.take()) == (True, False)
    other.release()


def test_locks_of_different_names_and_databases_are_different(open_: Open) -> None:
    left, right = open_("left"), open_("right")
    holders = [held.Held(database, name) for database in (left, right) for name in ("relay", "inbox")]
    assert all(holder.take() for holder in holders)
    for holder in holders:
        holder.release()


def test_a_connection_that_broke_is_not_replaced_behind_the_loops_back(
    database: engine.Database, two: tuple[held.Held, held.Held]
) -> None:
    one, other = two
    one.take()
    with pytest.raises(errors.DatabaseAway):
        _break_off(one)
    for use in (lambda: one.rows(sa.select(ground.thing)), lambda: one.work().__enter__()):
        with pytest.raises(errors.DatabaseAway):
            use()
    ports.until(other.take, timeout_s=30, what="the lock of the lost connection is free")
    one.release()
    assert one.take() is False
    other.release()


def _break_off(one: held.Held) -> None:
    with one.work() as unit:
        unit.connection.invalidate()
        raise errors.DatabaseAway


@pytest.mark.server
@pytest.mark.parametrize("open_", ["postgresql"], indirect=True)
def test_when_the_server_ends_a_session_its_lock_goes_to_the_next(open_: Open) -> None:
    database = open_()
    one, other = held.Held(database, "loop"), held.Held(database, "loop")
    assert one.take()
    ended = sa.text(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    )
    with database.work() as unit:
        unit.execute(ended)
    with pytest.raises(errors.DatabaseAway):
        one.rows(sa.select(ground.thing))
    assert other.take()
    with pytest.raises(errors.DatabaseAway):
        one.rows(sa.select(ground.thing))
    one.release()
    other.release()


def test_giving_back_what_another_holds_takes_it_from_nobody(database: engine.Database) -> None:
    one, other = database.connect(), database.connect()
    assert locks.take(one, "loop")
    locks.give_back(other, "loop")
    assert not locks.take(other, "loop")
    locks.give_back(one, "loop")
    assert locks.take(other, "loop")
    locks.give_back(other, "loop")
    one.close()
    other.close()


# ---- waking other processes


@pytest.mark.server
@pytest.mark.parametrize("open_", ["postgresql"], indirect=True)
def test_another_process_is_told_after_the_commit(open_: Open) -> None:
    from shared.store import notify

    telling, hearing = open_(), open_()
    heard = {topic: threading.Event() for topic in ("outbox", "tasks")}
    wakes: dict[str, Callable[[], None]] = {topic: event.set for topic, event in heard.items()}
    notifier = notify.Notifier(telling, ("outbox", "tasks"))
    listener = notify.Listener(hearing.engine.url.render_as_string(hide_password=False), "right", wakes)
    try:
        assert heard["outbox"].wait(10)  # on connecting: whatever was told before is looked for
        assert heard["tasks"].wait(10)
        for event in heard.values():
            event.clear()
        ground.emit(telling, 1)
        assert heard["outbox"].wait(10)
        assert not heard["tasks"].is_set()
    finally:
        notifier.close()
        listener.close()
    assert not any(thread.name.endswith(("notifier", "listener")) for thread in threading.enumerate())
