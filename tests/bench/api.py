"""An API write: authenticate, validate, idempotency, state, trail, clock, link and outbox in one commit."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import flask
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwk, jwt
from werkzeug.test import Client

from shared.kernel import ids
from shared.runtime import procedures, process
from shared.text import terms
from shared.web import tokens
from tests.bench import clocks, events, world

BODY = {
    "channel": "hotline",
    "topic": "question",
    "content": "Hỏi về thời gian hàng đến cảng Hải Phòng",
    "requester": {
        "name": "Lê Văn Nam",
        "locale": "vi",
        "mails": ["nam.le@example.com"],
        "phones": ["+84912345678"],
    },
}
TERMS = dict.fromkeys(terms.of_text("Hỏi về thời gian hàng đến cảng Hải Phòng"), 2) | dict.fromkeys(
    terms.of_name("Lê Văn Nam") | terms.of_mail("nam.le@example.com") | terms.of_phone("+84912345678"), 1
)
"""What the ticket is found by; both write the same rows."""
STAFF = tokens.Caller("staff", "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d", "Trần Văn Nữ", ("staff",), unit="hai-phong")


class Writing:
    """Tickets a second by one caller at a time, through the WSGI app."""

    name, title, unit = "api_write", "API write: one ticket recorded", "/s"
    higher_is_better, need, reached_at = True, "≥ 0.40 of Flask + psycopg", 0.40
    absolute = False

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Writing]:
        self._count = 150 if quick else 600
        with world.world() as made:
            self._world = made
            running = process.Process(made.settings, ("support",))
            with running.databases["support"].work(actor="system:bench") as unit:
                from shared.people import units

                units.keep(unit, code="hai-phong", title="Hải Phòng", country="VN", active=True, sequence=1)
            procedures.install(made.settings, running.databases["support"])
            token = running.signer().sign(STAFF, audience="support")
            self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "vi"}
            self._project = Client(running.apps()["support"])
            with made.connect("support") as database:
                public = json.loads((made.home / "keys" / "public.json").read_text(encoding="utf-8"))
                self._floor = Client(_app(database, public))
                try:
                    yield self
                finally:
                    running.stop()

    def run(self) -> float:
        """The service's own app."""
        return self._timed(self._project, "/v1/tickets")

    def floor(self) -> float:
        """A view by hand with the same statements."""
        return self._timed(self._floor, "/tickets")

    def _timed(self, client: Client, path: str) -> float:
        begun = time.perf_counter()
        for _ in range(self._count):
            response = client.post(path, json=BODY, headers={**self._headers, "Idempotency-Key": ids.new()})
            assert response.status_code == 201, response.get_data(as_text=True)
            response.close()
        return self._count / (time.perf_counter() - begun)


def _app(database: psycopg.Connection[Any], public: Any) -> flask.Flask:
    app = flask.Flask("floor")
    keys = jwk.KeySet.import_key_set(public)
    known: dict[str, Any] = {}

    @app.post("/tickets")
    def create() -> Any:
        token = flask.request.headers["Authorization"].partition(" ")[2]
        claims = known.get(token)
        if claims is None:
            claims = known[token] = jwt.decode(token, keys, algorithms=["Ed25519", "EdDSA"]).claims
        if claims["exp"] < time.time():
            flask.abort(401)
        body = flask.request.get_json()
        if not isinstance(body.get("content"), str) or not isinstance(body.get("requester"), dict):
            flask.abort(422)
        answer = _write(database, claims["sub"], flask.request.headers["Idempotency-Key"], body)
        return flask.Response(answer, status=201, content_type="application/json")

    return app


