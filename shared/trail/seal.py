"""Personal text beside the chain: sealed with AES-GCM under a key of its person.

Destroying the key is what erases a person; every copy and backup of the text becomes unreadable with it, as long as the
keys are not in the same backup for longer than the law allows.
"""

from __future__ import annotations

import os
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.kernel import errors
from shared.store import types
from shared.store.work import Work
from shared.trail import tables

KEY_BYTES = 32
NONCE_BYTES = 12

_k = tables.key.c


class ReasonMissing(errors.Invalid):
    """Say why: an erasure is written to the record with its reason."""

    code = "reason-missing"


def seal(work: Work, person: str, text: str, *, about: str) -> bytes | None:
    """The text under the person's key; None when the person was erased: nothing new is kept of them then.

    `about` (object and entry number) is bound to the sealed text, so that it cannot be moved to another entry.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key = _key(work, person)
    if key is None:
        return None
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())


def keys(connection: sa.Connection, people: Collection[str]) -> dict[str, bytes]:
    """The keys of these people, in one question; who was erased has none."""
    if not people:
        return {}
    wanted = types.among(_k.person, sorted(people), connection.dialect.name)
    found = connection.execute(sa.select(_k.person, _k.key).where(wanted, _k.key.is_not(None)))
    return {row.person: bytes(row.key) for row in found}


def unseal(key: bytes | None, sealed: bytes, *, about: str) -> str | None:
    """The text; None without a key: the person was erased. Raises `ValueError` when the sealed bytes were changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if key is None:
        return None
    try:
        text = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except InvalidTag as error:
        raise ValueError("the sealed text was changed") from error
    return text.decode()


def erase(work: Work, person: str, *, reason: str) -> bool:
    """Destroy a person's key; False when there is none or it is gone already. Raises `ReasonMissing`."""
    if len(reason.strip()) < 3:
        raise ReasonMissing(fields={"reason": ["at least 3 characters"]})
    done = work.execute(
        tables.key.update()
        .where(_k.person == person, _k.key.is_not(None))
        .values(key=None, erased_at=work.now, erased_by=work.actor[: tables.NAME], reason=reason.strip())
    )
    return done.rowcount == 1


def _key(work: Work, person: str) -> bytes | None:
    known = work.execute(_KNOWN, {"whose": person}).one_or_none()
    if known is None:
        row = {"person": person, "key": os.urandom(KEY_BYTES), "made_at": work.now}
        if work.execute(_NEW[work.dialect], row).rowcount == 1:
            return row["key"]
        known = work.execute(_KNOWN, {"whose": person}).one()  # somebody else's transaction was first
    return None if known.key is None else bytes(known.key)


_KNOWN = sa.select(_k.key).where(_k.person == sa.bindparam("whose"))
_NEW = {
    "postgresql": postgresql.insert(tables.key).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(tables.key).on_conflict_do_nothing(),
}
