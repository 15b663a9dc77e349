"""Which type a request looks like: a rule that says why, and never confirms itself.

A type's words stand in the playbook, per language. The type with the most of them in the request is suggested, with the
words that were found; of two with as many, the one with the longer words. Words are compared without case; without
diacritics only where the client typed none, so that `giá` is not found in `gia hạn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.support.ticket import model
from shared.playbook.model import Playbook, RequestType
from shared.text import fold

LANGUAGES = ("vi", "zh", "en")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A type, the words of the request that speak for it, and the topic that the client chose, where it does, too."""

    request_type: int | None = None
    says: tuple[str, ...] = ()
    topic: str | None = None


def of(ticket: model.Ticket, playbook: Playbook) -> Suggestion:
    """The type that a ticket's words speak for; without any, none."""
    found = [_weighed(kind, ticket) for kind in playbook.request_types]
    best = max(found, key=_weight, default=Suggestion())
    return best if best.says or best.topic else Suggestion()


def _weighed(kind: RequestType, ticket: model.Ticket) -> Suggestion:
    words = dict.fromkeys(word for language in LANGUAGES for word in kind.suggest.get(language, ()))
    says = tuple(_whole(word for word in words if _says(ticket.content, word)))
    return Suggestion(kind.code, says, ticket.topic if ticket.topic in kind.suggest.get("topics", ()) else None)


def _weight(found: Suggestion) -> tuple[int, int]:
    return len(found.says) + (found.topic is not None), sum(map(len, found.says))


def _whole(words: Iterable[str]) -> list[str]:
    """Without those that are part of another that was found: `khiếu nại` and `nại` are one sign, not two."""
    known = list(words)
    return [each for each in known if not any(each != other and each in other for other in known)]


def _says(text: str, word: str) -> bool:
    plain = text.casefold()
    bare = fold.fold(text)
    if bare == plain or fold.han(fold.fold(word)):  # typed without diacritics, or in either way of writing Chinese
        plain, word = bare, fold.fold(word)
    word = word.casefold()
    if fold.han(word):
        return word in plain
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain) is not None
