"""The house of the directory's tests: gateway and notify on a temporary home, driven by hand with a clock that stands
still; mails end in a folder, as they do on a laptop."""

from __future__ import annotations

import atexit
import email.policy
import functools
import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import Client, TestResponse

from services.gateway.directory.password import hashing
from services.gateway.directory.session import commands as sessions
from services.gateway.directory.session import queries as signed_in
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import model as staff_model
from services.gateway.directory.unit import commands as units
from shared.kernel import moment
from shared.runtime import process, settings
from shared.store import engine, migrate, tables
from shared.web import app, tokens

NAMES = ("notify", "gateway")
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 09:00 in Hanoi
PASSWORD = "con mèo trèo cây cau"
HASHED = hashing.make(PASSWORD)  # once for all tests: that it costs is the point of it
LINK = re.compile(r"https://khach\.example\.com/p/(g[0-9A-Za-z]{22})")


@functools.cache
def _migrated() -> Path:
    """Migrated databases, made once for all tests."""
    home = tempfile.TemporaryDirectory(prefix="steward-migrated-")
    atexit.register(home.cleanup)
    given = settings.read({"STEWARD_HOME": home.name})
    for name in NAMES:
        migrate.upgrade(given.database(name), name)
    return Path(home.name) / "data"


@dataclass
class House:
    """Gateway and notify. `open_company` first."""

    home: Path
    database_url: str | None = None
    time: moment.ManualTime = field(default_factory=lambda: moment.ManualTime(START))

    def __post_init__(self) -> None:
        environment = {"STEWARD_HOME": str(self.home), "STEWARD_PUBLIC_URL": "https://khach.example.com"}
        if self.database_url:
            environment["STEWARD_DATABASE_URL"] = self.database_url
        self.settings = settings.read(environment)
        tokens.ensure_key(self.home / "keys" / "gateway.json")
        names = NAMES
        if self.database_url is None:
            shutil.copytree(_migrated(), self.home / "data")
        for name in names if self.database_url else ():
            migrate.upgrade(self.settings.database(name), name)
        self.process = process.Process(self.settings, names, time=self.time)
        for name in names:
            self.process.add_bus(name, self.process.transport(name), subscribed=True)
            self.process.add_tasks(name, threads=1)
        self.database: engine.Database = self.process.databases["gateway"]
        self.signer = self.process.signer()

    @functools.cached_property
    def api(self) -> Client:
        """The directory's API; made when a test first calls it."""
        return self.of("gateway")

    def of(self, service: str) -> Client:
        """A service's API."""
        return Client(app.create(self.process.site(service)))

    # ---- arranging

    def open_company(self, code: str = "bien-xanh", *, branch: str | None = "hai-phong") -> None:
        """A company with a branch."""
        with self.database.work() as work:
            units.open_(work, code=code, kind="company", title=f"Công ty {code}", country="VN")
            if branch:
                units.open_(work, code=branch, kind="branch", title=f"Chi nhánh {branch}", country="VN", parent=code)

    def hire(self, mail: str = "an@example.com", **more: Any) -> staff_model.Staff:
        """A person who has the password of this house."""
        facts = {"name": "Nguyễn Văn An", "locale": "vi", "unit": "hai-phong", "hashed": HASHED, **more}
        with self.database.work() as work:
            return staff.add(work, mail=mail, **facts)

    def person(self, id: str) -> staff_model.Staff:
        """The person as they are now."""
        from services.gateway.directory.staff import tables as staff_tables

        with self.database.reading() as connection:
            return staff_tables.load(connection, id)

    # ---- acting

    def call(self, method: str, path: str, who: tokens.Caller | staff_model.Staff, **more: Any) -> TestResponse:
        """Call the API as a person (with their roles as they are) or a system."""
        headers = {**self.signed_for(who, "gateway"), **more.pop("headers", {})}
        return self.api.open(path, method=method, headers=headers, **more)

    def signed_for(self, who: tokens.Caller | staff_model.Staff, service: str) -> dict[str, str]:
        """The headers by which a service knows who calls, in English."""
        caller = who if isinstance(who, tokens.Caller) else caller_of(who)
        return {"Authorization": f"Bearer {self.signer.sign(caller, audience=service)}", "Accept-Language": "en"}

    def sign_in(self, mail: str = "an@example.com", password: str = PASSWORD, **more: Any) -> str:
        """Sign in. Returns the secret of the session."""
        _, secret = sessions.sign_in(self.database, mail=mail, password=password, **more)
        return secret

    def enter(self, person: staff_model.Staff) -> str:
        """Be signed in as the person, without the cost of a password. Returns the secret of the session."""
        with self.database.work() as work:
            return sessions.open_(work, person)[1]

    def signed(self, secret: str) -> signed_in.Signed | None:
        """Who the secret stands for now."""
        with self.database.reading() as connection:
            return signed_in.current(connection, secret, self.time.now())

    def run(self) -> None:
        """Let everything that waits happen: relay, inboxes, tasks."""
        loops = [loop for loop in self.process.loops if "janitor" not in loop.name]
        while sum(loop.step() for loop in loops):
            pass

    def pass_time(self, **by: float) -> None:
        """Let time pass."""
        self.time.move(timedelta(**by))

    # ---- looking

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, oldest first."""
        paths = sorted((self.home / "mail").rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        policy = email.policy.default
        return [email.message_from_bytes(path.read_bytes(), policy=policy) for path in paths]  # type: ignore[misc]

    def link(self, mail: EmailMessage) -> str:
        """The token of the link in a mail."""
        found = LINK.search(text(mail))
        assert found, text(mail)
        return found[1]

    def token(self) -> str:
        """The token of the link that was sent last, from the event that carries it to notify."""
        return self.events("directory.password_reset.requested")[-1]["data"]["link"]

    def events(self, type_: str) -> list[dict[str, Any]]:
        """The gateway's events of a type, oldest first."""
        o = tables.outbox.c
        with self.database.reading() as connection:
            bodies = connection.execute(sa.select(o.body).where(o.routing_key == type_).order_by(o.seq)).scalars()
            return [json.loads(bytes(body)) for body in bodies]

    def close(self) -> None:
        """Let go of the files."""
        for loop in self.process.loops:
            loop.close()
        self.process.stop()


def caller_of(person: staff_model.Staff) -> tokens.Caller:
    """The person as the gateway signs for them."""
    return tokens.Caller("staff", person.id, person.name, roles=person.roles, unit=person.unit, locale=person.locale)


def text(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content()
