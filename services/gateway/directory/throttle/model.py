"""How many attempts are free, and how long one then waits.

Invariant: an attempt is counted before it is made, so that many at once are no way around; attempts while waiting are
not counted, so that waiting always ends.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel import errors


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` attempts at once; then a pause that doubles from `first` to `most`. Forgotten after `forget` of rest.

    `of_places` says that the key is a network address.
    """

    name: str
    free: int
    first: timedelta
    most: timedelta
    forget: timedelta
    of_places: bool = False


ACCOUNT = Limit("account", 5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
"""Passwords tried on one account: about a hundred a day."""
ADDRESS = Limit("address", 30, timedelta(seconds=10), timedelta(minutes=15), timedelta(hours=1), of_places=True)
"""Passwords tried from one address. A whole office may stand behind one."""
RESET = Limit("reset", 3, timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
"""Mails with a link to one person."""
RESETS = Limit("resets", 20, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=6), of_places=True)
"""Mails with a link asked for from one address."""
SETUP = Limit("setup", 5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1), of_places=True)
"""Set-up codes tried from one address."""


def attempt(limit: Limit, attempts: int, last: datetime | None, *, now: datetime) -> int:
    """The new count of attempts. Raises `errors.TooMany` with the seconds to wait."""
    if last is None or now - last >= limit.forget:
        return 1
    if attempts >= limit.free:
        doublings = min(attempts - limit.free, 32)
        left = last + min(limit.first * 2**doublings, limit.most) - now
        if left > timedelta(0):
            raise errors.TooMany(seconds=math.ceil(left.total_seconds()))
    return attempts + 1


def place(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 user has to themselves."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((read, 64), strict=False))
    return str(read)
