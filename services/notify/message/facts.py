"""What a text may say: kept as JSON with the message until it is rendered, then put into the reader's words.

Invariant: `VARIABLES` names, for each audience, exactly what `said` gives; at the start, templates are checked against
it.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from services.notify.message import model
from services.notify.people.queries import Reader
from services.notify.rule import model as rules
from services.notify.template import model as template
from services.notify.template import promise, rendering, wording
from shared.kernel import moment
from shared.locale import told
from shared.playbook.model import Playbook

_EVERYBODY = ("name", "sender", "zone", "at")
_AT_WORK = (*_EVERYBODY, "number", "page", "instead_of")
_TICKET = ("number", "content", "request_type", "promised", "reason", "text")
_TASK = (*_AT_WORK, "content", "request_type", "promised", "reason", "text", "client", "by", "owner")
VARIABLES = {
    rules.CLIENT: (
        *(*_EVERYBODY, *_TICKET, "link", "result", "rating", "progress", "apology", "escalated", "continues"),
        *("summary", "brief", "firm", "reply_to", "files", "reached"),
    ),
    rules.ACCOUNT: (*_EVERYBODY, "link", "first", "expires"),
    rules.OWNER: _TASK,
    rules.FORMER: _TASK,
    rules.INFORMED: (*_TASK, "decided"),
    rules.DIGEST: (*_EVERYBODY, "items", "count"),
    rules.DECISIONS: (*_EVERYBODY, "items", "count"),
    rules.CONSULTED: (*_AT_WORK, "question", "by"),
    rules.TOLD: (*_AT_WORK, "step", "todo", "due", "late", "left", "escalated", "owed_by"),
}
APOLOGY = "apology"
"""What a playbook says of a request type whose client is always owed one (S004-117)."""
COMPLAINT = "complaint"
"""The topic that a client chooses before anybody has said of which type their request is."""
PAGES = {"support.ticket": "/tickets/", "support.record_check": "/support/record-checks/"}
"""Where staff find what a message is about, by its kind: below the address of the gateway, before the id."""


def of_ticket(data: dict[str, Any], at: datetime, *, type_: str, playbook: Playbook | None) -> dict[str, Any]:
    """Of an event of this type about a ticket that happened `at`."""
    promised = data["promised_at"]
    if type_.endswith(".verified"):  # the letter of receipt goes out once more, to the right address
        at = data["asked_at"] or at
    kind = playbook.named(data["request_type"]) if playbook and data["request_type"] is not None else None
    return {
        "at": moment.text(at),
        "number": data["number"],
        "content": template.excerpt(data["content"], template.MAX_QUOTE),
        "request_type": dict(kind.title) if kind else None,
        "apology": APOLOGY in kind.always if kind else data["topic"] == COMPLAINT,
        "escalated": type_.endswith(".escalated"),
        "promised_at": moment.text(promised) if promised else None,
        "result": data["result"],
        "progress": data["progress"],
        "continues": data["continues_under"],
        "reason": data["reason"],
        "rating": data["rating"],
        "text": data["text"],
        "reply_to": data["reply_to"],
        "link": data["link"],
    }


def of_task(
    said: dict[str, Any], data: dict[str, Any], *, id: str, by: str | None, owner: str | None
) -> dict[str, Any]:
    """Of what is said of a ticket, what staff read: not the client's link. `by` did it, `owner` is responsible now."""
    kept = ("at", "number", "content", "request_type", "promised_at", "reason", "text")
    client = template.one_line(data["contact"]["name"])
    more = {"client": client, "by": by, "owner": owner, "page": PAGES["support.ticket"] + quote(id, safe="")}
    return {name: said[name] for name in kept} | more


def of_question(data: dict[str, Any], at: datetime, *, by: str | None) -> dict[str, Any]:
    """Of a question to colleagues, asked `at`."""
    page = PAGES["support.ticket"] + quote(data["ticket_id"], safe="")
    question = template.excerpt(data["question"], template.MAX_VALUE)
    return {"at": moment.text(at), "number": data["number"], "question": question, "by": by, "page": page}


