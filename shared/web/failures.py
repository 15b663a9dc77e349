"""Failed work over HTTP, for people on call: by cause and one by one, shown masked, and decided about with a reason.

Every decision is written on the failure's trail with its actor and reason, and so is every look at personal data.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared import web
from shared.failures import batch, evidence, groups, story
from shared.kernel import ids
from shared.trail import queries as trails
from shared.web import failure_schemas as schemas
from shared.web import on_call, promises
from shared.web.site import current

causes = web.Blueprint(
    "causes", __name__, url_prefix="/v1/operations/causes", description="Failed work by what made it fail"
)
failures = web.Blueprint(
    "failures", __name__, url_prefix="/v1/operations/failures", description="Failed work, one by one"
)
batches = web.Blueprint(
    "batches", __name__, url_prefix="/v1/operations/batches", description="Decisions about sets of failed work"
)


# ---- causes


@causes.get("")
@web.reads
@causes.arguments(schemas.CausesIn, location="query")
@causes.response(200, schemas.CausesOut)
def by_cause(query: dict[str, Any]) -> dict[str, Any]:
    """What failed, by cause, the most frequent first. Needs the role on-call."""
    on_call.looks()
    found = groups.of(web.reader(), query["state"])
    return {"as_of": _now(), "items": _with_objects(found)}


@causes.get("/<string:id>")
@web.reads
@causes.response(200, schemas.CauseShownOut)
def cause_shown(id: str) -> dict[str, Any]:
    """One cause in every state, with the notes about it. Needs the role on-call."""
    on_call.looks()
    connection = web.reader()
    cause = groups.named(connection, id)
    in_state = {state: _with_objects(groups.of(connection, state, cause=cause)) for state in groups.STATES}
    return {
        "id": id,
        "cause": cause,
        "as_of": _now(),
        "by_state": {state: found[0] for state, found in in_state.items() if found},
        "notes": groups.notes(connection, cause),
    }


@causes.post("/<string:id>/note")
@web.writes
@causes.arguments(schemas.CauseNoteIn)
@causes.response(201, schemas.CauseNoteOut)
def note(facts: dict[str, Any], id: str) -> sa.Row[Any]:
    """Write down what is known about a cause, for whoever is on call next. Needs the role on-call."""
    on_call.decides()
    work = web.work()
    cause = groups.named(work.connection, id)
    made = groups.note(work, cause, facts["text"])
    return next(each for each in groups.notes(work.connection, cause) if each.id == made)


def _with_objects(found: Sequence[groups.Group]) -> list[dict[str, Any]]:
    rows = groups.some(web.reader(), [id for group in found for id in group.examples])
    about = evidence.about(web.reader(), rows)
    return [
        {**dataclasses.asdict(group), "about": [each for id in group.examples for each in about.get(id, ())]}
        for group in found
    ]


# ---- one by one


@failures.get("")
@web.reads
@failures.arguments(schemas.FailuresIn, location="query")
@failures.response(200, schemas.FailuresOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Failures, the newest first. Needs the role on-call."""
    on_call.looks()
    connection = web.reader()
    rows = groups.page(
        connection,
        state=query.get("state"),
        cause=_asked(connection, query),
        after=_after(query),
        limit=query["limit"],
    )
    about = evidence.about(connection, rows)
    items = [{**row._mapping, "cause_id": groups.key(row.cause), "about": about[row.id]} for row in rows]
    return {"items": items, "next": rows[-1].id if len(rows) == query["limit"] else None}


@failures.get("/<string:id>")
@web.reads
@failures.response(200, schemas.FailureShownOut)
def shown(id: str) -> dict[str, Any]:
    """One failure whole, with personal data masked, and what was decided about it. Needs the role on-call."""
    on_call.looks()
    return _whole(web.reader(), id)


