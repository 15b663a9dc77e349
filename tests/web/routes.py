"""Every route of every service, found in the apps themselves, and for each that changes something one good call.

A new route that changes something needs a line in `GOOD`; the tests of bad input then try it with everything that is
wrong. Each line has an object of its own in the world, so that the calls do not get into each other's way.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.staff import tables as staff_tables
from services.notify.message import schemas as message_schemas
from services.notify.message import tables as messages
from services.support.record_check import commands as record_checks
from services.support.record_check import tables as record_check_tables
from shared.clocks import tables as clocks
from shared.envelope import cloudevent
from shared.jobs import rows
from shared.kernel import ids
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer, Client

OPEN = ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs")
PUBLIC = "/v1/public/"
PROMISE = {"request_type": 2, "promised_at": "2026-11-25T02:00:00Z"}
PAUSE = {"reason": "client", "evidence": "Thư ngày 24/11"}
DAYS = {"since": "2027-03-01", "until": "2027-03-05"}
REQUESTER = {"name": "Lê Văn Nam", "locale": "vi", "mails": ["nam@example.com"], "phones": ["+84912345678"]}

MACRO = {"title": "Đã nhận", "text": {"vi": "Kính gửi {name}: {number}", "zh": "{name}您好", "en": "Dear {name}"}}


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    service: str
    method: str
    rule: str

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.rule}"

    @property
    def public(self) -> bool:
        return self.rule.startswith(PUBLIC)

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    @property
    def kind(self) -> str:
        """The content type of the body that it takes."""
        special = {
            "/v1/inbound": cloudevent.CONTENT_TYPE,
            "/v1/inbound/mail": "message/rfc822",
            "/v1/staff/import": "text/csv",
        }
        return special.get(self.rule, "application/octet-stream" if self.takes_files else "application/json")

    @property
    def takes_files(self) -> bool:
        """Whether it takes a file of any type, and more than other routes."""
        return self.rule.endswith(("/uploads", "/record-imports"))

    @property
    def has_body(self) -> bool:
        return self.changes and self.method != "DELETE"


@dataclass
class World:
    """A house with somebody who may do everything, and objects to do it to."""

    house: House
    admin: tokens.Caller
    system: tokens.Caller
    colleague: tokens.Caller
    made: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)

    def client(self, route: Route, *, language: str | None = None) -> Client:
        """Whoever may use the route."""
        who = None if route.public else self.system if "inbound" in route.rule else self.admin
        return self.house.client(route.service, who, language=language)

    def path(self, route: Route, *, of: str | None = None) -> str:
        """The route's address, with its own object in it (or with `of`)."""
        known = of or self.made.get(str(route), "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d")
        return re.sub(r"<[^>]+>", known, route.rule)

    def asked(self, route: Route, *more: str, of: str | None = None) -> str:
        """The address with the parameters that it cannot do without, but for those that `more` gives."""
        given = {each.partition("=")[0] for each in more}
        needed = [f"{name}={value}" for name, value in self.needs(route).items() if name not in given]
        query = "&".join((*needed, *more))
        return self.path(route, of=of) + (f"?{query}" if query else "")

    def needs(self, route: Route) -> dict[str, str]:
        """A good value for each query parameter that the route cannot do without."""
        return {**NEEDS.get(route.rule, {}), **({"person": self.admin.id} if route.rule == "/v1/memberships" else {})}

    def body(self, route: Route) -> Any:
        """The good body of a route that changes something; None where it takes none."""
        return self.bodies[str(route)]

    def description(self, route: Route) -> dict[str, Any]:
        """What OpenAPI says of the route."""
        spec = self.spec(route.service)
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)
        shared = spec["paths"][path].get("parameters", [])
        operation = spec["paths"][path][route.method.lower()]
        return {**operation, "parameters": [*shared, *operation.get("parameters", [])]}

    def spec(self, service: str) -> dict[str, Any]:
        """The service's OpenAPI document."""
        return self.house.apps[service].extensions["steward.openapi"].to_dict()

    def versioned(self, route: Route) -> bool:
        """Whether the route is documented to take `If-Match`."""
        named = [parameter.get("$ref", "") for parameter in self.description(route)["parameters"]]
        return "#/components/parameters/IfMatch" in named

    def call(self, route: Route, body: Any, *, language: str | None = None, **more: Any) -> Answer:
        """The route called with this body, of the kind that it takes."""
        sent = written(body)
        kind = None if sent is None else route.kind
        return self.client(route, language=language).call(route.method, self.path(route), raw=sent, kind=kind, **more)


