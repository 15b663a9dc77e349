"""The outbox: events and task hints leave a service if and only if their transaction committed."""

from shared.outbox.emit import emit, emit_many, hint

__all__ = ["emit", "emit_many", "hint"]
