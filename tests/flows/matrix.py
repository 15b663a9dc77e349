"""The world of the permission matrix: one of each role at one branch, and objects here, at another branch of the
company, and at another company. `matrix.tsv` says what each may do; `test_matrix.py` asks."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.unit import commands as units
from shared.envelope import cloudevent
from shared.jobs import rows
from shared.kernel import ids
from shared.web import tokens
from tests.flows.house import COMPANY, HAI_PHONG, SHANGHAI, House
from tests.flows.house_http import Answer
from tests.flows.promised import CONTENT, DONE, REQUESTER
from tests.web.routes import RECORD, RECORD_COLUMNS, record_check, record_import

ROLES = ("none", "staff", "lead", "executive", "admin", "on-call", "system", "anonymous")
"""The columns. All people work at the branch in Hai Phong; `none` has no role of the procedure and is no administrator,
`system` is a token of that branch with the scopes tickets and directory."""
OTHER_COMPANY, THEIR_BRANCH = "cong-ty-khac", "cong-ty-khac-hcm"
PLACES = {"own unit": HAI_PHONG, "other unit": SHANGHAI, "other company": THEIR_BRANCH}
ONES = ("mine", "another's")
"""Where an object belongs to a person and not to a unit."""
DAYS = {"since": "2026-11-24", "until": "2026-11-30"}
LATER = "2026-11-25T02:00:00Z"

VERDICTS = {401: "sign in", 403: "no", 404: "hidden", 422: "refused", 409: "conflict"}


@dataclass
class Thing:
    """What a call is about: its id (or token) in the address, the body or query, and how a list shows it."""

    id: str = "-"
    body: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    mark: str = ""
    csv: str = ""
    file: bytes = b""


@dataclass
class World:
    """See the module."""

    house: House
    _numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        with self.house.work("gateway") as work:
            units.open_(work, code=OTHER_COMPANY, kind="company", title="Công ty khác", country="VN")
        self.house.unit(THEIR_BRANCH, title="Chi nhánh khác", parent=OTHER_COMPANY)
        everything = ("staff", "lead", "executive", "admin")
        self.masters = {unit: self.house.staff(*everything, unit=unit) for unit in PLACES.values()}
        people = {role: self.house.staff(role) for role in ("staff", "lead", "executive", "admin", "on-call")}
        self.callers: dict[str, tokens.Caller | None] = {
            "none": dataclasses.replace(self.house.staff("admin", name="Không Vai Trò"), roles=()),
            **people,
            "system": self.house.system("crm", "tickets", "directory"),
            "anonymous": None,
        }
        self.house.settle()

    def call(self, service: str, method: str, rule: str, role: str, thing: Thing) -> Answer:
        """The route called by a role."""
        path = rule[: rule.index("<")] + thing.id + rule[rule.index(">") + 1 :] if "<" in rule else rule
        client = self.house.client(service, self.callers[role], language="en")
        if rule.endswith("/inbound/mail"):
            return client.call(method, path, raw=b"From: nam@example.com\n\n?", kind="message/rfc822")
        if "inbound" in rule:
            return client.call(method, path, body=thing.body, kind=cloudevent.CONTENT_TYPE)
        if thing.csv:
            return client.call(method, path, raw=thing.csv.encode(), kind="text/csv")
        if thing.file:
            return client.call(method, path, raw=thing.file, kind="text/plain")
        return client.call(method, path + thing.query, body=thing.body if method != "GET" else None)

    def verdict(self, answer: Answer, thing: Thing) -> str:
        """In one word: yes, empty (a list without it), no, hidden, refused, sign in."""
        if answer.status < 300:
            return "yes" if not answer.raw or thing.mark in answer.raw.decode() else "empty"
        return VERDICTS.get(answer.status, str(answer.status))

    # ---- objects

    def made(self, service: str, path: str, body: dict[str, Any], unit: str) -> dict[str, Any]:
        """Something that the master of the unit makes."""
        return self.house.client(service, self.masters[unit]).post(path, body).expect(201)

    def person(self, unit: str) -> str:
        """Somebody new of the unit."""
        return self.house.staff(unit=unit, name=f"Người {next(self._numbers)}").id

    def ticket(self, unit: str, *verbs: str) -> str:
        """A ticket of the unit, with which its master did this."""
        client = self.house.client("support", self.masters[unit])
        id = client.post("/v1/tickets", {"content": CONTENT, "requester": REQUESTER}).expect(201)["id"]
        for verb in verbs:
            if verb == "confirm":
                answer = self.house.client("support").post(f"/v1/public/links/{self.link(id)}/confirm", {"rating": 5})
                answer.expect(200)
            else:
                client.post(f"/v1/tickets/{id}/{verb}", self.body(verb, unit)).expect(200)
        return id

    def link(self, id: str, kind: str = "handed_over") -> str:
        """The newest link that the client of a ticket was sent."""
        events = self.house.events("support", f"support.ticket.{kind}")
        return [event["data"]["link"] for event in events if event["subject"] == id][-1]

    def body(self, verb: str, unit: str) -> dict[str, Any]:
        """A good body of a ticket's verb."""
        master = self.masters[unit].id
        return {
            "classify": {"request_type": 3},
            "assign": {"to": master},
            "pause": {"reason": "client", "evidence": "Thư"},
            "escalate": {"to": master, "reason": "Vì", "promised_at": LATER},
            "take_over": {"reason": "Vì"},
            "complete": DONE,
            "reclassify": {"request_type": 2, "reason": "Vì"},
            "promise": {"promised_at": LATER, "reason": "Vì"},
            "progress": {"text": "Tàu đã rời cảng"},
            "ask_goods": {"reference": "MAEU1234567"},
            **{each: {"reason": "Vì"} for each in ("send_back", "withdraw", "log_unanswered")},
        }.get(verb, {})

    def session(self, person: str) -> str:
        """A browser that somebody is signed in with."""
        with self.house.work("gateway") as work:
            return sessions.open_(work, staff_tables.load(work.connection, person))[0].id


