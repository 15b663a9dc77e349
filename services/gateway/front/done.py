"""What was just done, said once on the page that one is sent to: a code in the address, never text of the address."""

from __future__ import annotations

import flask

from services.gateway.front import language

SENTENCES = {
    "signed-out": "You are signed out.",
    "password": "Your password was changed.",
    "language": "Your language was changed.",
    "setup": "Your company is set up. You are its administrator.",
    "ticket": "The request was recorded. The client is told its number.",
    "assign": "The request is assigned.",
    "take": "The request is yours now.",
    "pause": "The request is paused; its clock stands still.",
    "resume": "The request goes on.",
    "escalate": "The request is escalated. The client is told the new deadline.",
    "take_over": "You have taken the request over.",
    "classify": "The request is classified. The client is told the promised time.",
    "complete": "The result is recorded. Hand it over, so that the client gets it.",
    "hand_over": "The result is handed over. The client is asked to confirm it.",
    "files": "The files were added.",
    "verify": "The information is checked.",
    "reclassify": "The request has another type. The client is told the new promised time.",
    "promise": "The promised time is moved. The client is told.",
    "progress": "The client is told how far it is.",
    "ask_goods": "The other system is asked how the goods stand.",
    "send_back": "The result went back to whoever handled it.",
    "withdraw": "The request is withdrawn.",
    "log_unanswered": "The request is closed without the client's answer, and counted as such.",
    "log": "The record is written, and the request is closed.",
    "check": "The record of the day is checked.",
    "demand": "The demand is made; whoever is responsible is told.",
    "said-reply": "The reply leaves in ten seconds; until then you can take it back.",
    "said-note": "The note is kept for colleagues.",
    "said-consult": "Your colleague is told.",
    "said-advise": "Your advice is written down.",
    "said-undo": "The reply was taken back; the client does not get it.",
    "link": "The two requests are linked. Both histories say so.",
    "unlink": "The link was taken back.",
    "macro-kept": "The prepared text is kept.",
    "macro-removed": "The prepared text was removed; below it can be brought back.",
    "macro-restored": "The prepared text is offered again.",
    "view-saved": "The view is saved; its name stands above the list.",
    "view-renamed": "The view has another name.",
    "view-removed": "The view was removed.",
    "view-restored": "The view is there again.",
    "resend": "The message is being sent once more.",
    "cancel": "The message will not be sent.",
    "cause-noted": "The note is kept.",
    "failure-replay": "It is being tried again.",
    "failure-discard": "It is given up; for 30 days it can be taken up again.",
    "failure-restore": "It is taken up again, and waits for a decision.",
    "batch-begun": "The set is fixed, and is being worked off.",
    "batch-stopped": "It is stopped; what was not reached stays as it was.",
    "unit-opened": "The unit is open.",
    "unit-changed": "The unit was changed.",
    "unit-closed": "The unit is closed.",
    "person-added": "The person was added, and is mailed a link to choose a password.",
    "person-changed": "The account was changed.",
    "person-invited": "A new link to choose a password is on its way.",
    "person-deactivated": "The account was deactivated, and is signed out everywhere.",
    "person-reactivated": "The account was activated again.",
    "absence-entered": "The absence is entered.",
    "absence-taken-back": "The absence is taken back.",
    "substitute-named": "The substitute is named.",
    "substitute-taken-back": "The substitute is taken back.",
    "closure-declared": "The unit is closed on these days. Open promises in working time have moved.",
    "closure-taken-back": "The closure is taken back. Open promises in working time have moved.",
    "authority-entered": "The rule is entered and holds from its first day.",
    "authority-taken-back": "The rule is taken back; what held before holds again.",
    "year-declared": "The year is official. Open promises in working time have moved.",
    "membership-entered": "The roles are given.",
    "membership-ended": "The roles are ended.",
}


def said() -> str | None:
    """The sentence for this page, if something was just done."""
    sentence = SENTENCES.get(flask.request.args.get("done", ""))
    return language.say(sentence) if sentence else None
