"""One line to the broker, against a scripted connection: what is confirmed, refused or unknown, what is sent again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import amqp
import pytest

from shared.bus import connection, line, port
from shared.kernel import errors

ACK, NACK, RETURN = "basic_ack", "basic_nack", "basic_return"
Said = tuple[Any, ...]


class Channel:
    """A confirm-mode channel that remembers what was published."""

    def __init__(self, script: Script) -> None:
        self.events: dict[str, set[Callable[..., None]]] = defaultdict(set)
        self._script = script

    def confirm_select(self) -> None:
        """Nothing to do."""

    def send_method(self, method: Any, form: str, arguments: tuple[Any, ...], content: Any) -> None:
        assert (method, form) == (line.PUBLISH, line.PUBLISH_FORM)
        _, exchange, _, mandatory, immediate = arguments
        assert (exchange, mandatory, immediate) == ("steward.events", True, False)
        self._script.published.append(content.properties["message_id"])
        self._script.on_publish(self, content.properties["message_id"])


class Script:
    """Connections that say, one after the other, what the test had written for them.

    A line of a script is (event, tag, multiple), ("return", message id), an exception, or "blocked"/"unblocked".
    """

    def __init__(self, *scripts: list[Any]) -> None:
        self._scripts = list(scripts)
        self.published: list[str] = []
        self.connections: list[Connection] = []
        self.on_publish: Callable[[Channel, str], None] = lambda _channel, _id: None

    def open(self) -> Connection:
        if not self._scripts:
            raise errors.BrokerAway
        self.connections.append(Connection(self, self._scripts.pop(0)))
        return self.connections[-1]


class Connection:
    """One scripted connection. At the end of its script nothing comes any more."""

    def __init__(self, script: Script, says: list[Any]) -> None:
        self.default_channel = Channel(script)
        self.blocked = False
        self.dropped = self.closed = False
        self._says = says

    def drain_events(self, *, timeout: float) -> None:
        if not self._says:
            raise TimeoutError
        said = self._says.pop(0)
        if isinstance(said, BaseException):
            raise said
        if said in ("blocked", "unblocked"):
            self.blocked = said == "blocked"
        elif said[0] == "return":
            returned = amqp.Message("", message_id=said[1])
            for handler in self.default_channel.events[RETURN]:
                handler(Exception("312"), "steward.events", "a.b.c", returned)
        else:
            for handler in self.default_channel.events[said[0]]:
                handler(*said[1:])

    def breathe(self, *, most: int = 1000) -> None:
        while self._says:
            self.drain_events(timeout=0)

    def drop(self) -> None:
        self.dropped = True

    def close(self) -> None:
        self.closed = True


def messages(*numbers: int) -> list[port.Message]:
    return [port.Message(n, "event", f"m{n}", "a.b.c", f"s{n}", b"{}") for n in numbers]


def opened(script: Script) -> line.Line:
    return line.Line(script.open, exchange="steward.events", name="test")


def publish(on: line.Line, *numbers: int) -> dict[int, bool]:
    """Which of the messages were confirmed and which refused."""
    return {seq: outcome.confirmed for seq, outcome in on.publish(messages(*numbers)).items()}


def test_each_confirm_counts_for_its_own_tag() -> None:
    script = Script([(ACK, 2, False), (NACK, 1, False), (ACK, 3, False)])
    assert publish(opened(script), 1, 2, 3) == {1: False, 2: True, 3: True}


def test_a_confirm_of_many_counts_for_all_up_to_its_tag() -> None:
    script = Script([(ACK, 3, True), (ACK, 4, False)])
    assert publish(opened(script), 1, 2, 3, 4) == dict.fromkeys((1, 2, 3, 4), True)


@pytest.mark.parametrize(
    ("says", "became"),
    [
        ([(NACK, 2, False), (ACK, 3, True)], {1: True, 2: False, 3: True}),
        ([(ACK, 1, False), (NACK, 3, True)], {1: True, 2: False, 3: False}),
        ([(NACK, 2, True), (ACK, 3, True)], {1: False, 2: False, 3: True}),
        ([(ACK, 3, False), (ACK, 9, False), (NACK, 2, True)], {1: False, 2: False, 3: True}),
    ],
)
def test_acks_and_nacks_count_in_the_order_in_which_they_arrive(says: list[Said], became: dict[int, bool]) -> None:
    assert publish(opened(Script(list(says))), 1, 2, 3) == became


def test_what_was_returned_is_refused_although_its_ack_follows() -> None:
    outcomes = opened(Script([("return", "m2"), (ACK, 2, True)])).publish(messages(1, 2))
    assert outcomes[1].confirmed
    assert outcomes[2] == port.Outcome(False, "no queue takes a.b.c from steward.events")


def test_tags_go_on_from_batch_to_batch_on_one_connection() -> None:
    script = Script([(ACK, 2, True), (ACK, 3, False), (NACK, 4, False)])
    on = opened(script)
    assert publish(on, 1, 2) == {1: True, 2: True}
    assert publish(on, 3, 4) == {3: True, 4: False}
    assert len(script.connections) == 1


def test_after_an_error_the_rest_is_unknown_and_the_connection_is_let_go() -> None:
    script = Script([(ACK, 1, False), ConnectionResetError()])
    assert publish(opened(script), 1, 2, 3) == {1: True}
    assert script.connections[0].dropped


def test_when_nothing_is_known_of_any_the_broker_is_away() -> None:
    for lost in (ConnectionResetError(), TimeoutError(), amqp.ConnectionForced("shutdown"), AttributeError("sock")):
        with pytest.raises(errors.BrokerAway):
            opened(Script([lost])).publish(messages(1, 2))


def test_no_confirm_within_the_time_is_unknown_and_the_next_connection_starts_its_tags_anew() -> None:
    script = Script([], [(ACK, 1, False), (ACK, 3, True)])
    on = opened(script)
    with pytest.raises(errors.BrokerAway):
        on.publish(messages(1, 2, 3))
    assert script.connections[0].dropped
    assert publish(on, 1, 2, 3) == {1: True, 2: True, 3: True}
    assert script.published == ["m1", "m2", "m3", "m1", "m2", "m3"]  # the same ids: the inbox absorbs them


def test_after_an_error_one_message_goes_first_so_that_a_silent_broker_is_not_filled_with_copies() -> None:
    script = Script([], [], [], [(ACK, 1, False), (ACK, 3, True)])
    on = opened(script)
    for _ in range(3):
        with pytest.raises(errors.BrokerAway):
            on.publish(messages(1, 2, 3))
    assert script.published == ["m1", "m2", "m3", "m1", "m1"]
    assert publish(on, 1, 2, 3) == {1: True, 2: True, 3: True}


def test_while_the_broker_is_blocked_nothing_is_sent_twice_and_the_connection_stays() -> None:
    says: list[Any] = [(ACK, 1, False), "blocked"]
    script = Script(says)
    on = opened(script)
    assert publish(on, 1, 2, 3) == {1: True}
    with pytest.raises(connection.BrokerBlocked):
        on.publish(messages(2, 3, 4))
    assert not script.connections[0].dropped
    says += ["unblocked"]
    script.on_publish = lambda _channel, _id: says.append((ACK, 4, True))
    assert publish(on, 2, 3, 4) == {2: True, 3: True, 4: True}
    assert script.published == ["m1", "m2", "m3", "m4"]


def test_a_broker_that_blocks_in_the_middle_of_a_batch_gets_no_more_of_it() -> None:
    script = Script([])

    def block(channel: Channel, id: str) -> None:
        script.connections[0].blocked = id == "m2"

    script.on_publish = block
    with pytest.raises(connection.BrokerBlocked):
        opened(script).publish(messages(*range(1, 100)))
    assert script.published == ["m1", "m2"]


def test_one_that_is_forbidden_is_found_and_refused_and_the_others_go() -> None:
    forbidden = amqp.AccessRefused("403 access to topic 'a.b.c' refused")
    script = Script([forbidden], [(ACK, 1, False), forbidden], [(ACK, 1, False)])
    outcomes = opened(script).publish(messages(1, 2, 3))
    assert {seq: outcome.confirmed for seq, outcome in outcomes.items()} == {1: True, 2: False, 3: True}
    assert "access to topic" in outcomes[2].reason


def test_when_all_are_forbidden_a_few_are_put_off_and_the_rest_waits() -> None:
    script = Script(*[[amqp.AccessRefused("403")] for _ in range(20)])
    assert publish(opened(script), *range(1, 100)) == {1: False, 2: False, 3: False}
    assert len(script.connections) == 1 + line.MOST_REFUSED


def test_a_missing_exchange_is_nobodys_fault() -> None:
    missing = amqp.NotFound("404 no exchange 'steward.events'")
    with pytest.raises(connection.TopologyMissing, match=r"no exchange 'steward\.events'"):
        opened(Script([missing], [missing])).publish(messages(1, 2))


def test_a_return_is_found_by_the_message_id_of_its_own_batch() -> None:
    script = Script([("return", "unknown"), (ACK, 1, False)])
    assert publish(opened(script), 1) == {1: True}


def test_good_byes() -> None:
    script = Script([(ACK, 1, False)])
    on = opened(script)
    on.close()
    publish(on, 1)
    on.close()
    on.close()
    assert script.connections[0].closed