Make = Callable[[World, str, tokens.Caller | None], Thing]
"""Makes the object of a call: in a unit (or `mine`, `another's`), for the caller of a role."""

BEFORE = {
    "classify": (),
    "assign": ("classify",),
    "pause": ("classify", "assign"),
    "resume": ("classify", "assign", "pause"),
    "escalate": ("classify",),
    "take_over": ("classify",),
    "complete": ("classify",),
    "hand_over": ("classify", "complete"),
    "log": ("classify", "complete", "hand_over", "confirm"),
    "verify": (),
    "take": ("classify",),
    "reclassify": ("classify",),
    "promise": ("classify",),
    "progress": ("classify",),
    "ask_goods": ("classify",),
    "send_back": ("classify", "complete"),
    "withdraw": (),
    "log_unanswered": ("classify", "complete", "hand_over"),
}


def _verb(verb: str) -> Make:
    return lambda world, unit, _: Thing(world.ticket(unit, *BEFORE[verb]), world.body(verb, unit))


def _ticket(world: World, unit: str, _: Any) -> Thing:
    id = world.ticket(unit)
    return Thing(id, mark=id)


def _pair(linked: bool) -> Make:
    """Two tickets of the unit, and what links them or takes that back."""

    def make(world: World, unit: str, _: Any) -> Thing:
        id, other = world.ticket(unit), world.ticket(unit)
        body = {"to": other, "as": "related"}
        if linked:
            world.house.client("support", world.masters[unit]).post(f"/v1/tickets/{id}/link", body).expect(200)
        return Thing(id, {"to": other} if linked else body)

    return make


def _uploaded(world: World, who: tokens.Caller) -> dict[str, Any]:
    client = world.house.client("support", who)
    return {"attachments": [client.call("POST", "/v1/uploads", raw=b"x", kind="text/plain").expect(201)["token"]]}


def _to_attach(world: World, unit: str, who: tokens.Caller | None) -> Thing:
    return Thing(world.ticket(unit), _uploaded(world, who or world.masters[unit]))


def _attachment(world: World, unit: str, _: Any) -> Thing:
    id, master = world.ticket(unit), world.masters[unit]
    client = world.house.client("support", master)
    attached = client.post(f"/v1/tickets/{id}/attach", _uploaded(world, master)).expect(200)
    return Thing(attached["items"][0]["id"])


def _clock(world: World, unit: str, _: Any) -> Thing:
    ticket = world.house.client("support", world.masters[unit]).get(f"/v1/tickets/{world.ticket(unit)}").expect(200)
    return Thing(ticket["clocks"][0]["id"], mark=ticket["id"])


def _check(world: World, unit: str, _: Any) -> Thing:
    id = record_check(world.house, unit)
    return Thing(id, {"ticket_id": world.ticket(unit), "reason": "Thiếu"}, mark=id)


