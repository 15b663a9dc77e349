"""The house of the notify tests: one notify service on a temporary home or on PostgreSQL, driven by hand with a clock
that stands still. Its mails go to a server that the test chooses, or into the folder of the home."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import Client, TestResponse

from services.notify.channel import choice, connection
from services.notify.channel.smtp import Smtp
from services.notify.message import model, queries
from services.notify.message import tables as messages
from shared.bus import port as bus
from shared.envelope import cloudevent
from shared.inbox import receive, worker
from shared.jobs import rows, runner
from shared.kernel import ids, moment
from shared.people import units
from shared.runtime import manifest, procedures, process, settings
from shared.store import engine, migrate, tables
from shared.web import tokens
from tests.servers import Postgres, ScriptedPeer, SmtpSink
from tests.servers.patience import HASTY, PATIENT

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 in Hanoi, 10:00 in Shanghai
TICKET = "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"
LINK = "s8hT2kQ9mRw4vXy7nBp3cLd"
VIETNAMESE = {
    "name": "Nguyễn Thị Hường",
    "locale": "vi",
    "mails": ["huong.nguyen@example.com"],
    "phones": ["+84912345678"],
}
CHINESE = {"name": "王小明", "locale": "zh", "mails": ["wang@example.com"], "phones": []}
ENGLISH = {"name": "Mary O'Neil", "locale": "en", "mails": ["mary@example.com"], "phones": []}


def ticket(**changes: Any) -> dict[str, Any]:
    """The data of a ticket's event."""
    return {
        "ticket_id": TICKET,
        "number": "TCK-2026-000123",
        "version": 1,
        "unit": "hai-phong",
        "state": "received",
        "channel": "website",
        "topic": "question",
        "content": "Hỏi về thời gian hàng đến cảng Hải Phòng",
        "people": {"responsible": ["staff-1"], "accountable": [], "consulted": [], "informed": []},
        "party": None,
        "contact": VIETNAMESE,
        "request_type": None,
        "promised_at": None,
        "method": None,
        "result": None,
        "link": None,
        "rating": None,
        "comment": None,
        "reason": None,
        **changes,
    }


def event(type_: str, data: dict[str, Any], *, id: str | None = None, at: datetime = START) -> cloudevent.Event:
    """An event as another service publishes it."""
    return cloudevent.Event(
        id=id or ids.new(),
        source="/steward/" + type_.partition(".")[0],
        type=type_,
        subject=str(data.get("ticket_id") or data.get("staff_id")),
        time=at,
        data=data,
        sequence=1,
        actor="staff:staff-1",
    )


@functools.cache
def _migrated() -> Path:
    """A migrated database, made once for all tests."""
    home = tempfile.TemporaryDirectory(prefix="steward-migrated-")
    atexit.register(home.cleanup)
    migrate.upgrade(settings.read({"STEWARD_HOME": home.name}).database("notify"), "notify")
    return Path(home.name) / "data"


