"""How two mentions of a client are recognised as one.

Invariants: a contact with a party is found by its party; without one, by a mail address or a phone number. The newest
mention decides name and language; addresses are only ever added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mention:
    """What an event says of a client at that moment."""

    party: str | None
    name: str
    locale: str
    mails: tuple[str, ...]
    phones: tuple[str, ...]
    at: datetime

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """Kind and key of every address, each once."""
        found = [("mail", key(mail)) for mail in self.mails] + [("phone", phone) for phone in self.phones]
        return tuple(dict.fromkeys(found))


def key(mail: str) -> str:
    """What two spellings of one mail address have in common."""
    return mail.strip().casefold()
