"""What the relay counts, for `/metrics`."""

from __future__ import annotations

import prometheus_client as prometheus

_SENT = prometheus.Counter("steward_outbox_sent", "Outbox rows that the bus took or refused", ("service", "outcome"))


def settled(service: str, *, confirmed: int, refused: int) -> None:
    """Count a batch."""
    if confirmed:
        _SENT.labels(service, "confirmed").inc(confirmed)
    if refused:
        _SENT.labels(service, "refused").inc(refused)