@dataclass
class House:
    """One notify service."""

    home: Path
    server: SmtpSink | ScriptedPeer | None = None
    database_url: str | None = None
    smtp_url: str | None = None
    sms_url: str | None = None
    playbooks: Path | None = None
    time: moment.ManualTime = field(default_factory=lambda: moment.ManualTime(START))

    def __post_init__(self) -> None:
        if self.server is not None:
            self.smtp_url = f"smtp://{self.server.host}:{self.server.port}"
        self.environment = {
            "STEWARD_HOME": str(self.home),
            "STEWARD_PUBLIC_URL": "https://khach.example.com",
            "STEWARD_MAIL_FROM": "Steward <no-reply@steward.example.com>",
            **({"STEWARD_SMTP_URL": self.smtp_url} if self.smtp_url else {}),
            **({"STEWARD_SMS_URL": self.sms_url, "STEWARD_SMS_TOKEN": "s3cret"} if self.sms_url else {}),
            **({"STEWARD_PLAYBOOKS": str(self.playbooks)} if self.playbooks else {}),
            **({"STEWARD_DATABASE_URL": self.database_url} if self.database_url else {}),
        }
        self.settings = settings.read(self.environment)
        tokens.ensure_key(self.home / "keys" / "gateway.json")
        if self.database_url:
            migrate.upgrade(self.settings.database("notify"), "notify")
        elif not (self.home / "data").exists():
            shutil.copytree(_migrated(), self.home / "data")
        self.process = process.Process(self.settings, ("notify",), time=self.time)
        self.database: engine.Database = self.process.databases["notify"]
        procedures.install(self.settings, self.database)
        self._inbox = worker.Worker(self.database, manifest.reactions(manifest.load("notify")))
        self._closed = False
        self.tasks = self.process.tasks("notify")
        self.resources = self.process.resources()
        if self.smtp_url:
            self.use(Smtp(self.smtp_url, patience=self._patience(), clock=lambda: self.time.now().timestamp()))
        self.api = Client(self.process.apps()["notify"])

    def _patience(self) -> connection.Patience:
        """Long, but where the server is meant to hang."""
        return HASTY if isinstance(self.server, ScriptedPeer) and self.server.hangs else PATIENT

    def use(self, channel: Smtp) -> Smtp:
        """Send over this channel."""
        self.resources.extras[choice.KEY] = channel
        return channel

    def open_unit(self, code: str = "hai-phong", title: str = "Chi nhánh Hải Phòng", country: str = "VN") -> None:
        """The directory tells of a unit."""
        with self.database.work() as work:
            units.keep(work, code=code, title=title, country=country, active=True, sequence=1)

    # ---- what happens

    def hear(self, type_: str, data: dict[str, Any], *, id: str | None = None) -> str:
        """An event arrives and takes effect. Returns its id."""
        heard = event(type_, data, id=id, at=self.time.now())
        self.deliver(heard)
        return heard.id

    def deliver(self, *events: cloudevent.Event) -> None:
        """The bus brings these events; they take effect."""
        receive.store(
            self.database,
            [bus.Delivery(cloudevent.write(e), cloudevent.CONTENT_TYPE, bus.EVENTS, e.type) for e in events],
        )
        while self._inbox.step():
            pass

    def work_off(self) -> int:
        """Run every task that is due now. Returns how many ran."""
        due = rows.next_due(self.database, limit=1_000)
        return sum(runner.run(self.database, self.tasks, id, self.resources) for id in due)

    def pass_time(self, **by: float) -> int:
        """Let time pass and run what is then due. Returns how many tasks ran."""
        self.time.move(timedelta(**by))
        return self.work_off()

    def call(self, method: str, path: str, who: tokens.Caller, **more: Any) -> TestResponse:
        """Call the API."""
        token = self.process.signer().sign(who, audience="notify")
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.api.open(path, method=method, headers=headers, **more)

    # ---- what is seen

    def messages(self) -> list[model.Message]:
        """Every message, oldest first."""
        with self.database.reading() as connection:
            statement = sa.select(messages.message).order_by(messages.message.c.seq)
            return [messages.read(row) for row in connection.execute(statement)]

    def message(self) -> model.Message:
        """The one message there is."""
        (found,) = self.messages()
        return found

    def attempts(self, id: str | None = None) -> list[dict[str, Any]]:
        """The attempts of a message, or of the one there is."""
        with self.database.reading() as connection:
            return queries.attempts(connection, id or self.message().id)

    def outcomes(self) -> list[str | None]:
        """What became of each attempt for the one message there is."""
        return [attempt["outcome"] for attempt in self.attempts()]

    def published(self) -> list[dict[str, Any]]:
        """The events in the outbox, oldest first."""
        o = tables.outbox.c
        with self.database.reading() as connection:
            bodies = connection.execute(sa.select(o.body).where(o.kind == "event").order_by(o.seq)).scalars()
            return [json.loads(bytes(body)) for body in bodies]

    def failures(self) -> list[str]:
        """Why work was parked."""
        with self.database.reading() as connection:
            return list(connection.execute(sa.select(tables.failure.c.reason)).scalars())

    def scalar(self, statement: sa.Select[Any]) -> Any:
        """One value from the database."""
        with self.database.reading() as connection:
            return connection.execute(statement).scalar()

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, in the order of arrival."""
        if self.server is not None:
            return [mail.parsed for mail in self.server.mails]
        paths = sorted((self.home / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]  # type: ignore[misc]

    def mail(self) -> EmailMessage:
        """The one mail that left."""
        (found,) = self.mails()
        return found

    def close(self) -> None:
        """Let go of the files and connections."""
        if not self._closed:
            self._closed = True
            self._inbox.close()
            self.process.stop()


Open = Callable[..., House]
BOTH = ["embedded", pytest.param("postgres", marks=pytest.mark.server)]


def houses(request: pytest.FixtureRequest, folder: Path) -> Iterator[Open]:
    """What the fixture `open_house` gives: opens houses on one home (or one database), and closes them all."""
    with contextlib.ExitStack() as closing:
        url = None
        if getattr(request, "param", "embedded") == "postgres":
            server: Postgres = request.getfixturevalue("postgres")
            build = server.template("notify_house", lambda url: print(migrate.upgrade(url, "notify")))
            url = closing.enter_context(server.fresh({"notify": build}))

        def open_house(server: SmtpSink | ScriptedPeer | None = None, **more: Any) -> House:
            made = House(folder / "home", server, database_url=url, **more)
            closing.callback(made.close)
            return made

        yield open_house


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """The plain text (or the HTML) of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content()


def ids_of(mails: list[EmailMessage]) -> list[str]:
    """The Message-IDs."""
    return [str(mail["Message-ID"]) for mail in mails]
