"""Every service's HTTP face: one app factory, one shape of errors, tokens, idempotency, public links, health.

Views parse, call a command or query, and present; they find the unit of work, the reader and the caller here.
"""

from shared.web.blueprint import Blueprint
from shared.web.request import caller, expected_version, locale, reader, scoped, work
from shared.web.views import keep_instead, locate, made, reads, streams, tag, tagged, takes, writes

__all__ = [
    "Blueprint",
    "caller",
    "expected_version",
    "keep_instead",
    "locale",
    "locate",
    "made",
    "reader",
    "reads",
    "scoped",
    "streams",
    "tag",
    "tagged",
    "takes",
    "work",
    "writes",
]