def _demanded(world: World, unit: str, _: Any) -> Thing:
    thing = _check(world, unit, None)
    client = world.house.client("support", world.masters[unit])
    return Thing(mark=client.post(f"/v1/record-checks/{thing.id}/demand", thing.body).expect(201)["id"])


def _to_check(world: World, unit: str, _: Any) -> Thing:
    return Thing(record_check(world.house, unit))


def _import(*verbs: str, **more: Any) -> Make:
    def make(world: World, unit: str, _: Any) -> Thing:
        id = record_import(world.house, world.masters[unit], *verbs)
        return Thing(id, mark=id if more.get("listed") else "", body=more.get("body", {}))

    return make


def _said(body: dict[str, Any]) -> Make:
    """Something to say about a ticket; without a body, to ask."""
    return lambda world, unit, _: Thing(world.ticket(unit), body or {"text": "?", "to": world.masters[unit].id})


def _reply(world: World, unit: str, _: Any) -> Thing:
    client = world.house.client("support", world.masters[unit])
    return Thing(client.post(f"/v1/tickets/{world.ticket(unit)}/reply", {"text": "?"}).expect(201)["id"])


def _conversation(world: World, unit: str, _: Any) -> Thing:
    id = world.ticket(unit)
    client = world.house.client("support", world.masters[unit])
    return Thing(id, mark=client.post(f"/v1/tickets/{id}/note", {"text": "?"}).expect(201)["id"])


def _macro(*verbs: str, body: dict[str, Any] | None = None, listed: bool = False) -> Make:
    """A prepared text of the unit, with which its master did this."""

    def make(world: World, unit: str, _: Any) -> Thing:
        id = world.made("support", "/v1/macros", {**_TEXT, "unit": unit}, unit)["id"]
        for verb in verbs:
            world.house.client("support", world.masters[unit]).post(f"/v1/macros/{id}/{verb}", {}).expect(200)
        return Thing(id, body or {}, mark=id if listed else "")

    return make


def _parked(world: World, unit: str, _: Any) -> Thing:
    raw = f"From: nam@example.com\nPrecedence: bulk\nMessage-ID: <{next(world._numbers)}@example.com>\n\n?"
    client = world.house.client("support", world.house.system("relay", "mail", unit=unit))
    taken = client.call("POST", "/v1/inbound/mail", raw=raw.encode(), kind="message/rfc822").expect(201)
    return Thing(taken["id"], mark=taken["id"])


def _closed(world: World, unit: str, _: Any) -> Thing:
    id, to = world.ticket(unit), world.ticket(unit)
    client = world.house.client("support", world.masters[unit])
    client.post(f"/v1/tickets/{id}/close_duplicate", {"to": to}).expect(200)
    return Thing(id)


def _answer(body: dict[str, Any]) -> Make:
    def make(world: World, unit: str, _: Any) -> Thing:
        return Thing(world.link(world.ticket(unit, "classify", "complete", "hand_over")), body)

    return make


def _event(world: World, unit: str, _: Any) -> Thing:
    event = {"specversion": "1.0", "id": ids.new(), "source": "/crm", "type": "request.submitted", "subject": "1"}
    data = {"unit": unit, "content": "?", "requester": REQUESTER}
    return Thing(body={**event, "time": "2026-11-24T02:00:00Z", "datacontenttype": "application/json", "data": data})


def _unit(body: dict[str, Any], *, closed: bool = False) -> Make:
    def make(world: World, unit: str, _: Any) -> Thing:
        company = OTHER_COMPANY if unit == THEIR_BRANCH else COMPANY
        code = world.house.unit(f"unit-{next(world._numbers)}", title="Mới", parent=company)
        if closed:
            world.house.client("gateway", world.masters[unit]).post(f"/v1/units/{code}/close", {}).expect(200)
        return Thing(code, body)

    return make


def _staff(body: dict[str, Any] | None = None, *, left: bool = False) -> Make:
    def make(world: World, unit: str, _: Any) -> Thing:
        id = world.person(unit)
        if left:
            world.house.client("gateway", world.masters[unit]).post(f"/v1/staff/{id}/deactivate", {}).expect(200)
        return Thing(id, body or {}, mark=id if body is None else "")

    return make


def _hire(world: World, unit: str, _: Any) -> Thing:
    return Thing(body={"name": "Mới", "mail": f"new{next(world._numbers)}@example.com", "unit": unit})