def of_promise(data: dict[str, Any], at: datetime, *, owed_by: str | None, playbook: Playbook | None) -> dict[str, Any]:
    """Of a rung that a promise reached `at`; `owed_by` is who owes it, if that is one person."""
    of, due = data["of"], data["due_at"]
    path = PAGES.get(of["kind"])
    spec = playbook.clocks.get(data["name"]) if playbook else None
    return {
        "at": moment.text(at),
        "number": of["number"],
        "step": dict(spec.title) if spec else {},
        "todo": dict(spec.todo) if spec else {},
        "due_at": moment.text(due),
        "late_s": int((at - due).total_seconds()),
        "escalated": data["rung"]["escalate"],
        "owed_by": owed_by,
        "page": path and path + quote(of["id"], safe=""),
    }


def of_account(data: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Of an event about somebody's account; one may bring a link to choose a password."""
    if "link" not in data:
        return {"at": moment.text(at)}
    return {
        "at": moment.text(at),
        "first": data["reason"] == "first",
        "link": data["link"],
        "expires_at": moment.text(data["expires_at"]),
    }


def to(reader: Reader, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts for one of staff: where they work, and for whom they stand in."""
    return {**facts, "country": reader.country, "home": reader.home, "instead_of": reader.instead_of}


def said(
    message: model.Message, *, sender: str, country: str | None, public_url: str, reached: str | None = None
) -> dict[str, Any]:
    """The variables of the message's template. What the event does not have is None."""
    facts, locale = message.facts or {}, message.locale
    audience = rules.audience(message.rule)
    at_work = audience in rules.AT_WORK
    if at_work:
        country = facts.get("country") or country

    def when(name: str) -> str | None:
        return told.when(moment.parse(facts[name]), locale, country, at_work=at_work) if facts.get(name) else None

    known = {
        **facts,
        "name": message.recipient_name,
        "sender": sender,
        "zone": told.zone(locale, country, at_work=at_work).name,
        "at": when("at"),
        "request_type": wording.titled(facts.get("request_type"), locale),
        "summary": template.excerpt(result, template.MAX_SUMMARY) if (result := facts.get("result")) else None,
        "brief": _for_sms(facts.get("text") or facts.get("progress") or result, template.MAX_BRIEF),
        "firm": _for_sms(sender, template.MAX_FIRM),
        "reached": reached,
        "files": ", ".join(template.one_line(each["name"]) for each in message.files or ()) or None,
        "promised": when("promised_at"),
        "expires": when("expires_at"),
        "link": f"{public_url}/p/{facts['link']}" if facts.get("link") else None,
        "page": f"{public_url}{facts['page']}" if facts.get("page") else None,
        "due": when("due_at"),
        **_of_promise(facts, locale),
        "items": [_item(each, message, sender, country, public_url) for each in facts.get("items", ())] or None,
        "count": len(facts.get("items", ())) or None,
    }
    return {name: known.get(name) for name in VARIABLES[audience]}


def _item(
    item: dict[str, Any], message: model.Message, sender: str, country: str | None, public_url: str
) -> dict[str, Any]:
    """One line of several: what it would have been called, by when, and where it is."""
    alone = dataclasses.replace(message, rule=item["rule"], template=item["template"], facts=item["facts"])
    words = said(alone, sender=sender, country=country, public_url=public_url)
    title = rendering.subject(alone.template, alone.locale, words)
    return {"title": title, "due": words.get("due") or words.get("promised"), "page": words.get("page")}


def _for_sms(text: str | None, most: int) -> str | None:
    """One short line. The ellipsis is none of the letters that an English SMS is cheap with."""
    return template.excerpt(template.one_line(text), most).replace("…", "...") if text else None


def _of_promise(facts: dict[str, Any], locale: str) -> dict[str, Any]:
    if "late_s" not in facts:
        return {}
    late = timedelta(seconds=facts["late_s"])
    return {
        "step": promise.step(facts.get("step"), locale),
        "todo": promise.todo(facts.get("todo"), locale),
        "late": wording.span(late, locale),
        "left": wording.span(-late, locale),
    }