def written(body: Any) -> bytes | None:
    """A body as it is sent: JSON, or text as it stands."""
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def routes(house: House) -> list[Route]:
    """Every route that is not open to monitoring."""
    found = [
        Route(service, method, rule.rule)
        for service, app in house.apps.items()
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule not in OPEN
    ]
    return sorted(found, key=str)


@functools.cache
def known() -> list[Route]:
    """The same without a house, for parametrizing tests."""
    from shared.runtime import manifest
    from shared.web import desk, failures, inbound, kpis, operations, playbooks, promises

    found: list[Route] = []
    for name in manifest.existing():
        service = manifest.load(name)
        blueprints = list(manifest.blueprints(service))
        if any(reaction.inbound for reaction in manifest.reactions(service)):
            blueprints.append(inbound.BLUEPRINT)
        if manifest.flows(service):
            blueprints += [*promises.BLUEPRINTS, *desk.BLUEPRINTS, *kpis.BLUEPRINTS, *playbooks.BLUEPRINTS]
        blueprints += [*operations.BLUEPRINTS, *failures.BLUEPRINTS]
        found += [Route(name, method, rule) for blueprint in blueprints for method, rule in _rules(blueprint)]
    return sorted(found, key=str)


def _rules(blueprint: Any) -> Iterator[tuple[str, str]]:
    import flask

    app = flask.Flask(__name__, static_folder=None)
    app.register_blueprint(blueprint)
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule


NEEDS: dict[str, dict[str, str]] = {
    "/v1/kpis": {"from": "2026-11-01", "to": "2026-11-30"},
    "/v1/kpis/clocks": {"from": "2026-11-01", "to": "2026-11-30", "show": "open"},
    "/v1/trail": {"party": "somebody"},
    "/v1/tickets/verdicts": {"verb": "take", "id": "0193f1c2-7a5e-7c11-8a55-0f3d6e1b2c3d"},
}

# ---- what is good

Make = Callable[[World], str]


@dataclass(frozen=True)
class Good:
    """A call that succeeds: its body, what makes the object that it is about, and what the same call is answered again.

    `again` is None where the same may be done any number of times; a body that names people is made for the world.
    """

    body: Any | Callable[[World], Any]
    status: int = 200
    make: Make | None = None
    again: int | None = None


def _ticket(*verbs: str) -> Make:
    """A ticket of its own, with which this was done."""

    def make(world: World) -> str:
        client = world.house.client("support", world.admin)
        body = {"content": "Hàng bao giờ đến?", "requester": REQUESTER}
        id = client.post("/v1/tickets", body).expect(201)["id"]
        bodies = {"classify": PROMISE, "complete": {"method": "m", "result": "r"}, "pause": PAUSE}
        bodies["assign"] = {"to": world.admin.id}
        for verb in verbs:
            if verb == "confirm":
                link = _link(world, id)
                world.house.client("support").post(f"/v1/public/links/{link}/confirm", {"rating": 5}).expect(200)
            else:
                client.post(f"/v1/tickets/{id}/{verb}", bodies.get(verb, {})).expect(200)
        return id

    return make


def _consulted(world: World) -> str:
    """A ticket about which the admin was asked."""
    id = _ticket()(world)
    body = {"text": "?", "to": world.admin.id}
    world.house.client("support", world.admin).post(f"/v1/tickets/{id}/consult", body).expect(201)
    return id


