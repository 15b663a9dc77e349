"""Settings: read once from the environment or from files named by `NAME_FILE`, checked together, all faults at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shared.bus import timing
from shared.kernel import errors
from shared.runtime import mailboxes

LOG_FORMS = ("auto", "json", "console")
LOG_LEVELS = ("auto", "debug", "info", "warning", "error")
SWITCH = {"yes": True, "no": False}


class BadSettings(errors.Refused):
    """The settings cannot be used: {why}"""

    code = "bad-settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process is told from outside. No secret of it is ever printed or logged."""

    home: Path
    run: Path
    host: str
    port: int
    public_url: str
    database_url: str | None
    amqp_url: str | None
    tasks_amqp_url: str | None
    smtp_url: str | None
    mail_from: str
    mailboxes: tuple[mailboxes.Mailbox, ...]
    sms_url: str | None
    sms_token: str | None
    sms_from: str | None
    service_urls: dict[str, str]
    playbooks: Path | None
    second_place: Path
    files: Path
    files_second_place: Path | None
    file_mb: int
    files_mb: int
    files_at_once: int
    demo: bool
    demo_password: str | None
    log_format: str
    log_level: str
    web_workers: int
    web_threads: int
    trusted_proxies: int
    task_threads: int
    retain_outbox_days: int
    retain_inbox_days: int
    retain_idempotency_hours: int

    @property
    def embedded(self) -> bool:
        """Whether events are delivered inside this process, without a broker."""
        return self.amqp_url is None

    def database(self, service: str) -> str:
        """The URL of a service's own database: on the one server, or a file of the home."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'data' / (service + '.sqlite')}"
        import sqlalchemy as sa  # a health check every ten seconds has no use for it

        url = sa.make_url(self.database_url)
        return url.set(database=f"{url.database or 'steward'}_{service}").render_as_string(hide_password=False)


class Reader:
    """Reads one environment, collecting what is wrong with it instead of stopping at the first fault."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.faults: list[str] = []
        self._values = {
            name.removeprefix("STEWARD_"): text for name, text in environment.items() if name.startswith("STEWARD_")
        }
        for name in [name for name in self._values if name.endswith("_FILE")]:
            self._from_file(name)

    def _from_file(self, name: str) -> None:
        path = self._values[name]
        if name.removesuffix("_FILE") in self._values:
            self.faults.append(f"STEWARD_{name}: STEWARD_{name.removesuffix('_FILE')} is given as well; keep one")
            return
        try:
            self._values[name.removesuffix("_FILE")] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(f"STEWARD_{name}: {getattr(error, 'strerror', None) or 'not UTF-8 text'} ({path})")

    def text(self, name: str, default: str | None = None) -> str | None:
        """A text; empty counts as not given."""
        return self._values.get(name, "").strip() or default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        raw = self.text(name)
        if raw is None:
            return default
        if not (raw.isascii() and raw.isdecimal() and low <= int(raw) <= high):
            self.faults.append(f"STEWARD_{name}: {raw!r} is not a whole number from {low} to {high}")
            return default
        return int(raw)

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One word of several."""
        raw = (self.text(name) or default).lower()
        if raw not in allowed:
            self.faults.append(f"STEWARD_{name}: {raw!r} is none of {', '.join(allowed)}")
            return default
        return raw

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """A URL; what is wrong with it is said without repeating it: it may hold a password."""
        raw = self.text(name)
        if raw is None:
            return None
        try:
            parts = urlsplit(raw)
            known, host, _ = parts.scheme in schemes, parts.hostname, parts.port
        except ValueError:
            self.faults.append(f"STEWARD_{name}: is not a URL")
            return None
        if not known:
            self.faults.append(f"STEWARD_{name}: starts with none of {', '.join(s + '://' for s in schemes)}")
        elif not host and parts.scheme not in LOCAL:
            self.faults.append(f"STEWARD_{name}: names no host")
        else:
            return raw
        return None

    def services(self) -> dict[str, str]:
        """`STEWARD_<SERVICE>_URL`: where the gateway finds the other services."""
        found = ((service, self.url(f"{service.upper()}_URL", ("http", "https"))) for service in SERVICES)
        return {service: url.rstrip("/") for service, url in found if url}


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises `BadSettings`, naming every fault in one sentence."""
    around = os.environ if environment is None else environment
    given = Reader(around)
    boxes, unusable = mailboxes.read(given.text("MAILBOXES"), around)
    host, port = given.text("HOST", "127.0.0.1") or "", given.number("PORT", 8080, 1, 65535)
    amqp = given.url("AMQP_URL", ("amqp", "amqps"))
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    home = Path(given.text("HOME", "var") or "var").absolute()
    settings = Settings(
        home=home,
        run=Path(given.text("RUN") or home / "run").absolute(),
        host=host,
        port=port,
        public_url=(given.url("PUBLIC_URL", ("http", "https")) or address).rstrip("/"),
        database_url=given.url("DATABASE_URL", ("postgresql", "postgres", "postgresql+psycopg")),
        amqp_url=amqp,
        tasks_amqp_url=given.url("TASKS_AMQP_URL", ("amqp", "amqps")) or amqp,
        smtp_url=given.url("SMTP_URL", ("smtp", "smtps", "smtp+starttls")),
        mail_from=given.text("MAIL_FROM", "Steward <steward@localhost>") or "",
        mailboxes=boxes,
        sms_url=given.url("SMS_URL", ("http", "https")),
        sms_token=given.text("SMS_TOKEN"),
        sms_from=given.text("SMS_FROM"),
        service_urls=given.services(),
        playbooks=Path(own).absolute() if (own := given.text("PLAYBOOKS")) else None,
        second_place=Path(given.text("SECOND_PLACE") or home / "second-place").absolute(),
        files=Path(given.text("FILES") or home / "files").absolute(),
        files_second_place=Path(second).absolute() if (second := given.text("FILES_SECOND_PLACE")) else None,
        file_mb=given.number("FILE_MB", 10, 1, 40),  # a form holds several files and is read up to 64 MB
        files_mb=given.number("FILES_MB", 25, 1, 50),
        files_at_once=given.number("FILES_AT_ONCE", 10, 1, 50),
        demo=SWITCH[given.one_of("DEMO", "yes", tuple(SWITCH))],
        demo_password=given.text("DEMO_PASSWORD"),
        log_format=given.one_of("LOG", "auto", LOG_FORMS),
        log_level=given.one_of("LOG_LEVEL", "auto", LOG_LEVELS),
        web_workers=given.number("WEB_WORKERS", 1, 1, 64),
        web_threads=given.number("WEB_THREADS", 8, 1, 256),
        trusted_proxies=given.number("TRUSTED_PROXIES", 0, 0, 8),  # hops in front of us that set X-Forwarded-*
        task_threads=given.number("TASK_THREADS", 4, 1, 256),
        retain_outbox_days=given.number("RETAIN_OUTBOX_DAYS", 14, 1, 3650),
        retain_inbox_days=given.number("RETAIN_INBOX_DAYS", 45, 1, 3650),
        retain_idempotency_hours=given.number("RETAIN_IDEMPOTENCY_HOURS", 48, 1, 8760),
    )
    faults = given.faults + unusable + [fault for fault in (timing.fault(),) if fault]
    if faults:
        raise BadSettings(why="; ".join(faults) + ".")
    return settings


SERVICES = ("intake", "contracts", "support", "care", "notify", "gateway")
LOCAL = ("postgresql", "postgres", "postgresql+psycopg")  # may be reached by a socket, without a host in the URL
