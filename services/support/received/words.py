"""What the codes of the report are called; catalogues hold the other languages."""

from __future__ import annotations

TITLE = "All information received"
ALL = "All together"
IMPORTED = "Imported from an earlier record"
NOBODY = "None of our units"
NO_CHANNEL = "Not named"

COLUMNS = {
    "unit": "Unit",
    "channel": "Channel",
    "received": "Came in",
    "recorded": "Recorded",
    "waiting": "Waiting to be taken in",
    "parked": "Parked",
    "rejected": "Given up",
    "share": "Recorded, in percent",
    "classified": "Classified",
    "in_time": "Classified within 30 minutes",
}
BEHIND = {
    "received_at": "Received on",
    "what": "What it is",
    "reason": "Why it is not recorded",
    "where": "Where it is",
}
"""What stands behind the counts, in the lines of what is not recorded."""

REASONS = {
    "waiting": "It is being taken in.",
    "tried-again": "It failed and is tried again soon.",
    "unknown-unit": "The unit that it names is not there, or is closed.",
    "schema-violation": "It does not have the agreed form.",
    "no-way-to-answer": "It names no mail address and no phone number.",
    "exhausted": "It was tried several times and failed.",
    "loop": "It is a mail of ours that came back.",
    "auto-reply": "A machine wrote it.",
    "no-sender": "It names no sender.",
    "too-many": "This address sent too many within an hour.",
    "unreadable": "It cannot be read.",
    "unreadable-event": "It cannot be read.",
    "forged-source": "It does not come from the system that it names.",
    "too-large": "It is too large.",
    "event-too-large": "It is too large.",
    "empty": "It is empty.",
}
OTHER_REASON = "It could not be taken in ({code})."
WHERE = {
    "event": "Among the events that wait: {id}",
    "failure": "Among the failures of support: {id}",
    "mail": "Among the parked mails: {id}",
}
