"""The tables that every service's database has beside its own. Their migrations live in `shared/store/migrations`."""

from __future__ import annotations

import sqlalchemy as sa

from shared.store.types import Id, Json, Moment, Serial, metadata

METADATA = metadata("shared")

NAME = 200  # characters of a type, source, subject or reason: they are index keys

outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(10), nullable=False),  # event | task
    sa.Column("message_id", sa.String(NAME), nullable=False),
    sa.Column("routing_key", sa.String(NAME), nullable=False),  # the event's type, or the task queue
    sa.Column("subject", sa.String(NAME), nullable=False),  # what keeps its order
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("retry_at", Moment),
    sa.Column("error", sa.Text),
    sa.Column("sent_at", Moment),
)
sa.Index(
    "ix_outbox_unsent",
    outbox.c.seq,
    sqlite_where=outbox.c.sent_at.is_(None),
    postgresql_where=outbox.c.sent_at.is_(None),
)
sa.Index(
    "ix_outbox_waiting",
    outbox.c.subject,
    sqlite_where=sa.and_(outbox.c.sent_at.is_(None), outbox.c.retry_at.is_not(None)),
    postgresql_where=sa.and_(outbox.c.sent_at.is_(None), outbox.c.retry_at.is_not(None)),
)
sa.Index("ix_outbox_sent_at", outbox.c.sent_at)