def _macro(*verbs: str) -> Make:
    """A prepared text of its own, with which this was done."""

    def make(world: World) -> str:
        client = world.house.client("support", world.admin)
        id = client.post("/v1/macros", MACRO).expect(201)["id"]
        for verb in verbs:
            client.post(f"/v1/macros/{id}/{verb}", {}).expect(200)
        return id

    return make


def _replied(world: World) -> str:
    """A reply that has not left yet."""
    client = world.house.client("support", world.admin)
    return client.post(f"/v1/tickets/{_ticket()(world)}/reply", {"text": "Chờ"}).expect(201)["id"]


def _uploaded(world: World) -> str:
    """The token of a file of the administrator's."""
    client = world.house.client("support", world.admin)
    return client.call("POST", "/v1/uploads", raw=b"x", kind="text/plain").expect(201)["token"]


def _attachment(world: World) -> str:
    client, id = world.house.client("support", world.admin), _ticket()(world)
    attached = client.post(f"/v1/tickets/{id}/attach", {"attachments": [_uploaded(world)]}).expect(200)
    return attached["items"][0]["id"]


def _link(world: World, ticket: str) -> str:
    event = next(e for e in world.house.events("support", "support.ticket.handed_over") if e["subject"] == ticket)
    return event["data"]["link"]


def _handed_over(world: World) -> str:
    """The link of a ticket that waits for the client."""
    return _link(world, _ticket("classify", "complete", "hand_over")(world))


RECORD = (
    "content,request date,requester,handler,request type,processing time,handling method\n"
    "Giá?,24/10/2026,Lê Văn Nam,Trần Văn Nữ,2,1,Tra bảng giá\n"
)
RECORD_COLUMNS = {
    "content": 0,
    "request_date": 1,
    "requester": 2,
    "handler": 3,
    "request_type": 4,
    "processing_hours": 5,
    "method": 6,
}


def record_import(house: House, who: tokens.Caller, *verbs: str) -> str:
    """A file of a record with which somebody did this, all that follows included."""
    client = house.client("support", who)
    kind = "application/octet-stream"
    id = client.call("POST", "/v1/record-imports", raw=RECORD.encode(), kind=kind).expect(201)["id"]
    for verb in verbs:
        body = {"columns": RECORD_COLUMNS} if verb == "map" else {}
        client.post(f"/v1/record-imports/{id}/{verb}", body).expect(200)
    if "run" in verbs:
        house.settle()
    return id


def record_check(house: House, unit: str) -> str:
    """One more check of the unit's record, of a day that is over, so that it can be closed."""
    c = record_check_tables.check.c
    with house.work("support") as work:
        last = record_check_tables.newest(work.connection, unit)
        made = record_checks.open_(work, unit, after=last.day if last else None)
        assert made is not None
        first = work.execute(sa.select(sa.func.min(c.day)).where(c.unit == unit)).scalar_one()
        before = min(first, work.now.date()) - timedelta(days=1)
        work.execute(record_check_tables.check.update().where(c.id == made.id).values(day=before))
    return made.id


def _following(world: World) -> str:
    """The link by which a client follows a ticket of their own."""
    id = _ticket()(world)
    event = next(e for e in world.house.events("support", "support.ticket.received") if e["subject"] == id)
    return event["data"]["link"]


def _unanswered(world: World) -> str:
    """A ticket whose client let their day for an answer pass."""
    id = _ticket("classify", "complete", "hand_over")(world)
    c = clocks.clock.c
    with world.house.work("support") as work:
        passed = work.now - timedelta(seconds=1)
        work.execute(clocks.clock.update().where(c.object_id == id, c.name == "confirm").values(due_at=passed))
    return id


