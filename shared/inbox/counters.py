"""What the inbox counts, for `/metrics`."""

from __future__ import annotations

import prometheus_client as prometheus

_RECEIVED = prometheus.Counter("steward_events_received", "Events stored in an inbox", ("service", "outcome"))
_CONSUMED = prometheus.Counter(
    "steward_events_consumed", "Events that a reaction was tried for", ("service", "type", "outcome")
)


def received(service: str, *, new: int, duplicate: int) -> None:
    """Count a stored batch."""
    _RECEIVED.labels(service, "new").inc(new)
    _RECEIVED.labels(service, "duplicate").inc(max(duplicate, 0))


def outcome(service: str, type_: str, result: str, count: int = 1) -> None:
    """Count what became of events: ok, overtaken, skipped, retry, parked."""
    _CONSUMED.labels(service, type_, result).inc(count)


_UNROUTED = prometheus.Counter("steward_events_unrouted", "Events that no queue took", ("type", "subscribed"))


def unrouted(type_: str, subscribed: bool) -> None:
    """Count an event that landed in the alternate exchange."""
    _UNROUTED.labels(type_, "yes" if subscribed else "no").inc()
