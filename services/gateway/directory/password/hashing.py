"""Hashes of passwords: argon2id with the parameters that RFC 9106 recommends for servers, at most two at once.

Invariant: an account that does not exist costs the same work as one that does, so that nobody can tell them apart.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import argon2
from argon2 import exceptions, profiles

from services.gateway.directory.password import model
from shared.kernel import errors

AT_ONCE = 2  # each takes 64 MiB and 0.1 to 0.2 s of a core; more at once would starve everybody else
WAIT_S = 5  # how long a caller waits for a turn before being told to come back

_HASHER = argon2.PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
_turns = threading.BoundedSemaphore(AT_ONCE)

NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$JMNvOJ57rX+T3Vy8goqdRw$/OPkmL417Hda/bTlpGThLCCEsfs5BownfBtBsADLcwA"
"""The hash of a password that nobody has and nobody knows, with the same parameters."""


class Busy(errors.Transient):
    """Too many people sign in at this moment; try again in a few seconds."""

    code = "sign-in-busy"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash is of a weaker kind than we make today."""

    right: bool
    outdated: bool = False


def make(password: str) -> str:
    """The hash to keep. Raises `Busy`."""
    with turn():
        return _HASHER.hash(model.normal(password))


def verify(hashed: str | None, password: str) -> Verdict:
    """Whether the password is the one behind the hash; None is nobody's, at the same cost. Raises `Busy`."""
    with turn():
        try:
            _HASHER.verify(hashed or NOBODY, model.normal(password[: model.MOST + 1]).encode(errors="replace"))
        except exceptions.VerifyMismatchError:
            return Verdict(right=False)
    if hashed is None:  # somebody found the password of nobody
        return Verdict(right=False)
    return Verdict(right=True, outdated=_HASHER.check_needs_rehash(hashed))


@contextlib.contextmanager
def turn(*, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold one of the turns for as long as the block runs. Raises `Busy` when none was free in time."""
    if not _turns.acquire(timeout=wait_s):
        raise Busy
    try:
        yield
    finally:
        _turns.release()
