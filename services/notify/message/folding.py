"""Many messages to one of staff within a few minutes become one mail that lists them; decisions that somebody is only
informed of always do, those of an hour.

Invariants: each stays a row of its own that names the one it is told with; nothing waits longer than the window; what
was fixed as text takes nothing more in. All of it happens in the transaction of the event, so that a kill or a replay
loses and doubles nothing.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import sqlalchemy as sa

from services.notify.contact import model as contact
from services.notify.message import model, tables
from services.notify.rule import model as rules
from shared.kernel import ids, moment
from shared.store.work import Work

AT_ONCE = 3  # messages to one person that leave by themselves within the window
WINDOW = timedelta(minutes=10)
MOST = 50  # in one mail; what is more goes into the next
INFORMED_WINDOW = timedelta(hours=1)
"""How long decisions are gathered for whoever is informed of them: nothing is to be done about them, so one mail in an
hour is soon enough, and a lead who gets one per request would stop reading them."""
LOOK = 20  # of a person's last messages that did not go into another
HEAVY = ("content", "reason", "client", "home")  # facts that a line of a list does not say

_m = tables.message.c
_APART = (rules.INFORMED, rules.DECISIONS)
_STAFF = tuple(rule.name for rule in rules.RULES if rule.audience in rules.AT_WORK and rule.audience not in _APART)


def place(work: Work, message: model.Message) -> model.Message | None:
    """The mail of several that this message belongs into, locked or still to be written; None: it leaves by itself."""
    if rules.audience(message.rule) == rules.INFORMED:
        return _of_the_hour(work, message)
    statement = (
        sa.select(_m.id, _m.rule, _m.unit, _m.state, _m.attempts, _m.created_at, _m.next_at, _m.ended_at)
        .where(_m.recipient_key == contact.key(message.recipient), _m.state != "folded", _m.rule.in_(_STAFF))
        .order_by(_m.seq.desc())
        .limit(LOOK)
    )
    recent = work.execute(statement).all()
    several = [row for row in recent if row.rule == rules.folded().name]
    for row in several:
        if row.unit == message.unit and row.state == model.LIFECYCLE.initial and not row.attempts:
            found = tables.load(work.connection, row.id, lock=True)
            if _open(found):
                return found
    since = work.now - WINDOW
    if full := [row.next_at for row in several if row.state == model.LIFECYCLE.initial and not row.attempts]:
        return _new(work, message, min(max(*full, work.now), work.now + WINDOW))
    if told := [row.ended_at for row in several if row.ended_at and row.ended_at > since]:
        return _new(work, message, max(told) + WINDOW)
    alone = [row.created_at for row in recent if row.rule != rules.folded().name and row.created_at > since]
    return _new(work, message, min(alone) + WINDOW) if len(alone) >= AT_ONCE else None


def _of_the_hour(work: Work, message: model.Message) -> model.Message:
    """The person's one mail of decisions, of all units that they are informed about: it is one of their own unit."""
    rule, home = rules.folded(rules.DECISIONS), (message.facts or {}).get("home") or message.unit
    mine = (_m.recipient_key == contact.key(message.recipient), _m.rule == rule.name, _m.unit == home)
    waits = (_m.state == model.LIFECYCLE.initial, _m.attempts == 0)
    for id in work.execute(sa.select(_m.id).where(*mine, *waits).order_by(_m.seq.desc()).limit(1)).scalars():
        found = tables.load(work.connection, id, lock=True)
        if _open(found):
            return found
    new = _new(work, message, work.now + INFORMED_WINDOW, rule)
    return dataclasses.replace(new, unit=home)


def _open(found: model.Message) -> bool:
    waits = found.state == model.LIFECYCLE.initial and not found.rendered and not found.attempts
    return waits and len((found.facts or {}).get("items", ())) < MOST


def _new(work: Work, message: model.Message, at: datetime, rule: rules.Rule | None = None) -> model.Message:
    """The first of several: it leaves at the end of the window."""
    rule, id = rule or rules.folded(), ids.new()
    said = message.facts or {}
    return dataclasses.replace(
        message,
        id=id,
        rule=rule.name,
        template=rule.template,
        related=id,
        number=None,
        next_at=at,
        facts={"at": moment.text(work.now), "country": said.get("country"), "items": []},
    )


def put(work: Work, several: model.Message, message: model.Message) -> bool:
    """Add the message to the mail of several. True when that one is new: it is still to be delivered."""
    said = {name: value for name, value in (message.facts or {}).items() if name not in HEAVY}
    item = {"rule": message.rule, "template": message.template, "facts": said}
    facts = several.facts or {}
    grown = dataclasses.replace(several, facts={**facts, "items": [*facts["items"], item]})
    if facts["items"]:
        tables.save(work, several, grown)
        return False
    return tables.add(work, grown)