def _file(world: World, unit: str, _: Any) -> Thing:
    mail = f"new{next(world._numbers)}@example.com"
    return Thing(csv=f"name,mail,unit,roles,locale\nMới,{mail},{unit},staff,vi\n")


def _entered(path: str, facts_of: Callable[[World, str], dict[str, Any]], **more: Any) -> Make:
    """Something dated that the master of the unit entered before."""

    def make(world: World, unit: str, _: Any) -> Thing:
        facts = facts_of(world, unit)
        id = world.made("gateway", f"/v1/{path}", facts, unit)["id"]
        query = more.get("query", "").format(**facts)
        return Thing(id, more.get("body", {}), query, mark=id if more.get("listed") else "")

    return make


def _to_enter(body: Callable[[World, str], dict[str, Any]]) -> Make:
    return lambda world, unit, _: Thing(body=body(world, unit))


def _absence(world: World, unit: str) -> dict[str, Any]:
    return {"person": world.person(unit), **DAYS}


def _substitute(world: World, unit: str) -> dict[str, Any]:
    return {"absent": world.person(unit), "substitute": world.person(unit), **DAYS}


def _membership(world: World, unit: str) -> dict[str, Any]:
    to = THEIR_BRANCH if unit == THEIR_BRANCH else SHANGHAI if unit == HAI_PHONG else HAI_PHONG
    if unit == THEIR_BRANCH:
        to = OTHER_COMPANY
    return {"person": world.person(unit), "unit": to, "roles": ["lead"]}


def _closure(world: World, unit: str) -> dict[str, Any]:
    return {"unit": unit, "reason": "Bão", **DAYS}


def _authority(world: World, unit: str) -> dict[str, Any]:
    return {"unit": unit, "request_type": 99, "roles": ["executive"], "since": "2027-01-01"}


def _token(world: World, unit: str) -> dict[str, Any]:
    return {"system": f"sys-{next(world._numbers)}", "unit": unit, "scopes": ["tickets"]}


def _session(world: World, whose: str, who: tokens.Caller | None) -> Thing:
    known = who is not None and who.kind == "staff"
    id = world.session(who.id if known and whose == "mine" and who else world.masters[HAI_PHONG].id)
    return Thing(id, mark=id)


def _view(world: World, whose: str, who: tokens.Caller | None) -> Thing:
    body = {"list": "support.tickets", "name": f"V{next(world._numbers)}", "query": ""}
    person = who if whose == "mine" and who is not None and who.kind == "staff" else world.masters[HAI_PHONG]
    id = world.house.client("gateway", person).post("/v1/views", body).expect(201)["id"]
    return Thing(id, body, mark=id)


def _renamed(world: World, whose: str, who: tokens.Caller | None) -> Thing:
    return Thing(_view(world, whose, who).id, {"name": f"N{next(world._numbers)}"})


def _removed(world: World, whose: str, who: tokens.Caller | None) -> Thing:
    thing = _view(world, whose, who)
    person = who if whose == "mine" and who is not None and who.kind == "staff" else world.masters[HAI_PHONG]
    assert world.house.client("gateway", person).call("DELETE", f"/v1/views/{thing.id}").status == 204
    return Thing(thing.id)


def _judged(world: World, unit: str, who: tokens.Caller | None) -> Thing:
    id = world.ticket(unit)
    return Thing(query=f"?verb=take&id={id}", mark=id)


_NEW_VIEW = {"list": "support.tickets", "name": "Trễ", "query": ""}
_TEXT = {"title": "Đã nhận", "text": {"vi": "Kính gửi {name}"}}
_YEAR = {"country": "CN", "year": 2030, "off": ["2030-01-01"]}
_RECEIVED = {"content": CONTENT, "requester": REQUESTER}