def _message(state: str) -> Make:
    """A message in this state: `waiting` for its task, or `sent`."""

    def make(world: World) -> str:
        ticket = _ticket()(world)
        if state == "sent":
            world.house.settle()
        else:
            while any(loop.step() for loop in world.house.process.loops):
                pass
        m = messages.message.c
        (found,) = world.house.column("notify", sa.select(m.id).where(m.related == ticket, m.state == state))
        return found

    return make


def _unit(*, closed: bool = False) -> Make:
    def make(world: World) -> str:
        code = f"unit-{len(world.made)}"
        world.house.unit(code, title="Chi nhánh", parent=COMPANY)
        if closed:
            world.house.client("gateway", world.admin).post(f"/v1/units/{code}/close", {}).expect(200)
        return code

    return make


def _person(*verbs: str) -> Make:
    def make(world: World) -> str:
        id = world.house.staff().id
        for verb in verbs:
            world.house.client("gateway", world.admin).post(f"/v1/staff/{id}/{verb}", {}).expect(200)
        return id

    return make


def _saved(name: str, *, removed: bool = False) -> Make:
    """A view of the administrator's, removed again."""

    def make(world: World) -> str:
        client = world.house.client("gateway", world.admin)
        id = client.post("/v1/views", {"list": "support.tickets", "name": name, "query": ""}).expect(201)["id"]
        if removed:
            assert client.call("DELETE", f"/v1/views/{id}").status == 204
        return id

    return make


def _session(world: World) -> str:
    with world.house.work("gateway") as unit:
        return sessions.open_(unit, staff_tables.load(unit.connection, world.admin.id))[0].id


def _access(world: World) -> str:
    """The last of several tokens, so that there is a list of them."""
    client, made = world.house.client("gateway", world.admin), ""
    for system in ("crm", "tms", "wms", "tos", "erp"):
        body = {"system": system, "unit": HAI_PHONG, "scopes": ["tickets"]}
        made = client.post("/v1/tokens", body).expect(201)["id"]
    return made


def _entered(path: str, body: Callable[[World], dict[str, Any]]) -> Make:
    """Something of the directory, entered before."""

    def make(world: World) -> str:
        return world.house.client("gateway", world.admin).post(f"/v1/{path}", body(world)).expect(201)["id"]

    return make


def _listed(path: str, body: Callable[[World], dict[str, Any]]) -> Make:
    """The last of several, so that there is a list of them."""
    one = _entered(path, body)
    return lambda world: [one(world) for _ in range(4)][-1]


def _parked(world: World) -> str:
    """Mails that say nothing: they are parked, so that there is a list of them."""
    relay = world.house.client("support", world.house.system("relay", "mail"))
    for number in range(4):
        raw = f"From: nam@example.com\nMessage-ID: <{number}@example.com>\n\n".encode()
        relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822").expect(201)
    return ""


def _readable(world: World) -> str:
    """One that waits for a person, with words."""
    relay = world.house.client("support", world.house.system("relay", "mail"))
    raw = f"From: nam@example.com\nPrecedence: bulk\nMessage-ID: <{ids.new()}@example.com>\n\nKhi nào?".encode()
    return relay.call("POST", "/v1/inbound/mail", raw=raw, kind="message/rfc822").expect(201)["id"]


def _membership(world: World) -> dict[str, Any]:
    return {"person": world.house.staff().id, "unit": SHANGHAI, "roles": ["lead"]}


def _absence(world: World) -> dict[str, Any]:
    return {"person": world.colleague.id, "reason": "Nghỉ phép", **DAYS}


def _substitute(world: World) -> dict[str, Any]:
    return {"absent": world.house.staff().id, "substitute": world.colleague.id, **DAYS}


def _closure(_world: World) -> dict[str, Any]:
    return {"unit": SHANGHAI, "reason": "Bão", **DAYS}


def _authority(_world: World) -> dict[str, Any]:
    return {"unit": SHANGHAI, "request_type": 99, "roles": ["executive"], **DAYS}


