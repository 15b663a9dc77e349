"""A letter as a mail: its headers and bytes.

One recipient per mail. Everything is 7-bit on the wire, so that no server on the way has to convert it. What a stranger
typed (a name, words in a subject) is data here: it can end no header and begin none.
"""

from __future__ import annotations

import base64
from email import utils
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any
from urllib.parse import quote

import email_validator

from services.notify.channel.port import File, Letter
from services.notify.template.model import one_line

LINE = 75  # characters of a folded header line
PIECE = 48  # characters of a file's quoted name on one line
OPAQUE = "application/octet-stream"
SHORT = 60  # characters of plain ASCII that stand in a header as they are; more is folded by being encoded


class Written(str):
    """The value of a header, already as it stands on the wire."""


class MailPolicy(EmailPolicy):
    """Takes headers that are `Written` as they are.

    The library's own folding (Python 3.11 to 3.13) drops blanks between encoded words: `gửi HĐ-2026` arrived as
    `gửiHĐ-2026`. And it decodes what only looks like an encoded word.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """See `EmailPolicy`."""
        return (name, value) if isinstance(value, Written) else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """See `EmailPolicy`."""
        return value if isinstance(value, Written) else super().header_fetch_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        """One header as text."""
        return f"{name}: {value}{self.linesep}" if isinstance(value, Written) else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header as bytes."""
        return self.fold(name, value).encode("ascii")


POLICY = MailPolicy(linesep="\r\n", cte_type="7bit", utf8=False)
OURS = "X-Steward-Message"
LANGUAGES = {"vi": "vi", "zh": "zh-CN", "en": "en"}


def build(letter: Letter) -> bytes:
    """The bytes of the mail, lines ending in CRLF. The same letter gives the same Message-ID and text every time."""
    texts = [_text("plain", letter.text), _text("html", letter.html)]
    mail = _part(
        {
            "From": _mailbox("From", letter.sender_name, letter.sender),
            "To": _mailbox("To", letter.recipient_name, letter.recipient),
            "Subject": _words("Subject", letter.subject),
            "Date": utils.format_datetime(letter.at),
            "Message-ID": letter.message_id,
            **_thread(letter),
            OURS: letter.id,  # whoever gets a mail with it from outside knows that it went round in a circle
            "Auto-Submitted": "auto-generated",  # no machine that is polite answers this (RFC 3834)
            "X-Auto-Response-Suppress": "All",  # the same to Exchange, which does not read the former
            "Content-Language": LANGUAGES[letter.locale],
            "MIME-Version": "1.0",
            **_body_type("mixed" if letter.files else "alternative", letter),
        },
        [_part(_body_type("alternative", letter, within=True), texts), *map(_file, letter.files)]
        if letter.files
        else texts,
    )
    return mail.as_bytes()


def _body_type(subtype: str, letter: Letter, *, within: bool = False) -> dict[str, str]:
    """A boundary from the letter's id: the library's would be another one at every attempt."""
    return {"Content-Type": f'multipart/{subtype}; boundary="={"." if within else "_"}{letter.id}"'}


def _thread(letter: Letter) -> dict[str, str]:
    """What mail programs show it under, and where an answer to it goes."""
    answers = letter.in_reply_to or (letter.thread[-1] if letter.thread else None)
    before = tuple(dict.fromkeys((*letter.thread, *((letter.in_reply_to,) if letter.in_reply_to else ()))))
    headers = {"Reply-To": f"<{wire(letter.reply_to)}>" if letter.reply_to else None}
    headers |= {"In-Reply-To": answers, "References": "\r\n ".join(before) or None}
    return {name: value for name, value in headers.items() if value}


def _text(subtype: str, text: str) -> EmailMessage:
    """A part in base64: letters of any language, no line that a server could break or take for the end."""
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    headers = {"Content-Type": f'text/{subtype}; charset="utf-8"', "Content-Transfer-Encoding": "base64"}
    return _part(headers, base64.encodebytes(lines.encode()).decode("ascii"))


def _file(file: File) -> EmailMessage:
    """A file to be saved. Its name stands there twice: as RFC 2231 has it, and as encoded words (RFC 2047), which is
    all that some mail programs read."""
    type_ = OPAQUE if file.type.startswith(("message/", "multipart/")) else file.type  # those may not be in base64
    headers = {
        "Content-Type": f'{type_};\r\n name="{_encoded("Content-Type", one_line(file.name))}"',
        "Content-Disposition": f"attachment{_filename(one_line(file.name))}",
        "Content-Transfer-Encoding": "base64",
    }
    return _part(headers, base64.encodebytes(file.content).decode("ascii"))


def _filename(name: str) -> str:
    """The parameter in pieces of a line each (RFC 2231): quoted as a whole, a name of 200 bytes is 600 characters.

    No piece ends within a letter: some programs decode each by itself.
    """
    pieces = [""]
    for letter in name:
        quoted = quote(letter, safe="")
        if len(pieces[-1]) + len(quoted) > PIECE:
            pieces.append("")
        pieces[-1] += quoted
    if len(pieces) == 1:
        return f";\r\n filename*=utf-8''{pieces[0]}"
    charset = ("utf-8''", *[""] * len(pieces))
    return "".join(f";\r\n filename*{n}*={charset[n]}{piece}" for n, piece in enumerate(pieces))


def _part(headers: dict[str, str], payload: Any) -> EmailMessage:
    made = EmailMessage(policy=POLICY)
    for name, value in headers.items():
        made[name] = Written(value)
    made.set_payload(payload)
    return made


def message_id(id: str, sender: str, *, reply_to: str | None = None) -> str:
    """The Message-ID of a message: stable over all its attempts.

    It carries the token of the return address, so that an answer is found by its References, too, when a mail program
    writes to the sender instead.
    """
    token = (reply_to or "").rpartition("@")[0].rpartition("+")[2]
    return f"<{id}{'.' + token if token else ''}@{wire(sender).rpartition('@')[2] or 'localhost'}>"


def wire(address: str) -> str:
    """The mail address as servers take it: `info@bücher.example` has an ASCII form, `xn--...`.

    Raises ValueError for an address that has none.
    """
    if address.isascii():
        return address
    known = email_validator.validate_email(
        address, check_deliverability=False, allow_smtputf8=False, test_environment=True
    )
    return known.ascii_email or ""


def _mailbox(header: str, name: str, address: str) -> str:
    name, tail = one_line(name), f"<{wire(address)}>"
    if not name:
        return tail
    if _plain(name):
        return utils.formataddr((name, wire(address)))
    encoded = _encoded(header, name)
    gap = " " if len(encoded.rpartition("\r\n")[2]) + len(tail) < LINE else "\r\n "
    return f"{encoded}{gap}{tail}"


def _words(header: str, text: str) -> str:
    text = one_line(text)
    return text if _plain(text) else _encoded(header, text)


def _plain(text: str) -> bool:
    return text.isascii() and len(text) <= SHORT and "=?" not in text


def _encoded(header: str, text: str) -> str:
    return Header(text, "utf-8", maxlinelen=LINE, header_name=header).encode(linesep="\r\n")
