"""The state of a service over HTTP, for people on call and for dashboards: nothing of it tells about a client."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared import web
from shared.envelope.fields import When
from shared.runtime import condition
from shared.web import on_call
from shared.web.site import current

state = web.Blueprint("operations", __name__, url_prefix="/v1/operations", description="The state of the service")


class WaitingOut(ma.Schema):
    """What waits, and since when; `alarm` says why somebody should look."""

    what = fields.String()
    rows = fields.Integer()
    age_s = fields.Integer()
    alarm = fields.String(allow_none=True)


class LoopOut(ma.Schema):
    """A loop of a process, as it told of itself last."""

    name = fields.String()
    idle_s = fields.Integer(metadata={"description": "Seconds since it finished a step, when the process said so."})
    stuck = fields.Boolean()
    error = fields.String(allow_none=True)


class ProcessOut(ma.Schema):
    """A process that runs loops of the service; `age_s` is how long ago it was heard of."""

    process = fields.String()
    role = fields.String()
    host = fields.String()
    pid = fields.Integer()
    version = fields.String()
    started_at = When()
    age_s = fields.Integer()
    alive = fields.Boolean()
    loops = fields.List(fields.Nested(LoopOut))


class QueueOut(ma.Schema):
    """A queue at the broker."""

    name = fields.String()
    ready = fields.Integer(allow_none=True)
    consumers = fields.Integer(allow_none=True)
    alarm = fields.String(allow_none=True)


class DatabaseOut(ma.Schema):
    """Which migrations have run, and which this version still needs."""

    kind = fields.String()
    revisions = fields.List(fields.String())
    pending = fields.List(fields.String())


class ConditionOut(ma.Schema):
    """How a service is."""

    service = fields.String()
    title = fields.String()
    at = When()
    version = fields.String()
    well = fields.Boolean()
    alarms = fields.Integer()
    waiting = fields.List(fields.Nested(WaitingOut))
    promises_late = fields.Integer(metadata={"description": "Promises that run and are late."})
    processes = fields.List(fields.Nested(ProcessOut))
    missing = fields.List(fields.String(), metadata={"description": "Roles that no process has."})
    queues = fields.List(
        fields.Nested(QueueOut), allow_none=True, metadata={"description": "null: no broker, or it is away."}
    )
    database = fields.Nested(DatabaseOut)


@state.get("")
@web.reads
@state.response(200, ConditionOut)
def shown() -> dict[str, Any]:
    """Outbox, inbox, tasks, failures, clocks, queues, processes and their loops, migrations. Needs the role on-call."""
    on_call.looks()
    here = current()
    return condition.of(here.database, broker=here.settings.amqp_url is not None)


BLUEPRINTS = (state,)
