"""From bytes to a mail: headers, the text in whatever charset it claims, what a machine wrote, what came back.

Nothing here raises for what a stranger sent: what cannot be read is left out, and the mail itself is kept beside it.
"""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr

from services.support.mailbox import charset, markup, quoting
from services.support.mailbox.charset import one_line
from services.support.mailbox.model import Bounced, Mail

OURS = "X-Steward-Message"  # what notify writes on every mail
RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
MACHINES = (  # headers by which programs say that no person wrote this, with what they say then
    ("Auto-Submitted", re.compile(r"\s*auto-", re.IGNORECASE)),
    ("Precedence", re.compile(r"\s*(bulk|junk|list|auto_reply)", re.IGNORECASE)),
    ("X-Autoreply", re.compile(r"(?!\s*no)", re.IGNORECASE)),
    ("X-Autorespond", re.compile(r"")),
    ("X-Autoresponder", re.compile(r"")),
    ("X-Auto-Response", re.compile(r"")),
    ("List-Id", re.compile(r"")),
)
MAX_TEXT = 200_000  # characters of a body that are looked at
MAX_PARTS = 200
UNREADABLE = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, MessageError)
"""What a mail may be broken into, in spite of all care: then a person looks at it."""
MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


def read(raw: bytes) -> Mail:
    """The mail in these bytes."""
    message = email.message_from_bytes(raw, policy=policy.compat32)
    parts = [part for _, part in zip(range(MAX_PARTS), message.walk(), strict=False)]
    name, sender = next(iter(_addresses(_raw(message, "From")[:1])), ("", ""))
    to = _addresses([value for each in RECIPIENTS for value in _raw(message, each)])
    bounced = _bounced(message, parts)
    return Mail(
        message_id=next(iter(MESSAGE_ID.findall(header(message, "Message-ID"))), None),
        sender=sender or None,
        sender_name=one_line(name),
        to=tuple(address for _, address in to if address),
        subject=one_line(header(message, "Subject")),
        references=tuple(MESSAGE_ID.findall(f"{header(message, 'References')} {header(message, 'In-Reply-To')}")),
        text="" if bounced else quoting.without_history(_text(parts)),
        ours=message.get(OURS) is not None,
        auto=next(
            (each for each, says in MACHINES if (v := message.get(each)) is not None and says.match(str(v))), None
        ),
        bounced=bounced,
        attachments=tuple(_name(part) for part in parts if _attached(part)),
    )


def whole(raw: bytes) -> str:
    """The text with all that it quotes, of a bounce too. Raises one of `UNREADABLE`."""
    message = email.message_from_bytes(raw, policy=policy.compat32)
    return _text([part for _, part in zip(range(MAX_PARTS), message.walk(), strict=False)])[:MAX_TEXT]


def files(raw: bytes) -> list[tuple[str, str, bytes]]:
    """What is attached: name, what the sender says the type is, content. Raises one of `UNREADABLE`."""
    message = email.message_from_bytes(raw, policy=policy.compat32)
    parts = [part for _, part in zip(range(MAX_PARTS), message.walk(), strict=False) if _attached(part)]
    bodies = [(part, part.get_payload(decode=True)) for part in parts]
    return [(_name(part) or "file", part.get_content_type(), body) for part, body in bodies if isinstance(body, bytes)]


def key(raw: bytes, message_id: str | None) -> str:
    """What a mail is recognised by, however often and by whatever way it comes: its Message-ID and what it says.

    The ways add headers of their own, so only what its sender wrote counts; without a Message-ID also who wrote it,
    when, and about what: two clients may say the same few words.
    """
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    name = message_id
    if message_id is None:
        written = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
        name = "\n".join(value for each in ("From", "Date", "Subject") for value in _raw(written, each))
    return hashlib.sha256(f"{name}\n".encode(errors="replace") + body.strip()).hexdigest()


def header(message: Message, name: str) -> str:
    """A header decoded, whatever charset it claims; empty when there is none."""
    return charset.header_text(next(iter(_raw(message, name)), ""))


