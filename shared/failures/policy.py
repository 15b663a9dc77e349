"""What fate an error has: decided by its class, in one place for events and tasks alike."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass
from pathlib import Path

from shared.kernel import errors

DELAYS_S = (5, 30, 120, 600, 3600)  # between attempts; with jitter of a fifth, so that neighbours do not retry together
MAX_CRASHES = 3  # a piece of work that killed its process this often is parked
ERROR_CHARS = 8_192  # of the stored story; more has never helped anybody


@dataclass(frozen=True, slots=True)
class Wait:
    """The world is away: try again after this many seconds; no attempt is used up."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after this many seconds."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Park:
    """Stop trying and wait for a person; `reason` is a stable code."""

    reason: str


Fate = Wait | Retry | Park


def fate(error: BaseException, *, attempts: int) -> Fate:
    """What to do after `error`, when `attempts` were already used before this one.

    `Stale` is a refusal to a person, who must look again; work in the background does nothing but look again.
    """
    if isinstance(error, errors.Transient):  # a mail server that says "later" knows how much later
        return Wait(error.retry_after_seconds)
    if isinstance(error, errors.Refused) and not isinstance(error, errors.Stale):
        return Park(error.code)
    if attempts >= len(DELAYS_S):
        return Park("exhausted")
    return Retry(DELAYS_S[attempts] * random.uniform(0.8, 1.2))


def crashed(started: int, finished: int) -> bool:
    """Whether work killed its process too often to be tried again."""
    return started - finished >= MAX_CRASHES


def text(error: BaseException) -> str:
    """The error with its frames, without values of variables, bounded."""
    return "".join(traceback.format_exception(error, limit=-12))[-ERROR_CHARS:]


def cause(name: str, error: BaseException | None, reason: str) -> str:
    """What failures are grouped by: the work, the kind of error, and the innermost line of ours that raised it."""
    if error is None:
        return f"{name} {reason}"[:200]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/site-packages/" not in frame.filename]
    where = f"{Path(frames[-1].filename).stem}:{frames[-1].name}" if frames else "?"
    return f"{name} {type(error).__name__} in {where}"[:200]
