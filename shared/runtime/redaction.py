"""What must not be read in logs, failures or on a terminal: secrets, and what tells who a client is.

Two nets: a key that names a secret or a person hides its value, and every text is searched for what looks like one.
Masked text stays useful: `n***@example.com`, `amqp://***@broker`, `/p/***`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MASK = "***"
DEPTH = 12  # of nested values looked at; deeper is replaced whole

SECRETS = frozenset(
    ("authorization", "cookie", "set-cookie", "password", "passwd", "secret", "token", "link", "links", "csrf", "body")
)
"""Keys whose value is never shown."""

PERSONAL = frozenset(
    ("address", "contact", "contacts", "mail", "mails", "email", "person", "phone", "phones", "recipient", "content")
)
"""Keys whose text is about somebody: its length is all that is shown."""

NAMES = frozenset(("name", "title", "company"))
"""The same in what an event or a task carries; in a log line a `name` is one of ours."""

_CODE = re.compile(r"[a-z0-9][\x21-\x7e]{0,63}|[A-Z0-9][A-Z0-9_:/.+-]{0,63}")
"""An id, a code, a time, a number of ours: one word of ASCII that does not begin like a name."""

_ALPHABET = "2-9a-hjkmnp-zA-HJ-NP-Z"  # of `ids.secret`
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]*(?=@)"), MASK),  # of a URL; first, because it looks like a mail address
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),  # a signed token
    (re.compile(r"\bsteward_[A-Za-z0-9_-]{12,}"), f"steward_{MASK}"),  # a system's token
    (re.compile(r"(?<=/p/)[A-Za-z0-9]{10,}"), MASK),  # a public link
    (re.compile(rf"(?<![\w-])[a-z](?=[a-z0-9]*[A-Z])[{_ALPHABET}]{{22}}(?![\w-])"), MASK),  # its token, bare
    (re.compile(r"\b(?:[2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}\b"), MASK),  # a set-up code
    (re.compile(r"(?i)\b(pass(?:word|wd)?|secret|token)([\"']?\s*[=:]\s*[\"']?)[^\s\"',;&)]+"), rf"\1\2{MASK}"),
    (re.compile(r"(?<![\w.+-])([^\W_])[\w.+%-]*@((?:[\w-]+\.)+[\w-]{2,}|localhost)"), rf"\1{MASK}@\2"),
    (re.compile(r"(?<![\w+.-])\+\d{1,3}[ .-]?(?:\(?\d{1,5}\)?[ .-]?){2,6}\d(?![\w-])"), MASK),  # +84 912 345 678
    (re.compile(r"(?<![\w+.-])(?:0\d{2,3}[ .]?\d{3}[ .]?\d{3,4}|1[3-9]\d{9})(?![\w.-])"), MASK),  # 0912 345 678
)  # fmt: skip


_TELLING_OF_PEOPLE = 3
"""How many of the patterns, the last ones, mask people and no secrets."""
_ABOUT_PEOPLE = frozenset(("body",))
"""Keys among SECRETS whose text is about somebody; the secrets in it are found by what they look like."""


def text(value: str) -> str:
    """The text with whatever looks like a secret, a mail address or a phone number masked."""
    for pattern, mask in _PATTERNS:
        value = pattern.sub(mask, value)
    return value


def secret_text(value: str) -> str:
    """The text with whatever looks like a secret masked; names, mail addresses and phone numbers stay."""
    for pattern, mask in _PATTERNS[:-_TELLING_OF_PEOPLE]:
        value = pattern.sub(mask, value)
    return value


def secrets(given: Any) -> Any:
    """Any JSON-like value as somebody may see it who has said why they look at personal data: without its secrets."""
    return _masked(given, "", DEPTH, frozenset(), shown=secret_text, hidden=SECRETS - _ABOUT_PEOPLE)


def value(given: Any, *, key: str = "", depth: int = DEPTH) -> Any:
    """Any JSON-like value, masked by its keys and by what its texts look like."""
    return _masked(given, key.lower(), depth, PERSONAL, shown=text)


def payload(given: Any, *, key: str = "") -> Any:
    """What an event or a task carries: ids, codes, numbers, times; what a person wrote or is called only by length."""
    return _masked(given, key.lower(), DEPTH, PERSONAL | NAMES, shown=_if_code)


def _masked(
    given: Any,
    key: str,
    depth: int,
    personal: frozenset[str],
    *,
    shown: Callable[[str], str],
    hidden: frozenset[str] = SECRETS,
) -> Any:
    if key in hidden and given not in (None, "", [], {}):
        return MASK
    if isinstance(given, str):
        return _length(given) if key in personal and given else shown(given)
    if isinstance(given, bytes):
        return f"{len(given)} bytes"
    if isinstance(given, Mapping | list | tuple) and depth == 0:
        return MASK
    if isinstance(given, Mapping):
        shown = _length if key in personal else shown
        return {
            str(k): _masked(v, str(k).lower(), depth - 1, personal, shown=shown, hidden=hidden)
            for k, v in given.items()
        }
    if isinstance(given, list | tuple):
        return [_masked(each, key, depth - 1, personal, shown=shown, hidden=hidden) for each in given]
    return given


def _length(given: str) -> str:
    return f"{MASK} ({len(given)} characters)" if given else given


def _if_code(given: str) -> str:
    return text(given) if _CODE.fullmatch(given) else _length(given)
