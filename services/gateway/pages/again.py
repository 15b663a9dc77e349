"""Nobody types twice: a form that came too late is offered once more, with everything that was in it.

It came too late when the session had ended, or when the page belonged to another one. It is offered only when the
browser itself says that a page of ours sent it; otherwise whoever forged it would have their form offered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import flask

from services.gateway.front import csrf, faults, gate
from shared.kernel import errors

NEVER_CARRIED = (csrf.FIELD, "password", "again", "old", "new", "code")
NOT_SHOWN = ("form_key", "version", "next", "pending", "pending_to")
MOST = 300_000  # characters


@dataclass(frozen=True, slots=True)
class Pending:
    """A form that waits to be sent: where to, and its fields in order."""

    to: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> list[str]:
        """What a person typed or chose, for them to recognise."""
        return [value for name, value in self.fields if name not in NOT_SHOWN and value.strip()]

    def written(self) -> str:
        """As a hidden field carries it."""
        return json.dumps(self.fields, ensure_ascii=False)


def sent() -> Pending | None:
    """The form of this request, if it may be offered again."""
    fields = tuple((n, v) for n, v in flask.request.form.items(multi=True) if n not in NEVER_CARRIED)
    left_out = set(flask.request.form) & set(NEVER_CARRIED) - {csrf.FIELD}
    if left_out or not fields or not csrf.same_origin():
        return None
    return Pending(flask.request.path, fields)


def read(to: str, written: str) -> Pending | None:
    """A form that was carried over the sign-in; None for what is none."""
    try:
        fields = json.loads(written) if len(written) <= MOST else None
    except ValueError:
        return None
    if not isinstance(fields, list) or not gate.local(to, ""):
        return None
    pairs = [tuple(pair) for pair in fields if isinstance(pair, list) and len(pair) == 2]
    if len(pairs) != len(fields) or not all(isinstance(part, str) for pair in pairs for part in pair):
        return None
    return Pending(to, tuple(pair for pair in pairs if pair[0] not in NEVER_CARRIED))


def page(pending: Pending, said: str, status: int = 200) -> flask.Response:
    """The form, to be sent by one press of a button."""
    return flask.make_response(flask.render_template("again.html", pending=pending, said=said), status)


def not_ours(error: errors.StewardError) -> Any:
    """The answer to a form without the right token."""
    pending = sent()
    return page(pending, faults.sentence(error), 400) if pending else faults.respond(error)
