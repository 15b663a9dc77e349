"""Who may act in the customer support of the packaged playbook, letter by letter."""

from __future__ import annotations

import dataclasses

import pytest

from shared import locale as languages
from shared.kernel import errors
from shared.people import permission
from shared.people.permission import Standing
from shared.playbook import model, reading
from tests.unit.playbook.test_reading import FLOW, VIMC

SUPPORT = dataclasses.replace(
    FLOW,
    steps={
        "receive": ("verify",),
        "classify": ("classify", "reclassify"),
        "support": ("assign", "complete"),
        "hand_over": ("hand_over",),
        "log": ("log",),
    },
    by_authority=("assign", "complete"),
    grants={"take_over": "lead"},
    clients=("confirm",),
    everybody=("create",),
)


@pytest.fixture(scope="module")
def vimc() -> model.Playbook:
    playbook, faults = reading.read(VIMC, {SUPPORT.name: SUPPORT})
    assert playbook is not None, faults
    return playbook


# verb, request type, who may of: an employee without a role here, staff, lead, executive
TABLE = [
    ("create", None, "everybody staff lead executive"),
    ("verify", None, "staff"),
    ("classify", None, "staff"),
    ("complete", 1, "staff lead"),
    ("complete", 4, "lead"),
    ("complete", 6, "lead"),
    ("hand_over", 2, "lead executive"),
    ("log", 2, "staff"),
    ("take_over", 2, "lead"),
    ("confirm", 2, ""),
    ("no_such_verb", 2, ""),
]


@pytest.mark.parametrize(("verb", "request_type", "who"), TABLE)
def test_the_letters_and_the_authority_table_decide(
    vimc: model.Playbook, verb: str, request_type: int | None, who: str
) -> None:
    for role in ("everybody", "staff", "lead", "executive"):
        standing = Standing(frozenset({role} - {"everybody"}))
        refusal = permission.judge(vimc, SUPPORT, verb, standing, request_type=request_type)
        assert (refusal is None) == (role in who.split()), (role, verb)


def test_a_letter_i_or_c_never_lets_anybody_act(vimc: model.Playbook) -> None:
    assert "lead" in vimc.holders("classify", "I")
    with pytest.raises(permission.LetterMissing):
        permission.require(vimc, SUPPORT, "classify", Standing(frozenset({"lead"})))


def test_escalation_gives_the_letter_and_the_authority_on_that_object_alone(vimc: model.Playbook) -> None:
    executive = frozenset({"executive"})
    assert permission.judge(vimc, SUPPORT, "complete", Standing(executive, escalated=True), request_type=4) is None
    assert permission.judge(vimc, SUPPORT, "complete", Standing(executive), request_type=4) is not None


def test_a_refusal_names_what_is_missing_and_who_has_it(vimc: model.Playbook) -> None:
    refusal = permission.judge(vimc, SUPPORT, "complete", Standing(frozenset({"staff"})), request_type=4)
    assert isinstance(refusal, permission.AuthorityMissing)
    assert str(refusal) == 'This needs the authority for requests of type 4; "Head of customer service" has it.'
    refusal = permission.judge(vimc, SUPPORT, "hand_over", Standing(frozenset({"staff"})))
    assert isinstance(refusal, errors.Forbidden)
    assert "hand_over" in str(refusal)
    assert "Head of customer service" in str(refusal)


@pytest.mark.parametrize(("locale", "named"), [("vi", "Lãnh đạo bộ phận CSKH"), ("zh", "客服部门负责人")])
def test_a_refusal_names_roles_in_the_readers_language(vimc: model.Playbook, locale: str, named: str) -> None:
    refusal = permission.judge(vimc, SUPPORT, "hand_over", Standing(frozenset({"staff"})))
    assert refusal is not None
    assert named in languages.translate(refusal.template, locale, **refusal.facts)