THINGS: dict[str, Make] = {
    "support GET /v1/clocks": _ticket,
    "support GET /v1/clocks/<string:id>/explain": _clock,
    "support GET /v1/desk": lambda w, u, c: Thing(query="?show=team&limit=200", mark=w.ticket(u)),
    "support GET /v1/desk/counts": lambda w, u, c: Thing(),
    "support GET /v1/triage": lambda w, u, c: dataclasses.replace(_ticket(w, u, c), query="?limit=100"),
    "support GET /v1/kpis": lambda w, u, c: Thing(
        query="?from=2026-11-01&to=2026-11-30&by=unit", mark=f'"{w.ticket(u) and u}"'
    ),
    "support GET /v1/kpis/clocks": lambda w, u, c: Thing(
        query="?from=2026-11-01&to=2026-11-30&show=open&limit=200", mark=w.ticket(u)
    ),
    "support GET /v1/trail": lambda w, u, c: Thing(query="?party=somebody", mark="no entry has a party yet"),
    "support GET /v1/types": lambda w, u, c: Thing(query=f"?unit={u}"),
    "support GET /v1/record": _ticket,
    "support GET /v1/record/totals": lambda w, u, c: Thing(mark=f'"{w.ticket(u) and u}"'),
    "support GET /v1/received": lambda w, u, c: Thing(mark=f'"{w.ticket(u) and u}"'),
    "support GET /v1/record-imports": _import(listed=True),
    "support POST /v1/record-imports": lambda w, u, c: Thing(csv=RECORD),
    "support GET /v1/record-imports/<string:id>": _import(listed=True),
    "support GET /v1/record-imports/<string:id>/lines": _import(),
    "support POST /v1/record-imports/<string:id>/map": _import(body={"columns": RECORD_COLUMNS}),
    "support POST /v1/record-imports/<string:id>/run": _import("map"),
    "support POST /v1/record-imports/<string:id>/undo": _import("map", "run"),
    "support GET /v1/record-checks": lambda w, u, c: dataclasses.replace(_check(w, u, c), query="?limit=100"),
    "support GET /v1/record-checks/demands": _demanded,
    "support GET /v1/record-checks/<string:id>": _check,
    "support GET /v1/record-checks/<string:id>/trail": _check,
    "support POST /v1/record-checks/<string:id>/check": _to_check,
    "support POST /v1/record-checks/<string:id>/demand": _check,
    "support GET /v1/tickets": _ticket,
    "support GET /v1/tickets/counts": lambda w, u, c: Thing(query=f"?view=id%3D{w.ticket(u)}", mark='"count":1'),
    "support GET /v1/tickets/verbs": lambda w, u, c: Thing(),
    "support GET /v1/tickets/verdicts": _judged,
    "support GET /v1/tickets/<string:id>": _ticket,
    "support GET /v1/tickets/<string:id>/trail": _ticket,
    "support GET /v1/tickets/<string:id>/suggestion": lambda w, u, c: Thing(w.ticket(u)),
    "support GET /v1/tickets/<string:id>/beside": lambda w, u, c: Thing(w.ticket(u)),
    "support GET /v1/tickets/<string:id>/conversation": _conversation,
    "support POST /v1/tickets/<string:id>/reply": _said({"text": "?"}),
    "support POST /v1/tickets/<string:id>/note": _said({"text": "?"}),
    "support POST /v1/tickets/<string:id>/consult": _said({}),
    "support POST /v1/tickets/<string:id>/advise": _said({"text": "?"}),
    "support POST /v1/replies/<string:id>/undo": _reply,
    "support GET /v1/macros": _macro(listed=True),
    "support POST /v1/macros": lambda w, u, c: Thing(body={**_TEXT, "unit": u}),
    "support GET /v1/macros/<string:id>": _macro(),
    "support POST /v1/macros/<string:id>/change": _macro(body=_TEXT),
    "support POST /v1/macros/<string:id>/remove": _macro(),
    "support POST /v1/macros/<string:id>/restore": _macro("remove"),
    "support GET /v1/tickets/<string:id>/macros": lambda w, u, c: Thing(w.ticket(u)),
    "support GET /v1/tickets/<string:id>/duplicates": lambda w, u, c: Thing(w.ticket(u)),
    "support POST /v1/tickets/<string:id>/link": _pair(linked=False),
    "support POST /v1/tickets/<string:id>/unlink": _pair(linked=True),
    "support POST /v1/tickets/<string:id>/close_duplicate": lambda w, u, c: Thing(w.ticket(u), {"to": w.ticket(u)}),
    "support POST /v1/tickets/<string:id>/reopen_duplicate": _closed,
    "support GET /v1/tickets/<string:id>/attachments": lambda w, u, c: Thing(w.ticket(u)),
    "support POST /v1/tickets/<string:id>/attach": _to_attach,
    "support GET /v1/attachments/<string:id>/content": _attachment,
    "support POST /v1/uploads": lambda w, u, c: Thing(file=b"x"),
    "support POST /v1/public/uploads": lambda w, u, c: Thing(file=b"x"),
    "support GET /v1/playbooks": lambda w, u, c: Thing(),
    "support GET /v1/playbooks/<string:id>": lambda w, u, c: Thing("vimc-support"),
    "support POST /v1/tickets": lambda w, u, c: Thing(body=_RECEIVED),
    **{f"support POST /v1/tickets/<string:id>/{verb}": _verb(verb) for verb in BEFORE},
    "support POST /v1/inbound": _event,
    "support POST /v1/inbound/mail": lambda w, u, c: Thing(),
    "support GET /v1/mail/parked": _parked,
    "support GET /v1/mail/<string:id>": _parked,
    "support POST /v1/mail/<string:id>/open": _parked,
    "support POST /v1/public/requests": lambda w, u, c: Thing(body={**REQUESTER, "unit": u, "content": "?"}),
    "support GET /v1/public/links/<string:token>": _answer({}),
    "support GET /v1/public/links/<string:token>/conversation": _answer({}),
    "support GET /v1/public/links/<string:token>/request": _answer({}),
    "support POST /v1/public/links/<string:token>/confirm": _answer({"rating": 5}),
    "support POST /v1/public/links/<string:token>/refuse": _answer({"reason": "Chưa"}),
    "support POST /v1/public/links/<string:token>/withdraw": lambda w, u, c: Thing(w.link(w.ticket(u), "received")),
    "gateway GET /v1/units": lambda w, u, c: Thing(mark=f'"{u}"'),
    "gateway GET /v1/units/<string:code>": lambda w, u, c: Thing(u),
    "gateway POST /v1/units": lambda w, u, c: Thing(
        body={"code": f"u-{next(w._numbers)}", "kind": "department", "title": "P", "country": "VN", "parent": u}
    ),
    "gateway PATCH /v1/units/<string:code>": _unit({"title": "Khác"}),
    "gateway POST /v1/units/<string:code>/close": _unit({}),
    "gateway POST /v1/units/<string:code>/reopen": _unit({}, closed=True),
    "gateway GET /v1/staff": lambda w, u, c: Thing(query=f"?limit=100&unit={u}", mark=w.masters[u].id),
    "gateway GET /v1/staff/<string:id>": _staff(),
    "gateway POST /v1/staff": _hire,
    "gateway POST /v1/staff/import": _file,
    "gateway PATCH /v1/staff/<string:id>": _staff({"name": "Khác"}),
    "gateway POST /v1/staff/<string:id>/invite": _staff(),
    "gateway POST /v1/staff/<string:id>/deactivate": _staff(),
    "gateway POST /v1/staff/<string:id>/reactivate": _staff(left=True),
    "gateway GET /v1/absences": _entered("absences", _absence, listed=True, query="?person={person}"),
    "gateway GET /v1/absences/<string:id>": _entered("absences", _absence),
    "gateway POST /v1/absences": _to_enter(_absence),
    "gateway POST /v1/absences/<string:id>/take_back": _entered("absences", _absence),
    "gateway GET /v1/substitutes": _entered("substitutes", _substitute, listed=True, query="?absent={absent}"),
    "gateway GET /v1/substitutes/<string:id>": _entered("substitutes", _substitute),
    "gateway POST /v1/substitutes": _to_enter(_substitute),
    "gateway POST /v1/substitutes/<string:id>/take_back": _entered("substitutes", _substitute),
    "gateway GET /v1/memberships": _entered("memberships", _membership, listed=True, query="?person={person}"),
    "gateway GET /v1/memberships/<string:id>": _entered("memberships", _membership),
    "gateway POST /v1/memberships": _to_enter(_membership),
    "gateway PATCH /v1/memberships/<string:id>": _entered("memberships", _membership, body={"roles": ["staff"]}),
    "gateway POST /v1/memberships/<string:id>/end": _entered("memberships", _membership),
    "gateway GET /v1/closures": _entered("closures", _closure, listed=True, query="?limit=100"),
    "gateway GET /v1/closures/<string:id>": _entered("closures", _closure),
    "gateway POST /v1/closures": _to_enter(_closure),
    "gateway POST /v1/closures/<string:id>/take_back": _entered("closures", _closure),
    "gateway GET /v1/authority": _entered("authority", _authority, listed=True, query="?unit={unit}"),
    "gateway GET /v1/authority/<string:id>": _entered("authority", _authority),
    "gateway POST /v1/authority": _to_enter(_authority),
    "gateway POST /v1/authority/<string:id>/take_back": _entered("authority", _authority),
    "gateway GET /v1/official-years": lambda w, u, c: Thing(),
    "gateway POST /v1/official-years": lambda w, u, c: Thing(body=_YEAR),
    "gateway GET /v1/tokens": _entered("tokens", _token, listed=True, query="?limit=100"),
    "gateway GET /v1/tokens/<string:id>": _entered("tokens", _token),
    "gateway POST /v1/tokens": _to_enter(_token),
    "gateway POST /v1/tokens/<string:id>/revoke": _entered("tokens", _token),
    "gateway GET /v1/sessions": _session,
    "gateway POST /v1/sessions/<string:id>/end": _session,
    "gateway GET /v1/views": _view,
    "gateway POST /v1/views": lambda w, u, c: Thing(body=_NEW_VIEW),
    "gateway DELETE /v1/views/<string:id>": _view,
    "gateway POST /v1/views/<string:id>/rename": _renamed,
    "gateway POST /v1/views/<string:id>/restore": _removed,
}

