"""A mail store for tests: the part of IMAP4rev1 that a reader of one folder uses.

with ImapStore() as store:
    store.add(raw)                # unread, with the next number
    store.renew()                 # another UIDVALIDITY: every number means another mail
"""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Kept:
    """One mail in the folder."""

    uid: int
    raw: bytes
    read: bool = False


@dataclass
class ImapStore:
    """The folder INBOX of one user, behind a server on the loopback. A context manager."""

    user: str = "support@example.com"
    secret: str = "geheim"
    validity: int = 1
    mails: list[Kept] = field(default_factory=list)
    die_before_fetch: int | None = None
    """Hang up instead of giving out this mail, once."""

    def __enter__(self) -> ImapStore:
        store = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Talk(store, self.rfile, self.wfile).run()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, raw: bytes, *, read: bool = False) -> int:
        """Put a mail into the folder; a `read` one is of an earlier day. Returns its number."""
        uid = max((mail.uid for mail in self.mails), default=0) + 1
        self.mails.append(Kept(uid, raw, read))
        return uid

    def renew(self) -> None:
        """The folder was made anew: same mails, other numbers."""
        self.validity += 1
        for number, mail in enumerate(self.mails, start=1):
            mail.uid = number


class _Talk:
    def __init__(self, store: ImapStore, rfile: Any, wfile: Any) -> None:
        self._store, self._in, self._out = store, rfile, wfile

    def run(self) -> None:
        self._say("* OK ready")
        for line in self._in:
            tag, _, rest = line.decode().strip().partition(" ")
            if not self._answer(tag, rest):
                return

    def _say(self, line: str) -> None:
        self._out.write(line.encode() + b"\r\n")

    def _answer(self, tag: str, asked: str) -> bool:
        verb, _, rest = asked.partition(" ")
        done = "OK"
        if verb == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif verb == "LOGIN":
            good = rest.replace('"', "").split() == [self._store.user, self._store.secret]
            done = "OK" if good else "NO [AUTHENTICATIONFAILED]"
        elif verb in ("SELECT", "EXAMINE"):
            self._say(f"* {len(self._store.mails)} EXISTS")
            self._say(f"* OK [UIDVALIDITY {self._store.validity}]")
            done = "OK [READ-ONLY]" if verb == "EXAMINE" else "OK [READ-WRITE]"
        elif asked.startswith("UID SEARCH"):
            self._say(f"* SEARCH {' '.join(str(uid) for uid in self._found(asked[11:]))}".rstrip())
        elif asked.startswith("UID FETCH"):
            if not self._fetch(asked[10:]):
                return False
        elif verb == "LOGOUT":
            self._say("* BYE")
        self._say(f"{tag} {done} done")
        return verb != "LOGOUT"

    def _found(self, asked: str) -> list[int]:
        mails = self._store.mails
        if asked.startswith(("UNSEEN", "SINCE")):
            return [mail.uid for mail in mails if not mail.read]
        if asked.startswith("UID"):
            first = int(asked.split()[1].partition(":")[0])
            highest = max((mail.uid for mail in mails), default=0)
            return [mail.uid for mail in mails if mail.uid >= first or mail.uid == highest]  # as RFC 3501 says of n:*
        return [mail.uid for mail in mails]

    def _fetch(self, asked: str) -> bool:
        uid, what = int(asked.split()[0]), asked.partition(" ")[2]
        mail = next((each for each in self._store.mails if each.uid == uid), None)
        if mail is None:
            return True
        if "SIZE" in what:
            self._say(f"* 1 FETCH (UID {uid} RFC822.SIZE {len(mail.raw)})")
            return True
        if self._store.die_before_fetch == uid:
            self._store.die_before_fetch = None
            return False
        assert re.search(r"BODY\.PEEK\[(HEADER)?\]", what), "only peeking leaves the mailbox as it was"
        body = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in what else mail.raw
        self._out.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode() + body + b")\r\n")
        return True