@failures.post("/<string:id>/reveal")
@web.writes
@failures.arguments(schemas.FailureReasonIn)
@failures.response(200, schemas.FailureShownOut)
def reveal(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """The same with its personal data, for a reason that is written to the failure's trail. Secrets stay masked. A
    repeated request is answered masked. Needs the role on-call.
    """
    on_call.decides()
    work = web.work()
    story.write_down(work, story.shown(work.connection, id), "revealed", facts["reason"])
    web.keep_instead(schemas.FailureShownOut().dump(_whole(work.connection, id)))
    return _whole(work.connection, id, revealed=True)


@failures.post("/<string:id>/replay")
@web.writes
@failures.arguments(schemas.FailureReasonIn)
@failures.response(200, schemas.FailureShownOut)
def replay(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Try the work again with the present state and a fresh count of attempts. Needs the role on-call."""
    return _decided(story.replay, id, facts)


@failures.post("/<string:id>/discard")
@web.writes
@failures.arguments(schemas.FailureReasonIn)
@failures.response(200, schemas.FailureShownOut)
def discard(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Give the work up. The row stays, and can be restored for 30 days. Needs the role on-call."""
    return _decided(story.discard, id, facts)


@failures.post("/<string:id>/restore")
@web.writes
@failures.arguments(schemas.FailureReasonIn)
@failures.response(200, schemas.FailureShownOut)
def restore(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Take discarded work up again: it is parked as before. Needs the role on-call."""
    return _decided(story.restore, id, facts)


def _decided(act: Any, id: str, facts: dict[str, Any]) -> dict[str, Any]:
    on_call.decides()
    act(web.work(), id, reason=facts["reason"])
    return _whole(web.work().connection, id)


def _whole(connection: sa.Connection, id: str, *, revealed: bool = False) -> dict[str, Any]:
    row = story.shown(connection, id)
    facts = evidence.of(connection, current().service.name, row, revealed=revealed)
    discarded = row.state == "discarded"
    return {
        **facts,
        "cause_id": groups.key(row.cause),
        "about": evidence.about(connection, [row])[row.id],
        "revealed": revealed,
        "restorable_until": row.changed_at + story.RESTORABLE if discarded else None,
        "decisions": [_decision(each) for each in trails.of_object(connection, row.id)],
    }


def _decision(entry: dict[str, Any]) -> dict[str, Any]:
    known = {name: entry[name] for name in ("at", "what", "actor")}
    return {**known, "reason": entry["text"], "batch": entry["facts"].get("batch")}


# ---- sets


@batches.get("")
@web.reads
@batches.arguments(schemas.BatchesIn, location="query")
@batches.response(200, schemas.BatchOut(many=True))
def newest(query: dict[str, Any]) -> list[dict[str, Any]]:
    """The sets begun last. Needs the role on-call."""
    on_call.looks()
    connection = web.reader()
    found = batch.newest(connection, cause=_asked(connection, query), limit=query["limit"])
    return [_batch(each) for each in found]


@batches.post("")
@web.writes
@batches.arguments(schemas.BatchIn)
@batches.response(201, schemas.BatchShownOut)
def begin(facts: dict[str, Any]) -> dict[str, Any]:
    """Freeze the set of a cause as it is now, and replay, discard or restore it; it goes on whatever becomes of this
    process. Needs the role on-call.
    """
    on_call.decides()
    work = web.work()
    act, cause = facts.pop("act"), groups.named(work.connection, facts.pop("cause"))
    id = batch.begin(work, act, cause, until=facts.pop("seen_at", None), **facts)
    return _batch(batch.shown(work.connection, id))


@batches.get("/<string:id>")
@web.reads
@batches.response(200, schemas.BatchShownOut)
def batch_shown(id: str) -> dict[str, Any]:
    """How far a set is. Needs the role on-call."""
    on_call.looks()
    return _batch(batch.shown(web.reader(), id))


@batches.post("/<string:id>/stop")
@web.writes
@batches.arguments(schemas.FailureReasonIn)
@batches.response(200, schemas.BatchShownOut)
def stop(facts: dict[str, Any], id: str) -> dict[str, Any]:
    """Stop a set: what was not reached stays as it is. Needs the role on-call."""
    on_call.decides()
    batch.stop(web.work(), id, reason=facts["reason"])
    return _batch(batch.shown(web.work().connection, id))


def _batch(known: dict[str, Any]) -> dict[str, Any]:
    return {**known, "cause_id": groups.key(known["cause"])}


def _asked(connection: sa.Connection, query: dict[str, Any]) -> str | None:
    """The cause that a list is about; one that nobody knows has nothing in it."""
    if "cause" not in query:
        return None
    try:
        return groups.named(connection, query["cause"])
    except groups.NoSuchCause:
        return ""


def _after(query: dict[str, Any]) -> str | None:
    if "cursor" in query and not ids.is_id(query["cursor"]):
        raise promises.BadCursor
    return query.get("cursor")


def _now() -> Any:
    return current().database.time.now()


BLUEPRINTS = (causes, failures, batches)
