"""Who may do what: lifecycle verb → RACI step → letter, and from assignment to completion a row of the authority table.

A pure answer from a playbook, the flow's tables and what is known of the person; deny by default. A refusal names what
is missing, in the playbook's own words, so that the person knows whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import sqlalchemy as sa

from shared import locale as languages
from shared.kernel import errors
from shared.people import regulation, standing
from shared.playbook.model import Flow, Playbook
from shared.store.work import Work
from shared.web.tokens import Caller

NOBODY = {"vi": "không ai", "zh": "无人", "en": "nobody"}
QUOTED = {"zh": "“{}”"}
"""How a role is named in a sentence, where not in straight quotes."""
ACTING = "RA"
"""The letters that let somebody act: responsible does the work, accountable decides it. C and I never do."""


class LetterMissing(errors.Forbidden):
    """This needs the letter R or A in the step "{step}"; {who} has it."""

    code = "letter-missing"


class AuthorityMissing(errors.Forbidden):
    """This needs the authority for requests of type {request_type}; {who} has it."""

    code = "authority-missing"


class RoleMissing(errors.Forbidden):
    """This needs the role {who}."""

    code = "role-missing"


class ClientOnly(errors.Forbidden):
    """Only the client can do this, by the link in our message."""

    code = "client-only"


class PeopleOnly(errors.Forbidden):
    """Only a person can do this; a system can record requests and read them."""

    code = "people-only"


class NobodyMay(errors.Forbidden):
    """Nobody may do this: {verb} belongs to no step of the procedure."""

    code = "nobody-may"


class _Kind(TypedDict):
    request_type: int | None
    authority: Iterable[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is for one object: the roles held in its unit (own or as a substitute), and whether escalation gave
    them a letter R on this object."""

    roles: frozenset[str]
    escalated: bool = False


def judge(
    playbook: Playbook,
    flow: Flow,
    verb: str,
    standing: Standing,
    *,
    request_type: int | None = None,
    authority: Iterable[str] | None = None,
) -> errors.Forbidden | None:
    """What keeps somebody from using a verb, or None when nothing does.

    `authority` are the roles that may handle the request type, where that was looked up; else the playbook's.
    """
    if verb in flow.clients:
        return ClientOnly()
    if (exclusive := flow.grants.get(verb)) is not None:
        return None if exclusive in standing.roles else RoleMissing(who=_names(playbook, (exclusive,)))
    if verb in flow.everybody:
        return None
    step = flow.step_of(verb)
    if step is None:
        return NobodyMay(verb=verb)
    if standing.escalated:
        return None
    if not _has_letter(playbook, step, standing.roles):
        who = [role for letter in ACTING for role in playbook.holders(step, letter)]
        return LetterMissing(step=step, who=_names(playbook, who))
    if verb in flow.by_authority and request_type is not None:
        allowed = playbook.authority.get(request_type, ()) if authority is None else tuple(authority)
        if not standing.roles & set(allowed):
            return AuthorityMissing(request_type=request_type, who=_names(playbook, allowed))
    return None


def require(playbook: Playbook, flow: Flow, verb: str, standing: Standing, *, request_type: int | None = None) -> None:
    """Raises the refusal that `judge` finds."""
    if (refusal := judge(playbook, flow, verb, standing, request_type=request_type)) is not None:
        raise refusal


def act(
    work: Work,
    playbook: Playbook,
    flow: Flow,
    verb: str,
    who: Caller,
    *,
    unit: str,
    day: date,
    request_type: int | None = None,
    escalated: bool = False,
) -> None:
    """Let the caller use the verb on an object of `unit`, or raise the refusal.

    Roles are read in the transaction that acts, so that one taken away a moment ago counts no more. Somebody who may
    only as a substitute acts on behalf of the absent person: both names stay in the event and on the trail.
    """
    if verb in flow.everybody:
        return
    if who.kind != "staff":
        raise PeopleOnly
    own, stead = roles(work.connection, who, unit, day)
    authority = regulation.allowed(work.connection, playbook, request_type, unit=unit, day=day)
    kind: _Kind = {"request_type": request_type, "authority": authority}
    refusal = judge(playbook, flow, verb, Standing(own, escalated), **kind)
    if refusal is None:
        return
    for absent, held in stead.items():
        if judge(playbook, flow, verb, Standing(held), **kind) is None:
            work.on_behalf_of = f"staff:{absent}"
            return
    raise refusal


def possible(
    connection: sa.Connection,
    playbook: Playbook,
    flow: Flow,
    verbs: Iterable[str],
    who: Caller,
    *,
    unit: str,
    day: date,
    request_type: int | None = None,
    escalated: bool = False,
) -> dict[str, errors.Forbidden | None]:
    """For each verb that the state allows, None or what keeps the caller from it."""
    if who.kind != "staff":
        return {verb: None if verb in flow.everybody else PeopleOnly() for verb in verbs}
    own, stead = roles(connection, who, unit, day)
    authority = regulation.allowed(connection, playbook, request_type, unit=unit, day=day)
    kind: _Kind = {"request_type": request_type, "authority": authority}
    found: dict[str, errors.Forbidden | None] = {}
    for verb in verbs:
        refusal = judge(playbook, flow, verb, Standing(own, escalated), **kind)
        others = (judge(playbook, flow, verb, Standing(held), **kind) for held in stead.values())
        found[verb] = None if refusal is not None and any(each is None for each in others) else refusal
    return found


def roles(
    connection: sa.Connection, who: Caller, unit: str, day: date
) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The caller's own roles in a unit, and those of each person whom they stand in for.

    Until the directory's copy knows the person (a moment after they were added), the signed token's word counts.
    """
    if not standing.known(connection, (who.id,)):
        return (frozenset(who.roles) if who.unit in standing.line(connection, unit) else frozenset()), {}
    own: set[str] = set()
    stead: dict[str, set[str]] = {}
    for each in standing.held(connection, who.id, unit, day):
        (own if each.on_behalf_of is None else stead.setdefault(each.on_behalf_of, set())).add(each.role)
    return frozenset(own), {absent: frozenset(held) for absent, held in stead.items()}


def _has_letter(playbook: Playbook, step: str, roles: Iterable[str]) -> bool:
    row = playbook.raci.get(step, {})
    return any(letter in row.get(role, "") for role in roles for letter in ACTING)


def _names(playbook: Playbook, roles: Iterable[str]) -> errors.Spoken:
    named = [playbook.roles.get(role, dict.fromkeys(NOBODY, role)) for role in dict.fromkeys(roles)]
    return errors.Spoken(
        {
            at: languages.listed((QUOTED.get(at, '"{}"').format(each[at]) for each in named), at) or none
            for at, none in NOBODY.items()
        }
    )