_WHY = {"reason": "Đã sửa mẫu"}


def _failed(service: str, *verbs: str, of: str = "id") -> Make:
    """Work that failed in a service, with which somebody on call did this."""

    def make(world: World, unit: str, who: tokens.Caller | None) -> Thing:
        with world.house.work(service) as work:
            task = rows.add(work, f"nobody-knows-{next(world._numbers)}")
        world.house.settle()
        client = world.house.client(service, world.callers["on-call"])
        (found,) = [
            each
            for each in client.get("/v1/operations/failures?limit=200").expect(200)["items"]
            if each["subject"] == task
        ]
        for verb in verbs:
            client.post(f"/v1/operations/failures/{found['id']}/{verb}", _WHY).expect(200)
        if of == "batch":
            body = {"act": "discard", "cause": found["cause_id"], **_WHY}
            made = client.post("/v1/operations/batches", body).expect(201)
            return Thing(made["id"], _WHY)
        begin = {"act": "discard", "cause": found["cause_id"], **_WHY}
        bodies = {"id": _WHY, "cause_id": {"text": "Chờ bản vá"}, "begin": begin}
        return Thing(found.get(of, ""), bodies[of])

    return make


def _operations(service: str) -> dict[str, Make]:
    """What every service shows to people on call, and lets them decide."""
    at, one = "/v1/operations", "/v1/operations/failures/<string:id>"
    return {
        f"{service} GET {at}": lambda w, u, c: Thing(),
        f"{service} GET {at}/causes": lambda w, u, c: Thing(),
        f"{service} GET {at}/causes/<string:id>": _failed(service, of="cause_id"),
        f"{service} POST {at}/causes/<string:id>/note": _failed(service, of="cause_id"),
        f"{service} GET {at}/failures": lambda w, u, c: Thing(),
        f"{service} GET {one}": _failed(service),
        **{f"{service} POST {one}/{verb}": _failed(service) for verb in ("replay", "discard", "reveal")},
        f"{service} POST {one}/restore": _failed(service, "discard"),
        f"{service} GET {at}/batches": lambda w, u, c: Thing(),
        f"{service} POST {at}/batches": _failed(service, of="begin"),
        f"{service} GET {at}/batches/<string:id>": _failed(service, of="batch"),
        f"{service} POST {at}/batches/<string:id>/stop": _failed(service, of="batch"),
    }


for _service in ("support", "gateway"):
    THINGS |= _operations(_service)

ONE_PLACE = (
    *_operations("support"),
    *_operations("gateway"),
    "support POST /v1/inbound/mail",
    "support POST /v1/record-imports",
    "support GET /v1/playbooks",
    "support GET /v1/playbooks/<string:id>",
    "support GET /v1/desk/counts",
    "support GET /v1/tickets/verbs",
    "support POST /v1/tickets",
    "support POST /v1/uploads",
    "support POST /v1/public/uploads",
    "gateway GET /v1/official-years",
    "gateway POST /v1/official-years",
    "gateway POST /v1/views",
)
"""Routes whose object is always the caller's own unit's, or nobody's."""
PERSONAL = ("/v1/sessions", "/v1/views")


def places(route: str) -> tuple[str, ...]:
    """The rows of a route."""
    if route in ONE_PLACE:
        return ("own unit",)
    return ONES if any(each in route for each in PERSONAL) else tuple(PLACES)
