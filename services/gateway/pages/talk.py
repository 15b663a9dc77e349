"""What may be said about a ticket now and to whom, for the part of its page where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from services.gateway.front import directory, forms, signed
from shared.files import port
from shared.kernel import moment
from shared.web import site

AGAIN = "again"
"""Of the address: the reply that was taken back, whose text is to be put right. Of a form: the files that it had."""
TOGETHER = 10 * 1024 * 1024  # bytes of the files of one reply, as support takes them


def part(data: dict[str, Any], said: Mapping[str, Any] | None, form: forms.Form) -> dict[str, Any]:
    """What the template needs. Where the conversation cannot be had, everything is offered: the service decides."""
    known = said or {"items": [], "possible": ["reply", "note", "consult"], "not_possible": {}}
    items = known["items"]
    now = site.current().database.time.now()
    leaving = [{**each, "seconds": _left(each, now)} for each in items if each["possible"]]
    back = [each for each in items if each["state"] == "taken_back"]
    again = next((each for each in back if each["id"] == flask.request.args.get(AGAIN)), None)
    if again and not form["reply_text"]:
        form.values["reply_text"] = again["text"]
    sent = flask.request.form.getlist(AGAIN)
    files = [(each["id"], file) for each in back for file in each.get("attachments", ())]
    people = directory.colleagues(data["unit"], roles=("staff", "lead", "executive"), everywhere=True)
    return {
        "leaving": leaving,
        "again": [file for of, file in files if file["id"] in sent or (again and of == again["id"])],
        "reply_limit": port.megabytes(TOGETHER),
        "speaks": known["possible"],
        "silent": known["not_possible"],
        "to": _recipients(data["requester"]),
        "askable": [each for each in people if each[0] != signed.person().staff_id],
    }


def _left(reply: Mapping[str, Any], now: Any) -> int:
    """Whole seconds until a reply leaves."""
    return max(int((moment.parse(reply["leaves_at"]) - now).total_seconds()), 0)


def _recipients(who: Mapping[str, Any]) -> dict[str, Any]:
    """By which channel the client reads a reply, and where: mail where there is an address, else SMS."""
    return {"channel": "mail", "where": who["mails"]} if who["mails"] else {"channel": "sms", "where": who["phones"]}
