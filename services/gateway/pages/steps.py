"""What can be done with a ticket: the fields of each form, what is sent for it, and why a verb is not possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.gateway.front import directory, forms, language, moments, signed, words
from shared.kernel import moment
from shared.web import site

ONWARD = ("classify", "complete", "hand_over", "log", "resume")
BESIDE = (
    *("verify", "progress", "assign", "pause", "promise", "escalate", "take_over"),
    *("ask_goods", "reclassify", "send_back", "withdraw", "log_unanswered"),
)
VERBS = (*ONWARD, *BESIDE)
"""In the order of the page: what brings the ticket on comes first."""
RARE = frozenset(BESIDE) - {"progress", "assign", "pause"}
"""What is needed now and then only: folded away together."""
FIELDS: Mapping[str, Mapping[str, str]] = {
    "classify": {"request_type": "request_type", "within": "", "at": "promised_at", "verified": "verified"},
    "verify": {
        "verify_topic": "topic",
        "verify_name": "requester.name",
        "verify_mail": "requester.mails",
        "verify_phone": "requester.phones",
        "verify_locale": "requester.locale",
    },
    "reclassify": {"new_type": "request_type", "new_at": "promised_at", "new_reason": "reason"},
    "promise": {"promise_at": "promised_at", "promise_reason": "reason"},
    "progress": {"progress_text": "text"},
    "send_back": {"send_back_reason": "reason"},
    "ask_goods": {"goods_reference": "reference", "goods_pause": "pause"},
    "withdraw": {"withdraw_reason": "reason"},
    "log_unanswered": {"unanswered_reason": "reason"},
    "assign": {"assign_to": "to"},
    "take": {},
    "pause": {"pause_reason": "reason", "pause_evidence": "evidence"},
    "resume": {},
    "escalate": {"escalate_to": "to", "escalate_at": "promised_at", "escalate_reason": "reason"},
    "take_over": {"take_over_reason": "reason"},
    "complete": {"method": "method", "result": "result", "apology": "apology"},
    "hand_over": {},
    "log": {},
}
"""The fields of each form and what the service calls them; no two forms of the page have a field of one name."""
TEXTS = frozenset(
    (
        *("new_reason", "promise_reason", "progress_text", "send_back_reason", "withdraw_reason", "unanswered_reason"),
        *("pause_evidence", "escalate_reason", "take_over_reason", "method", "result"),
    )
)
"""The fields that somebody writes sentences into."""
HANDLED = ("classified", "assigned", "waiting", "reopened")
MOMENTS = {"escalate": "escalate_at", "promise": "promise_at"}
"""The field of each form that says by when."""
WITHIN_MIN = (15, 30, 60, 120, 240, 480, 1440)
REACHED = {
    "received": 0,
    "classified": 1,
    "assigned": 1,
    "waiting": 1,
    "reopened": 1,
    "completed": 2,
    "handed_over": 3,
    "confirmed": 4,
    "logged": 5,
    "withdrawn": 5,
    "duplicate": 5,
}
NEEDS = {"classify": 0, "complete": 1, "hand_over": 2, "log": 4}  # how far a ticket must be for a step
WHY_NOT = {
    "complete": "First the request must be classified.",
    "hand_over": "First the result must be recorded.",
    "log": "First the client must confirm the result.",
    "assign": "A request is assigned from its classification until its result.",
    "pause": "Only what somebody has taken or was assigned can be paused.",
    "resume": "It is not paused.",
    "escalate": "A request is escalated from its classification until its result.",
    "take_over": "A request is taken over from its classification until its result.",
    "verify": "It is checked before there is a result.",
    "reclassify": "A request is classified again from its classification until its result.",
    "promise": "The promised time is moved while the request is being handled.",
    "progress": "The client is told of progress while the request is being handled.",
    "ask_goods": "Goods are asked for while the request is being handled.",
    "send_back": "Only a result that was not handed over yet can be sent back.",
    "withdraw": "A request is withdrawn before there is a result.",
    "log_unanswered": "Only what the client was asked to confirm can be closed without an answer.",
}
ENDED = {"withdrawn": "The client has withdrawn it.", "duplicate": "It is closed as a duplicate."}
PAUSED = "It is paused; first it must go on."


@dataclass(frozen=True, slots=True)
class Step:
    """One verb on the page of a ticket: open now, behind us, or not possible and why."""

    verb: str
    state: str
    why_not: str = ""


def of(ticket: Mapping[str, Any]) -> list[Step]:
    """Every verb of staff, those that bring the ticket on first."""
    return [_step(verb, ticket) for verb in VERBS]


def _step(verb: str, ticket: Mapping[str, Any]) -> Step:
    if verb in ticket["possible"]:
        return Step(verb, "open")
    if refusal := ticket["not_possible"].get(verb):
        return Step(verb, "refused", refusal)
    if ticket["state"] in ENDED:
        return Step(verb, "later", language.say(ENDED[ticket["state"]]))
    if verb in NEEDS and REACHED.get(ticket["state"], 0) > NEEDS[verb]:
        return Step(verb, "done")
    waits = ticket["state"] == "waiting" and verb != "log" and verb != "hand_over"
    return Step(verb, "later", language.say(PAUSED if waits else WHY_NOT[verb]))


def next_(ticket: Mapping[str, Any], steps: Sequence[Step], me: str) -> str:
    """The one step that the page puts first; none where the ticket is in somebody else's hands.

    What nobody has yet is first taken or given to somebody; what nobody has checked is checked before its result.
    """
    possible = {step.verb for step in steps if step.state == "open"}
    if ticket["owner"] is None and "assign" in possible:
        return "assign"
    if ticket["owner"] not in (None, me) and ticket["state"] in HANDLED:
        return ""
    unchecked = ("verify",) if ticket["state"] in HANDLED and ticket["verified_at"] is None else ()
    return next((verb for verb in (*ONWARD, *unchecked) if verb in possible), "")


def typed(verb: str, form: forms.Form) -> list[str]:
    """The texts that were written into a form which is not offered any more, so that they are not lost."""
    return [form[name] for name in FIELDS[verb] if name in TEXTS and form[name]]


def line(state: str) -> list[tuple[str, bool, bool]]:
    """How far a ticket is: each stage, whether it is reached, and whether it is there now."""
    main = ["received", "classified", "completed", "handed_over", "confirmed", "logged"]
    if state in ENDED:
        main = ["received", state]
    if state in ("assigned", "waiting", "reopened"):
        main[1] = state
    at = REACHED.get(state, 0)
    return [(each, REACHED[each] <= at, REACHED[each] == at) for each in main]


def body(verb: str, form: forms.Form, kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """What the service is sent; what is wrong is said on the form."""
    if verb == "classify":
        return _classification(form, kinds)
    if verb == "verify":
        return _checked(form)
    sent: dict[str, Any] = {theirs: form[ours] for ours, theirs in FIELDS[verb].items()}
    if verb == "ask_goods":
        sent["pause"] = sent["pause"] or None
    if verb in MOMENTS:
        sent["promised_at"] = _typed(form, MOMENTS[verb])
    if verb == "complete":
        sent["apology"] = form["apology"] == "yes"
    if verb == "reclassify":
        return _another_type(form, sent, kinds)
    return sent


def known(ticket: Mapping[str, Any]) -> dict[str, str]:
    """What the forms of a ticket begin with."""
    who = ticket["requester"]
    return {
        "verify_topic": ticket["topic"],
        "verify_name": who["name"],
        "verify_locale": who["locale"],
        "verify_mail": ", ".join(who["mails"]),
        "verify_phone": ", ".join(who["phones"]),
    }


def names(verb: str) -> dict[str, str]:
    """Which field a fault that the service finds belongs to."""
    return {theirs: ours for ours, theirs in FIELDS[verb].items() if theirs}


def _checked(form: forms.Form) -> dict[str, Any]:
    """What was checked, as it is right."""
    requester = {
        "name": form["verify_name"],
        "locale": form["verify_locale"],
        "mails": _several(form["verify_mail"]),
        "phones": _several(form["verify_phone"]),
    }
    return {"topic": form["verify_topic"], "requester": requester}


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.replace(";", ",").split(",") if each.strip()]


def _another_type(form: forms.Form, sent: dict[str, Any], kinds: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = next((kind for kind in kinds if str(kind["code"]) == form["new_type"]), None)
    if chosen is None:
        form.wrong("new_type", language.say("Please choose the type of the request."))
        return {}
    at = _typed(form, "new_at") if form["new_at"] or chosen["within"] == "by_person" else None
    return {"request_type": chosen["code"], "promised_at": at, "reason": sent["reason"]}


def _classification(form: forms.Form, kinds: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = next((kind for kind in kinds if str(kind["code"]) == form["request_type"]), None)
    if chosen is None:
        form.wrong("request_type", language.say("Please choose the type of the request."))
        return {}
    fixed = chosen["within"] != "by_person"
    verified = form["verified"] == "yes"
    return {"request_type": chosen["code"], "promised_at": _promise(form, fixed), "verified": verified}


def _promise(form: forms.Form, fixed: bool) -> str | None:
    """None where the type's own time is meant: the procedure counts it, in its own kind of time."""
    if form["within"] == "at" or form["at"]:
        return _typed(form, "at")
    if form["within"].isascii() and form["within"].isdecimal() and int(form["within"]) in WITHIN_MIN:
        return moment.text(site.current().database.time.now() + timedelta(minutes=int(form["within"])))
    if not fixed:
        form.wrong("within", language.say("This type has no usual time; please choose one."))
    return None


def _typed(form: forms.Form, name: str) -> str | None:
    try:
        return moment.text(moments.typed(form[name], directory.country(signed.person().unit)))
    except ValueError:
        form.wrong(name, language.say("Please give date and time."))
        return None


def within() -> list[tuple[str, str]]:
    """What can be promised, in words."""
    locale = language.current()
    spans = [(str(minutes), moments.length(minutes * 60, locale)) for minutes in WITHIN_MIN]
    usual = ("usual", language.say("The usual time of the type"))
    return [usual, *spans, ("at", language.say("At the date and time below"))]


def usual(kind: Mapping[str, Any]) -> str:
    """The usual time of a type in words: its own span, which may count working days."""
    if minutes := kind["usual_minutes"]:
        return language.say("usually {time}", time=moments.length(minutes * 60, language.current()))
    days = kind["within"].removesuffix("wd")
    if days.isdecimal():
        return language.say("usually {days} working days", days=days)
    return language.say("no usual time")


def title(verb: str) -> str:
    """A verb as buttons say it."""
    return language.say(words.TICKET_VERBS.get(verb, verb.replace("_", " ").capitalize()))
