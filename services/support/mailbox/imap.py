"""Reading a mailbox by IMAP: what is new since the last time, one mail at a time, each in a transaction of its own.

Nothing on the server is changed: how far it was read stands in our database, in the transaction that took the mail, so
that a process may die anywhere and no mail is taken twice or left out. Mails that somebody had read before the mailbox
was first looked at are not taken.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import date

import structlog

from services.support.mailbox import commands, enclosures, model, tables
from shared.kernel import errors
from shared.runtime.mailboxes import Mailbox
from shared.store import engine

TIMEOUT_S = 20  # for each answer of the server
AT_ONCE = 50  # mails of one look, so that no mailbox keeps the others waiting
HEAD_ONLY = "(BODY.PEEK[HEADER])"
WHOLE = "(BODY.PEEK[])"
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

log = structlog.get_logger(__name__)


class MailboxAway(errors.Transient):
    """The mailbox {name} cannot be read at the moment: {why}."""

    code = "mailbox-away"


Enclosing = Callable[[bytes], enclosures.Enclosed]
"""Takes the files of a mail into the store, while no transaction is open."""


def poll(database: engine.Database, box: Mailbox, enclose: Enclosing) -> int:
    """Take what is new. Returns how many mails were looked at.

    Raises `MailboxAway`, and `errors.Transient` for a database or a store of files that is away.
    """
    with database.work(actor="system:mail") as work:
        place = tables.place(work, box.name, box.unit, work.now.date())
    try:
        with _opened(box) as server:
            validity = _validity(server)
            fresh = _uids(server, _wanted(place, validity))
            new = [uid for uid in fresh if place.uidvalidity != validity or uid > place.last_uid]
            if place.uidvalidity is None:  # what was read before we came is history
                _begin(database, box, validity, _highest(server) if not new else min(new) - 1)
            for uid in new[:AT_ONCE]:
                _take(database, server, box, validity, uid, enclose)
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        _failed(database, box, error)
        raise MailboxAway(name=box.name, why=str(error) or type(error).__name__) from error
    with database.work(actor="system:mail") as work:
        tables.move(work, box.name, polled_at=work.now, error=None, unit=box.unit)
    return len(new[:AT_ONCE])


@contextlib.contextmanager
def _opened(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    if box.tls:
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            box.host, box.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_S
        )
    else:
        server = imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT_S)
    try:
        server.login(box.user, box.secret)
        _ok(server.select(f'"{box.folder}"', readonly=True))
        yield server
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.logout()
        with contextlib.suppress(OSError):
            server.shutdown()  # which `logout` leaves out when the server has hung up


def _ok(answer: tuple[str, list[bytes | None]]) -> list[bytes | None]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1]))
    return answer[1]


def _validity(server: imaplib.IMAP4) -> int:
    """The UIDVALIDITY of the folder: with another one, all its numbers mean other mails."""
    return int(server.response("UIDVALIDITY")[1][0] or b"0")


def _wanted(place: object, validity: int) -> str:
    """What to search for: the first time what nobody has read, later what came since."""
    known = getattr(place, "uidvalidity", None)
    if known is None:
        return "UNSEEN"
    if known != validity:
        since: date = getattr(place, "since")  # noqa: B009 - a row
        return f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}"
    return f"UID {getattr(place, 'last_uid') + 1}:*"  # noqa: B009 - a row


def _uids(server: imaplib.IMAP4, wanted: str) -> list[int]:
    found = _ok(server.uid("SEARCH", *wanted.split()))
    return sorted({int(each) for line in found if line for each in line.split()})


def _highest(server: imaplib.IMAP4) -> int:
    return max(_uids(server, "ALL"), default=0)


def _begin(database: engine.Database, box: Mailbox, validity: int, last: int) -> None:
    with database.work(actor="system:mail") as work:
        tables.move(work, box.name, uidvalidity=validity, last_uid=last)


def _take(
    database: engine.Database, server: imaplib.IMAP4, box: Mailbox, validity: int, uid: int, enclose: Enclosing
) -> None:
    way = commands.Way(box.name, box.unit, validity, uid)
    size = int((_SIZE.search(b" ".join(_flat(server.uid("FETCH", str(uid), "(RFC822.SIZE)")))) or [b"", b"0"])[1])
    large = size > model.MAX_RAW
    raw = _body(server.uid("FETCH", str(uid), HEAD_ONLY if large else WHOLE))
    if raw is None:
        return  # it was deleted meanwhile, by a person
    try:
        if large:
            _write(database, raw, way, model.TOO_LARGE)
        else:
            _write(database, raw, way, None, enclose(raw))
    except errors.Transient:
        raise
    except Exception:  # what one mail does to us keeps no other from being read
        log.exception("mail_not_taken", mailbox=box.name, uid=uid)
        _write(database, raw, way, model.UNREADABLE)


def _write(
    database: engine.Database,
    raw: bytes,
    way: commands.Way,
    reason: str | None,
    enclosed: enclosures.Enclosed = enclosures.Enclosed(),  # noqa: B008 - frozen
) -> None:
    """Take or park it, and say how far we are, together."""
    with database.work(actor="system:mail") as work:
        place = tables.place(work, way.mailbox, way.unit, work.now.date())
        if place.uidvalidity == way.uidvalidity and place.last_uid >= (way.uid or 0):
            return  # another process was faster
        if reason is None:
            commands.take(work, raw, way, enclosed)
        else:
            commands.park(work, raw, way, reason)
        tables.move(work, way.mailbox, uidvalidity=way.uidvalidity, last_uid=way.uid)


def _flat(answer: tuple[str, list[object]]) -> list[bytes]:
    return [
        part for line in answer[1] for part in (line if isinstance(line, tuple) else (line,)) if isinstance(part, bytes)
    ]


def _body(answer: tuple[str, list[object]]) -> bytes | None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(str(answer[1]))
    return next((line[1] for line in answer[1] if isinstance(line, tuple)), None)


def _failed(database: engine.Database, box: Mailbox, error: Exception) -> None:
    with database.work(actor="system:mail") as work:
        tables.move(work, box.name, polled_at=work.now, error=(str(error) or type(error).__name__)[:1_000])
