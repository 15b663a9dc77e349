"""Errors: a sentence, a code, a status, and what becomes of work that met them."""

from __future__ import annotations

import inspect

import pytest

from shared.kernel import errors

ALL = [
    fact
    for _, fact in inspect.getmembers(errors, inspect.isclass)
    if issubclass(fact, errors.StewardError) and fact is not errors.StewardError
]


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.__name__)
def test_every_fact_is_a_sentence_with_a_code_and_a_status(fact: type[errors.StewardError]) -> None:
    sentence = str(fact())
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert fact.code == fact.code.lower().replace(" ", "-")
    assert 400 <= fact.status < 600


@pytest.mark.parametrize("fact", ALL, ids=lambda fact: fact.__name__)
def test_a_fact_is_either_hopeless_or_passing(fact: type[errors.StewardError]) -> None:
    assert issubclass(fact, errors.Refused) != issubclass(fact, errors.Transient)
    assert (fact.status >= 500) == issubclass(fact, errors.Transient)


def test_no_two_facts_have_one_code() -> None:
    codes = [fact.code for fact in ALL]
    assert len(codes) == len(set(codes))


def test_facts_fill_the_sentence() -> None:
    error = errors.WrongState(state="received", possible="classify")
    assert str(error) == 'This cannot be done while the state is "received"; possible now: classify.'
    assert error.facts == {"state": "received", "possible": "classify"}


def test_a_fact_that_is_missing_stays_visible_instead_of_breaking_the_answer() -> None:
    assert str(errors.Malformed()) == "The request could not be read: {why}."


def test_a_fact_with_braces_is_shown_as_it_is() -> None:
    assert str(errors.Malformed(why="{state} {0} {")) == "The request could not be read: {state} {0} {."


def test_the_sentence_is_the_first_paragraph_of_the_docstring_on_one_line() -> None:
    class Long(errors.Refused):
        """This stands
        on two lines.

        This is for readers of the code.
        """

    assert str(Long()) == "This stands on two lines."


def test_a_message_of_its_own_replaces_the_sentence() -> None:
    assert str(errors.BrokerAway("The inboxes of {who} are full.", who="notify")) == "The inboxes of notify are full."


def test_a_subclass_without_a_docstring_does_not_speak_for_its_base() -> None:
    class Quiet(errors.Refused):
        code = "quiet"

    assert str(Quiet()) == "quiet"


def test_what_is_not_valid_names_its_fields() -> None:
    assert errors.Invalid().fields == {}
    assert errors.Invalid(fields={"name": ["Missing."]}).fields == {"name": ["Missing."]}
