"""The same answer when the same request comes twice: `Idempotency-Key`.

Invariants:
- The row is inserted first and finished in the transaction of the effect, so that of two equal requests at once the
  second waits for the first and gets its answer.
- A refusal rolls the effect back and is kept in a transaction of its own. Whatever was kept first is what everybody
  gets, also the one whose own answer came second.
- Kept are 2xx and what the domain says (4xx). Not kept are 401, 412 and 429, which depend on more than the request, and
  5xx: with those nothing was done, and the same key may be tried again.
- A key belongs to its caller. Callers without an account cannot be told apart, and the first answer may hold the secret
  of a link: there the key must be one that nobody can guess.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import flask
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.kernel import errors
from shared.store import tables
from shared.store.work import Work
from shared.web import request, site

HEADER = "Idempotency-Key"
MAX_KEY = 200  # characters
LEAST_WITHOUT_ACCOUNT = 22  # characters of a key that stands for its sender: a UUID has 36
NOT_KEPT = (401, 412, 429)
KEPT_HEADERS = ("Content-Type", "Content-Language", "Location", "ETag")

_k = tables.idempotency.c


class KeyReused(errors.Conflict):
    """This Idempotency-Key was already used for another request; take a new key."""

    code = "idempotency-key-reused"


class BadKey(errors.Malformed):
    """An Idempotency-Key is 1 to 200 characters of printable ASCII."""

    code = "idempotency-key-malformed"


class GuessableKey(errors.Malformed):
    """Without an account, an Idempotency-Key is a random text of at least 22 characters, such as a UUID."""

    code = "idempotency-key-guessable"


@dataclass(frozen=True, slots=True)
class Asked:
    """What this request asks, by which key. Paths may hold the secret of a link: only their hash is stored."""

    caller: str
    method: str
    path: str
    key: str
    digest: str

    @property
    def row(self) -> dict[str, str]:
        """The columns that say so."""
        return {name: getattr(self, name) for name in Asked.__slots__}

    @property
    def where(self) -> dict[str, str]:
        """What finds its row."""
        return {f"its_{name}": getattr(self, name) for name in _FOUND_BY}


def asked(body: bytes | None = None) -> Asked | None:
    """What this request asks; None without a key. `body` stands for one that was taken in already.

    Raises `BadKey`, `GuessableKey`.
    """
    key = flask.request.headers.get(HEADER)
    if key is None:
        return None
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise BadKey
    who = request.caller()
    if who.kind == "client" and len(key) < LEAST_WITHOUT_ACCOUNT:
        raise GuessableKey
    body = (request.body() if body is None else body) + b"\0" + flask.request.query_string
    return Asked(
        caller=who.actor if len(who.actor) <= tables.NAME else _hash(who.actor.encode()),
        method=flask.request.method,
        path=_hash(flask.request.path.encode()),
        key=key,
        digest=_hash(body),
    )


def begin(unit: Work, ask: Asked) -> flask.Response | None:
    """Claim the key. The stored answer when the request was answered before; raises `KeyReused` for another body."""
    if _insert(unit, {**ask.row, "created_at": unit.now}):
        return None
    row = unit.execute(_KEPT, ask.where).one()
    if row.digest != ask.digest:
        raise KeyReused
    return _again(row)


def finish(unit: Work, ask: Asked, response: flask.Response) -> None:
    """Write the answer down, in the transaction of the effect; without the secret, where the view shows one once."""
    answer = _answer(response)
    if (instead := flask.g.pop("keep_instead", None)) is not None:
        answer["body"] = flask.json.dumps(instead).encode()
    unit.execute(_ANSWER, {**ask.where, **answer})


def keep(ask: Asked, response: flask.Response) -> flask.Response:
    """Write a refusal down, after the effect was rolled back. Returns the answer that stands: this one, or the one that
    an equal request was given in between.
    """
    if response.status_code in NOT_KEPT or not 400 <= response.status_code < 500:
        return response
    with site.current().database.work(actor=ask.caller) as unit:
        if _insert(unit, {**ask.row, **_answer(response), "created_at": unit.now}):
            return response
        row = unit.execute(_KEPT, ask.where).one()
    return _again(row) if row.digest == ask.digest else response


def _insert(unit: Work, row: dict[str, Any]) -> bool:
    """False when the key is taken; waits for a transaction that is just about to take it."""
    return unit.execute(_NEW[unit.dialect], row).rowcount == 1


def _again(row: sa.Row[Any]) -> flask.Response:
    response = flask.Response(bytes(row.body), status=row.status, headers=row.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _answer(response: flask.Response) -> dict[str, Any]:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": response.get_data()}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_FOUND_BY = ("caller", "method", "path", "key")
_ITS = sa.and_(*(_k[name] == sa.bindparam(f"its_{name}") for name in _FOUND_BY))
_KEPT = sa.select(tables.idempotency).where(_ITS)
_ANSWER = (
    tables.idempotency.update()
    .where(_ITS)
    .values(status=sa.bindparam("status"), headers=sa.bindparam("headers"), body=sa.bindparam("body"))
)
_NEW = {
    "postgresql": postgresql.insert(tables.idempotency).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.idempotency).on_conflict_do_nothing(),
}