def _event(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": ids.new(),
        "source": "/tos",
        "type": "request.submitted",
        "subject": "tos-1",
        "time": "2026-11-24T02:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }


def _linked(world: World) -> dict[str, Any]:
    """Another ticket that is linked to the object of the call."""
    other, id = _ticket()(world), world.made["support POST /v1/tickets/<string:id>/unlink"]
    client = world.house.client("support", world.admin)
    client.post(f"/v1/tickets/{id}/link", {"to": other, "as": "related"}).expect(200)
    return {"to": other}


WHY = {"reason": "Đã sửa mẫu"}
OPERATED = ("gateway", "notify", "support")


def _failures(world: World, service: str, count: int) -> list[dict[str, Any]]:
    """Parked work of a cause of its own in a service."""
    name = f"nobody-knows-{ids.new()}"
    with world.house.work(service) as work:
        for _ in range(count):
            rows.add(work, name, ticket_id=ids.new())
    world.house.settle()
    client = world.house.client(service, world.admin)
    found = client.get("/v1/operations/failures?limit=200").expect(200)["items"]
    return [each for each in found if each["name"] == name]


def _failure(service: str, *verbs: str) -> Make:
    """One piece of it, with which this was done."""

    def make(world: World) -> str:
        (found,) = _failures(world, service, 1)
        for verb in verbs:
            path = f"/v1/operations/failures/{found['id']}/{verb}"
            world.house.client(service, world.admin).post(path, WHY).expect(200)
        return found["id"]

    return make


def _cause(service: str) -> Make:
    return lambda world: _failures(world, service, 1)[0]["cause_id"]


def _batch(service: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"act": "discard", "cause": _cause(service)(world), **WHY}


def _begun(service: str) -> Make:
    """A set that is not over for a while."""

    def make(world: World) -> str:
        cause = _failures(world, service, 3)[0]["cause_id"]
        body = {"act": "replay", "cause": cause, "rate": 0.05, "stop_on_failure": False, **WHY}
        made = world.house.client(service, world.admin).post("/v1/operations/batches", body)
        return made.expect(201)["id"]

    return make


def _operations(service: str) -> dict[str, Good]:
    """Decisions about failed work, which every service takes."""
    at = f"{service} POST /v1/operations"
    one = f"{at}/failures/<string:id>"
    return {
        f"{at}/causes/<string:id>/note": Good({"text": "Chờ bản vá 1.2"}, 201, make=_cause(service)),
        f"{one}/replay": Good(WHY, make=_failure(service), again=409),
        f"{one}/discard": Good(WHY, make=_failure(service), again=409),
        f"{one}/restore": Good(WHY, make=_failure(service, "discard"), again=409),
        f"{one}/reveal": Good(WHY, make=_failure(service)),
        f"{at}/batches": Good(_batch(service), 201, again=409),
        f"{at}/batches/<string:id>/stop": Good(WHY, make=_begun(service), again=409),
    }


def _closed(world: World) -> str:
    """A ticket that is closed as a duplicate."""
    id, to = _ticket()(world), _ticket()(world)
    world.house.client("support", world.admin).post(f"/v1/tickets/{id}/close_duplicate", {"to": to}).expect(200)
    return id


GOOD: dict[str, Good] = {
    **{name: good for service in OPERATED for name, good in _operations(service).items()},
    "support POST /v1/tickets": Good(
        {"channel": "hotline", "topic": "price", "content": "Giá?", "requester": REQUESTER, "reference": "A-1"}, 201
    ),
    "support POST /v1/tickets/<string:id>/classify": Good(PROMISE, make=_ticket(), again=409),
    "support POST /v1/tickets/<string:id>/assign": Good(
        lambda world: {"to": world.colleague.id}, make=_ticket("classify")
    ),
    "support POST /v1/tickets/<string:id>/pause": Good(PAUSE, make=_ticket("classify", "assign"), again=409),
    "support POST /v1/tickets/<string:id>/resume": Good({}, make=_ticket("classify", "assign", "pause"), again=409),
    "support POST /v1/tickets/<string:id>/escalate": Good(
        lambda world: {"to": world.colleague.id, "reason": "Vượt quyền", "promised_at": "2026-11-26T02:00:00Z"},
        make=_ticket("classify"),
    ),
    "support POST /v1/tickets/<string:id>/take_over": Good({"reason": "Quá tải"}, make=_ticket("classify", "assign")),
    "support POST /v1/tickets/<string:id>/complete": Good(
        {"method": "m", "result": "r"}, make=_ticket("classify"), again=409
    ),
    "support POST /v1/tickets/<string:id>/hand_over": Good({}, make=_ticket("classify", "complete"), again=409),
    "support POST /v1/tickets/<string:id>/log": Good(
        {}, make=_ticket("classify", "complete", "hand_over", "confirm"), again=409
    ),
    "support POST /v1/record-imports": Good(RECORD, 201),
    "support POST /v1/record-imports/<string:id>/map": Good(
        {"columns": RECORD_COLUMNS}, make=lambda world: record_import(world.house, world.admin)
    ),
    "support POST /v1/record-imports/<string:id>/run": Good(
        {}, make=lambda world: record_import(world.house, world.admin, "map"), again=409
    ),
    "support POST /v1/record-imports/<string:id>/undo": Good(
        {}, make=lambda world: record_import(world.house, world.admin, "map", "run"), again=409
    ),
    "support POST /v1/record-checks/<string:id>/check": Good(
        {"remarks": "Đã nhắc"}, make=lambda world: record_check(world.house, HAI_PHONG), again=409
    ),
    "support POST /v1/record-checks/<string:id>/demand": Good(
        lambda world: {"ticket_id": _ticket()(world), "reason": "Thiếu phương pháp"},
        201,
        make=lambda world: record_check(world.house, HAI_PHONG),
    ),
    "support POST /v1/tickets/<string:id>/reply": Good({"text": "Ngày mai"}, 201, make=_ticket()),
    "support POST /v1/tickets/<string:id>/note": Good({"text": "Đã gọi"}, 201, make=_ticket()),
    "support POST /v1/tickets/<string:id>/consult": Good(
        lambda world: {"text": "Loại mấy?", "to": world.colleague.id}, 201, make=_ticket()
    ),
    "support POST /v1/tickets/<string:id>/advise": Good({"text": "Loại 3"}, 201, make=_consulted),
    "support POST /v1/replies/<string:id>/undo": Good({}, make=_replied, again=409),
    "support POST /v1/macros": Good({**MACRO, "request_type": 3, "unit": HAI_PHONG}, 201),
    "support POST /v1/macros/<string:id>/change": Good({**MACRO, "request_type": 3}, make=_macro()),
    "support POST /v1/macros/<string:id>/remove": Good({}, make=_macro(), again=409),
    "support POST /v1/macros/<string:id>/restore": Good({}, make=_macro("remove"), again=409),
    "support POST /v1/tickets/<string:id>/verify": Good({"topic": "incident", "requester": REQUESTER}, make=_ticket()),
    "support POST /v1/tickets/<string:id>/take": Good({}, make=_ticket("classify")),
    "support POST /v1/tickets/<string:id>/reclassify": Good(
        {"request_type": 1, "reason": "Hỏi giá", "promised_at": "2026-11-26T02:00:00Z"},
        make=_ticket("classify"),
        again=422,
    ),
    "support POST /v1/tickets/<string:id>/promise": Good(
        {"promised_at": "2026-11-26T02:00:00Z", "reason": "Chờ tàu"}, make=_ticket("classify")
    ),
    "support POST /v1/tickets/<string:id>/progress": Good({"text": "Đang kiểm tra"}, make=_ticket("classify")),
    "support POST /v1/tickets/<string:id>/ask_goods": Good({"reference": "MAEU1234567"}, make=_ticket("classify")),
    "support POST /v1/tickets/<string:id>/send_back": Good(
        {"reason": "Chưa đủ"}, make=_ticket("classify", "complete"), again=409
    ),
    "support POST /v1/tickets/<string:id>/withdraw": Good({"reason": "Khách gọi lại"}, make=_ticket(), again=409),
    "support POST /v1/tickets/<string:id>/log_unanswered": Good(
        {"reason": "Không trả lời"}, make=_unanswered, again=409
    ),
    "support POST /v1/public/links/<string:token>/withdraw": Good({"comment": "Thôi"}, make=_following, again=409),
    "support POST /v1/tickets/<string:id>/link": Good(
        lambda world: {"to": _ticket()(world), "as": "duplicate", "reason": "Gọi lại"}, make=_ticket(), again=409
    ),
    "support POST /v1/tickets/<string:id>/close_duplicate": Good(
        lambda world: {"to": _ticket()(world), "reason": "Hỏi lại"}, make=_ticket(), again=409
    ),
    "support POST /v1/tickets/<string:id>/reopen_duplicate": Good({"reason": "Việc khác"}, make=_closed, again=409),
    "support POST /v1/tickets/<string:id>/unlink": Good(_linked, make=_ticket(), again=409),
    "support POST /v1/tickets/<string:id>/attach": Good(
        lambda world: {"attachments": [_uploaded(world)]}, make=_ticket(), again=422
    ),
    "support POST /v1/uploads": Good("Xin chào", 201),
    "support POST /v1/public/uploads": Good("Xin chào", 201),
    "support POST /v1/public/requests": Good(
        {**REQUESTER, "unit": HAI_PHONG, "topic": "question", "content": "Khi nào?"}, 201
    ),
    "support POST /v1/public/links/<string:token>/confirm": Good(
        {"rating": 4, "comment": "Tốt"}, make=_handed_over, again=410
    ),
    "support POST /v1/public/links/<string:token>/refuse": Good({"reason": "Chưa"}, make=_handed_over, again=410),
    "support POST /v1/mail/<string:id>/open": Good({"requester": REQUESTER}, 201, make=_readable, again=409),
    "support POST /v1/inbound/mail": Good("From: nam@example.com\n\nKhi nào?", 201, make=_parked),
    "support POST /v1/inbound": Good(_event({"unit": HAI_PHONG, "content": "Khi nào?", "requester": REQUESTER}), 202),
    "notify POST /v1/messages/<string:id>/resend": Good(
        {"reason": "Khách chưa nhận", "recipient": "nam2@example.com"}, 201, make=_message("sent"), again=409
    ),
    "notify POST /v1/messages/sms-preview": Good(message_schemas.PREVIEW),
    "notify POST /v1/messages/<string:id>/cancel": Good({"reason": "Trùng"}, make=_message("waiting"), again=409),
    "gateway POST /v1/units": Good(
        {"code": "da-nang", "kind": "branch", "title": "Đà Nẵng", "country": "VN", "parent": COMPANY}, 201, again=422
    ),
    "gateway PATCH /v1/units/<string:code>": Good(
        {"title": "Mới", "country": "CN", "phone": "02253841234", "mail": "hp@example.com"}, make=_unit()
    ),
    "gateway POST /v1/units/<string:code>/close": Good({}, make=_unit(), again=409),
    "gateway POST /v1/units/<string:code>/reopen": Good({}, make=_unit(closed=True), again=409),
    "gateway POST /v1/staff": Good(
        {"name": "Đỗ Mỹ", "mail": "my@example.com", "locale": "vi", "unit": HAI_PHONG, "roles": ["staff", "lead"]},
        201,
        again=422,
    ),
    "gateway PATCH /v1/staff/<string:id>": Good(
        {"name": "Đỗ Mỹ", "mail": "my2@example.com", "locale": "zh", "unit": HAI_PHONG, "roles": ["lead"]},
        make=_person(),
    ),
    "gateway POST /v1/staff/<string:id>/invite": Good({}, make=_person()),
    "gateway POST /v1/staff/<string:id>/deactivate": Good({}, make=_person(), again=409),
    "gateway POST /v1/staff/<string:id>/reactivate": Good({}, make=_person("deactivate"), again=409),
    "gateway POST /v1/staff/import": Good("name,mail,unit,roles,locale\nLý An,an.ly@example.com,hai-phong,staff,vi\n"),
    "gateway POST /v1/memberships": Good(
        lambda world: {"person": world.colleague.id, "unit": SHANGHAI, "roles": ["lead"]}, 201, again=409
    ),
    "gateway PATCH /v1/memberships/<string:id>": Good({"roles": ["staff"]}, make=_entered("memberships", _membership)),
    "gateway POST /v1/memberships/<string:id>/end": Good({}, make=_entered("memberships", _membership), again=409),
    "gateway POST /v1/absences": Good(_absence, 201),
    "gateway POST /v1/absences/<string:id>/take_back": Good({}, make=_listed("absences", _absence), again=409),
    "gateway POST /v1/substitutes": Good(
        lambda world: {"absent": world.admin.id, "substitute": world.colleague.id, **DAYS}, 201, again=409
    ),
    "gateway POST /v1/substitutes/<string:id>/take_back": Good({}, make=_listed("substitutes", _substitute), again=409),
    "gateway POST /v1/closures": Good(_closure, 201),
    "gateway POST /v1/closures/<string:id>/take_back": Good({}, make=_listed("closures", _closure), again=409),
    "gateway POST /v1/official-years": Good(
        {"country": "VN", "year": 2031, "off": ["2031-09-02"], "made_up": {"2031-09-06": 4}}
    ),
    "gateway POST /v1/authority": Good(_authority, 201),
    "gateway POST /v1/authority/<string:id>/take_back": Good({}, make=_entered("authority", _authority), again=409),
    "gateway POST /v1/views": Good({"list": "support.tickets", "name": "Trễ", "query": "state=received"}, 201),
    "gateway DELETE /v1/views/<string:id>": Good(
        None, 204, make=_entered("views", lambda _: {"list": "notify.messages", "name": "Hỏng", "query": ""}), again=404
    ),
    "gateway POST /v1/views/<string:id>/rename": Good({"name": "Trễ hạn"}, make=_saved("Trễ 1")),
    "gateway POST /v1/views/<string:id>/restore": Good({}, make=_saved("Trễ 2", removed=True), again=404),
    "gateway POST /v1/sessions/<string:id>/end": Good({}, 204, make=_session, again=404),
    "gateway POST /v1/tokens": Good({"system": "wms", "unit": HAI_PHONG, "scopes": ["inbound"]}, 201),
    "gateway POST /v1/tokens/<string:id>/revoke": Good({}, make=_access),
}


def build(house: House) -> World:
    """The world: everything that a line of the table needs."""
    admin, colleague = (
        house.staff("staff", "lead", "admin", "on-call"),
        house.staff("staff", "lead", name="Đồng Nghiệp"),
    )
    world = World(house, admin, house.system("tos", "inbound", "mail"), colleague)
    house.settle()  # so that every service knows them
    for name, good in GOOD.items():
        if good.make is not None:
            world.made[name] = good.make(world)
        world.bodies[name] = good.body(world) if callable(good.body) else good.body
    body = GOOD["support POST /v1/public/requests"].body
    asked = house.client("support").post("/v1/public/requests", body).expect(201)
    for of_it in ("", "/conversation", "/request"):
        world.made[f"support GET /v1/public/links/<string:token>{of_it}"] = asked["follow"]
    world.made["support GET /v1/attachments/<string:id>/content"] = _attachment(world)
    return world


def good(route: Route) -> Good:
    """The line of a route that changes something."""
    assert str(route) in GOOD, f"tests/web/routes.py has no good call of {route}: add one to GOOD"
    return GOOD[str(route)]