def _raw(message: Message, name: str) -> list[str]:
    """Every header of this name as it came; bytes that no header may hold stand as half characters."""
    return [str(value) for each, value in message.raw_items() if each.lower() == name.lower()]


def _addresses(raw: list[str]) -> list[tuple[str, str]]:
    """Names and addresses. They are told apart before anything is decoded: a name may hold commas and brackets."""
    return [(charset.header_text(name), one_line(address)) for name, address in getaddresses(raw)]


def _text(parts: list[Message]) -> str:
    """The plain text, else the HTML as text: of everything that is not attached, in order."""
    for kind, reading in (("text/plain", lambda text: text), ("text/html", markup.text_of)):
        found = [reading(said) for part in parts if part.get_content_type() == kind for said in _said(part)]
        joined = "\n\n".join(each.strip() for each in found if each.strip())
        if joined:
            return joined.replace("\r\n", "\n").replace("\r", "\n")
    return ""


def _said(part: Message) -> Iterator[str]:
    if _attached(part):
        return
    body = part.get_payload(decode=True)
    if isinstance(body, bytes):
        most = MAX_TEXT * 4
        yield charset.decoded(body[:most], part.get_content_charset(), cut=len(body) > most)[:MAX_TEXT]


def _attached(part: Message) -> bool:
    return not part.is_multipart() and (part.get_content_disposition() == "attachment" or bool(_name(part)))


def _name(part: Message) -> str:
    """What it is called: also by programs that write the name as a header's text, or in bytes as they are."""
    try:
        return one_line(charset.header_text(_plain(part).get_filename() or ""))
    except (UnicodeError, LookupError, ValueError):
        return "?"


def _plain(part: Message) -> Message:
    """The headers that name a part, of characters only."""
    made = Message()
    for each in ("Content-Disposition", "Content-Type"):
        for raw in _raw(part, each)[:1]:
            made[each] = raw if raw.isascii() else charset.decoded(raw.encode("utf-8", "surrogateescape"), None)
    return made


def _bounced(message: Message, parts: list[Message]) -> Bounced | None:
    """What a delivery report says (RFC 3464); of a report in a mail server's own words, its words."""
    report = message.get_content_type() == "multipart/report"
    if report and str(message.get_param("report-type", "")).lower() != "delivery-status":
        return None
    local = parseaddr(header(message, "From"))[1].partition("@")[0].lower()
    if not report and local not in ("mailer-daemon", "postmaster") and header(message, "Return-Path").strip() != "<>":
        return None
    if not report and header(message, "Return-Path").strip() == "<>" and local not in ("mailer-daemon", "postmaster"):
        return None  # auto-replies come without a return path, too
    status, recipient, ours = None, None, None
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else []:
                if not isinstance(block, Message):
                    continue
                status = status or one_line(str(block.get("Status", ""))).partition(" ")[0] or None
                final = str(block.get("Final-Recipient", "") or block.get("Original-Recipient", ""))
                recipient = recipient or one_line(final.partition(";")[2]) or None
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            ours = ours or _returned_id(part)
    said = _text([part for part in parts if part.get_content_type() == "text/plain"])
    if ours is None and (found := re.search(r"(?im)^message-id:\s*(<[^<>\s]{1,250}>)", said)):
        ours = found[1]
    if status is None and (code := re.search(r"\b([45]\.\d{1,3}\.\d{1,3})\b", said)):
        status = code[1]
    return Bounced(recipient, status, ours, said[:2_000])


def _returned_id(part: Message) -> str | None:
    payload = part.get_payload()
    if isinstance(payload, list) and payload:
        found = MESSAGE_ID.findall(header(payload[0], "Message-ID"))  # type: ignore[arg-type]
        return found[0] if found else None
    body = part.get_payload(decode=True)
    if isinstance(body, bytes) and (found := re.search(rb"(?im)^message-id:\s*(<[^<>\s]{1,250}>)", body)):
        return found[1].decode("ascii", "replace")
    return None
