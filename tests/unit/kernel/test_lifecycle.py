"""A lifecycle: one table that says what is possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

DOOR = Lifecycle(
    name="door",
    initial="closed",
    moves=(
        Move("open", ("closed",), "open"),
        Move("close", ("open", "ajar"), "closed"),
        Move("push", ("open",), "ajar"),
        Move("push", ("ajar",), "open"),
        Move("lock", ("closed",), "locked"),
    ),
)

names = st.text("abc", min_size=1, max_size=2)
lifecycles = st.builds(
    Lifecycle,
    name=st.just("any"),
    initial=names,
    moves=st.lists(
        st.builds(Move, verb=names, sources=st.lists(names, min_size=1, max_size=3).map(tuple), target=names),
        max_size=8,
    ).map(tuple),
)


def test_states_stand_in_the_order_of_their_first_mention() -> None:
    assert DOOR.states == ("closed", "open", "ajar", "locked")


def test_a_verb_leads_where_its_state_says() -> None:
    assert DOOR.after("open", "push") == "ajar"
    assert DOOR.after("ajar", "push") == "open"
    assert DOOR.after("ajar", "close") == "closed"


def test_what_is_possible_is_said_once_in_the_order_of_the_table() -> None:
    assert DOOR.possible("closed") == ("open", "lock")
    assert DOOR.possible("locked") == ()
    assert DOOR.possible("nowhere") == ()


def test_a_verb_out_of_place_says_the_state_and_what_is_possible_instead() -> None:
    with pytest.raises(errors.WrongState) as refused:
        DOOR.after("closed", "push")
    assert refused.value.facts == {"state": "closed", "verb": "push", "possible": "open, lock"}


def test_where_nothing_is_possible_the_refusal_says_so() -> None:
    with pytest.raises(errors.WrongState, match="possible now: -"):
        DOOR.after("locked", "open")


@given(lifecycles, names, names)
def test_what_is_possible_and_what_works_are_the_same_everywhere(any_: Lifecycle, state: str, verb: str) -> None:
    if verb in any_.possible(state):
        assert any_.after(state, verb) in any_.states
    else:
        with pytest.raises(errors.WrongState):
            any_.after(state, verb)