def _write(d: psycopg.Connection[Any], actor: str, key: str, body: dict[str, Any]) -> str:
    """State, link, trail, clock and outbox, statement by statement as the service writes them."""
    d.execute(
        "insert into idempotency (caller, method, path, key, digest, created_at)"
        " values (%s, 'POST', '/tickets', %s, %s, now()) on conflict do nothing",
        (actor, key, "0" * 64),
    )
    d.execute("select code, title, country, active from unit_copy where code = 'hai-phong'").fetchone()
    d.execute(
        "select unit, id, version from playbook_active where flow = 'support.ticket' and unit in ('hai-phong', '*')"
    ).fetchone()
    id, requester = ids.new(), json.dumps(body["requester"], ensure_ascii=False)
    row = d.execute(
        "insert into ticket (id, version, year, unit, state, channel, topic, content, requester, received_by,"
        " received_at, playbook, playbook_version) values (%s, 1, 2026, 'hai-phong', 'received', %s, %s, %s, %s, %s,"
        " now(), 'vimc-support', '2026-11-29') returning seq",
        (id, body["channel"], body["topic"], body["content"], requester, actor),
    ).fetchone()
    assert row is not None
    d.execute(
        "insert into ticket_term (unit, term, rank, seq) select 'hai-phong', given.term, given.rank, %s"
        " from unnest(%s::text[], %s::smallint[]) as given (term, rank) on conflict do nothing",
        (row[0], list(TERMS), list(TERMS.values())),
    )
    d.execute(
        "update link set revoked_at = now() where subject = %s and purpose = 'ticket.follow' and used_at is null"
        " and revoked_at is null",
        (id,),
    )
    d.execute(
        "insert into link (digest, purpose, subject, created_at, expires_at) values (%s, 'ticket.follow', %s, now(),"
        " now() + interval '180 days')",
        (ids.new().replace("-", "") * 2, id),
    )
    d.execute("select key, number from calendar_revision where key in ('hai-phong', 'VN')").fetchall()
    d.execute("select parent from unit_place where code = 'hai-phong'").fetchone()
    d.execute(
        "select r.unit, r.role, r.person from role_copy r join person_copy p on p.id = r.person where r.unit in"
        " ('hai-phong') and r.role in ('staff', 'lead', 'executive') and p.active order by p.name, p.id"
    ).fetchall()
    d.execute(
        "insert into event_stream (subject, sequence) values (%s, 1) on conflict (subject) do update"
        " set sequence = event_stream.sequence + 1 returning sequence",
        (id,),
    ).fetchone()
    _clock(d, id)
    d.execute("select id, name, mail, locale, unit, active from person_copy where id in ('-')").fetchall()
    d.execute("select parent from unit_place where code = 'hai-phong'").fetchone()
    d.execute("select * from clock where object_id in (%s) order by started_at, id", (id,)).fetchall()
    event = events.data(id)
    answer = json.dumps({"id": id, "number": f"TCK-2026-{row[0]:06d}", "version": 1, **body}, ensure_ascii=False)
    d.execute(
        "update idempotency set status = 201, headers = '{}', body = %s where caller = %s and method = 'POST'"
        " and path = '/tickets' and key = %s",
        (answer.encode(), actor, key),
    )
    d.execute(
        "insert into outbox (kind, message_id, routing_key, subject, body, created_at)"
        " values ('event', %s, 'support.ticket.received', %s, %s, now()) returning seq",
        (ids.new(), id, json.dumps(event, ensure_ascii=False).encode()),
    ).fetchone()
    _trail(d, id, actor, body["content"])
    d.commit()
    return answer


def _clock(d: psycopg.Connection[Any], id: str) -> None:
    d.execute(
        "select round, state, started_by from clock where object_id = %s and name = 'classify' order by round desc",
        (id,),
    ).fetchall()
    d.execute(
        "insert into clock (id, version, object_kind, object_id, number, unit, playbook, playbook_version, name, round,"
        " basis, owes, state, started_at, started_by, allowance_us, used_us, since, due_at, first_due_at, ladder,"
        " fired, next_at, provisional) values (%s, 1, 'support.ticket', %s, 'TCK', 'hai-phong', 'vimc-support',"
        " '2026-11-24', 'classify', 1, 'running', 'staff', 'running', now(), 'event', 1800000000, 0, now(),"
        " now() + interval '30 min', now() + interval '30 min', %s, 0, now() + interval '15 min', false)",
        (ids.new(), id, clocks.LADDER),
    )
    d.execute("select event, at from clock_stop where object_id = %s and name = 'classify' limit 1", (id,)).fetchone()


def _trail(d: psycopg.Connection[Any], id: str, actor: str, content: str) -> None:
    """Two entries, the first with sealed personal text under a new key."""
    d.execute(
        "select object_id, length, head from trail_chain where object_id = any(%s) order by object_id for update",
        ([id],),
    ).fetchall()
    d.execute(
        "insert into trail_chain (object_id, object_kind, length, head, changed_at, dirty)"
        " values (%s, 'support.ticket', 0, %s, now(), true) on conflict do nothing returning object_id, length, head",
        (id, bytes(32)),
    ).fetchall()
    person = f"ticket:{id}"
    d.execute("select key from trail_key where person = %s", (person,)).fetchone()
    key, nonce = os.urandom(32), os.urandom(12)
    d.execute(
        "insert into trail_key (person, key, made_at) values (%s, %s, now()) on conflict do nothing", (person, key)
    )
    sealed = nonce + AESGCM(key).encrypt(nonce, content.encode(), id.encode())
    before, rows = bytes(32), []
    for number, what, beside in ((1, "received", sealed), (2, "clock.started", None)):
        said = {
            "id": id,
            "number": number,
            "what": what,
            "actor": actor,
            "sealed": beside and hashlib.sha256(beside).hexdigest(),
        }
        text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        before = hashlib.sha256(before + text).digest()
        rows.append((id, number, text, before, beside, person if beside else None))
    with d.cursor() as cursor:
        cursor.executemany(
            "insert into trail (object_kind, object_id, number, at, body, hash, sealed, sealed_for)"
            " values ('support.ticket', %s, %s, now(), %s, %s, %s, %s)",
            rows,
        )
    d.execute(
        "update trail_chain set length = 2, head = %s, changed_at = now(), dirty = true where object_id = %s",
        (before, id),
    )