stream = sa.Table(  # the last sequence given to an event of each subject
    "event_stream",
    METADATA,
    sa.Column("subject", sa.String(NAME), primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

inbox = sa.Table(
    "inbox",
    METADATA,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String(NAME), nullable=False),
    sa.Column("event_id", sa.String(NAME), nullable=False),
    sa.Column("type", sa.String(NAME), nullable=False),
    sa.Column("subject", sa.String(NAME), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # ready | retry | done | skipped | parked | discarded
    sa.Column("started", sa.Integer, nullable=False, server_default="0"),
    sa.Column("finished", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("retry_at", Moment),
    sa.Column("done_at", Moment),
    sa.Column("outcome", sa.String(NAME)),
    sa.UniqueConstraint("source", "event_id"),
)
sa.Index(
    "ix_inbox_ready", inbox.c.seq, sqlite_where=inbox.c.state == "ready", postgresql_where=inbox.c.state == "ready"
)
sa.Index(
    "ix_inbox_retry", inbox.c.subject, sqlite_where=inbox.c.state == "retry", postgresql_where=inbox.c.state == "retry"
)
sa.Index("ix_inbox_done_at", inbox.c.done_at)

failure = sa.Table(
    "failure",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),  # event | task | delivery
    sa.Column("ref", sa.String(NAME), nullable=False),  # inbox seq, task id, or the delivery's digest
    sa.Column("name", sa.String(NAME), nullable=False),  # event type or task name
    sa.Column("source", sa.String(NAME), nullable=False),
    sa.Column("subject", sa.String(NAME), nullable=False),
    sa.Column(
        "reason", sa.String(NAME), nullable=False
    ),  # a stable code: schema-violation, exhausted, kills-process, ...
    sa.Column("cause", sa.String(NAME), nullable=False),  # what failures of one cause are grouped by
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("raw", sa.LargeBinary),  # only for what could not be decoded
    sa.Column("headers", Json),
    sa.Column("state", sa.String(10), nullable=False),  # parked | replayed | resolved | discarded
    sa.Column("failed_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", sa.String(NAME), nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("failed_again", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "ref"),
)
sa.Index("ix_failure_state", failure.c.state, failure.c.failed_at)

failure_note = sa.Table(  # what people on call know about a cause
    "failure_note",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("cause", sa.String(NAME), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.String(NAME), nullable=False),
)
sa.Index("ix_failure_note_cause", failure_note.c.cause, failure_note.c.id)

failure_batch = sa.Table(  # one decision about a frozen set of failures
    "failure_batch",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("act", sa.String(10), nullable=False),  # replay | discard | restore
    sa.Column("cause", sa.String(NAME), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rate", sa.Float, nullable=False),  # at most so many a second
    sa.Column("stop_on_failure", sa.Boolean, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # running | stopped | finished
    sa.Column("watched", sa.Boolean, nullable=False),  # something of it has no outcome yet
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", sa.String(NAME), nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.String(NAME)),
    sa.Column("ended_why", sa.Text),  # failed-again, or what a person wrote
)
sa.Index(
    "ix_failure_batch_watched",
    failure_batch.c.id,
    sqlite_where=sa.text("watched = 1"),
    postgresql_where=sa.text("watched"),
)

failure_batch_item = sa.Table(
    "failure_batch_item",
    METADATA,
    sa.Column("batch_id", Id, sa.ForeignKey("failure_batch.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("failure_id", Id, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # waiting | sent | done | failed | refused | left
    sa.Column("work_kind", sa.String(10)),  # event | task: what is watched once it was sent
    sa.Column("work_ref", sa.String(NAME)),
    sa.Column("why", sa.Text),
    sa.Column("at", Moment),
)
sa.Index(  # a failure waits in one set at most: two people who replay the same share it out
    "uq_failure_batch_item_waiting",
    failure_batch_item.c.failure_id,
    unique=True,
    sqlite_where=failure_batch_item.c.state == "waiting",
    postgresql_where=failure_batch_item.c.state == "waiting",
)

presence = sa.Table(  # which processes run this service's loops, as they say themselves
    "presence",
    METADATA,
    sa.Column("process", Id, primary_key=True),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("host", sa.String(NAME), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.String(NAME), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("beat_at", Moment, nullable=False),
    sa.Column("loops", Json, nullable=False),
    sa.Column("queues", Json),
)

task = sa.Table(
    "task",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(NAME), nullable=False),
    sa.Column("args", Json, nullable=False),
    sa.Column("actor", sa.String(NAME), nullable=False),
    sa.Column("trace", sa.String(NAME), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # ready | running | retry | done | parked | discarded
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("hinted_at", Moment),
    sa.Column("retry_at", Moment),
    sa.Column("lease_until", Moment),
    sa.Column("started", sa.Integer, nullable=False, server_default="0"),
    sa.Column("finished", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("done_at", Moment),
    sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
    sa.Column("progress_of", sa.Integer),
    sa.Column("result", Json),
)
sa.Index(
    "ix_task_open",
    task.c.created_at,
    sqlite_where=task.c.state.in_(("ready", "retry", "running")),
    postgresql_where=task.c.state.in_(("ready", "retry", "running")),
)
sa.Index("ix_task_done_at", task.c.done_at)

idempotency = sa.Table(
    "idempotency",
    METADATA,
    sa.Column("caller", sa.String(NAME), primary_key=True),
    sa.Column("method", sa.String(10), primary_key=True),
    sa.Column("path", sa.String(NAME), primary_key=True),
    sa.Column("key", sa.String(NAME), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", Json),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", Moment, nullable=False),
)
sa.Index("ix_idempotency_created_at", idempotency.c.created_at)

link = sa.Table(  # public links: the secret's hash, never the secret
    "link",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(NAME), nullable=False),
    sa.Column("subject", sa.String(NAME), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
    sa.Column("revoked_at", Moment),
)
sa.Index("ix_link_subject", link.c.subject, link.c.purpose)

binding = sa.Table(  # what this service's queue was bound to last, so that what is gone can be unbound
    "bus_binding",
    METADATA,
    sa.Column("exchange", sa.String(NAME), primary_key=True),
    sa.Column("routing_key", sa.String(NAME), primary_key=True),
)

unit = sa.Table(  # the copy of the directory's units
    "unit_copy",
    METADATA,
    sa.Column("code", sa.String(NAME), primary_key=True),
    sa.Column("title", sa.String(NAME), nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("phone", sa.String(20)),  # where its clients call and write; none: as the unit above it
    sa.Column("mail", sa.String(254)),
)
