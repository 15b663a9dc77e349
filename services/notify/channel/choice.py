"""Which channel a process uses: SMTP when there is a mail server, else the folder of the home; SMS likewise.

A house with a mail server and without an SMS provider has no way for an SMS: a file that nobody reads is none.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any

from services.notify.channel import address, mail, port, sms
from services.notify.channel.folder import Folder
from services.notify.channel.smtp import Smtp
from services.notify.template.model import one_line
from shared.kernel import errors
from shared.runtime.settings import Settings

FOLDER = "mail"  # below the home
KEY = "notify.channel"  # among the process's resources
SMS_KEY = "notify.sms"
_guard = threading.Lock()


class BadSender(errors.Refused):
    """STEWARD_MAIL_FROM is not a mail address such as "Acme Ltd" <service@acme.example>; a comma needs the quotes."""

    code = "bad-mail-from"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who our mails come from; `address` is as servers take it."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2]


def channel(settings: Settings, extras: dict[str, Any]) -> port.Channel:
    """The process's one channel for mail; made at first use, so after any fork."""
    with _guard:
        if KEY not in extras:
            extras[KEY] = _made(settings)
        return extras[KEY]


def for_sms(settings: Settings, extras: dict[str, Any]) -> port.Channel | None:
    """The process's one channel for SMS; None where the house has none."""
    with _guard:
        if SMS_KEY not in extras:
            extras[SMS_KEY] = _made_for_sms(settings)
        return extras[SMS_KEY]


def sender(settings: Settings) -> Sender:
    """Who our mails come from. Raises `BadSender`."""
    name, spec = parseaddr(settings.mail_from)
    try:
        found = Address(addr_spec=mail.wire(spec))
    except (ValueError, IndexError, MessageError) as error:
        raise BadSender from error
    if not found.username or not found.domain:
        raise BadSender
    return Sender(one_line(name), found.addr_spec)


def check(settings: Settings) -> None:
    """Raises `BadSender`, `address.BadAddress`, `sms.BadSmsUrl`, `sms.NoSmsToken`: said at the start."""
    sender(settings)
    if settings.smtp_url is not None:
        address.read(settings.smtp_url)
    if settings.sms_url is not None:
        sms.check(settings.sms_url, settings.sms_token)


def _made(settings: Settings) -> port.Channel:
    if settings.smtp_url is None:
        return Folder(settings.home / FOLDER)
    domain = sender(settings).domain
    return Smtp(settings.smtp_url, helo=domain if "." in domain else "localhost")


def _made_for_sms(settings: Settings) -> port.Channel | None:
    if settings.sms_url is not None:
        return sms.Sms(settings.sms_url, settings.sms_token, sender=settings.sms_from)
    return Folder(settings.home / FOLDER, sms=True) if settings.smtp_url is None else None
