"""What the entries of a trail are called on a page. English here; catalogues hold the other languages."""

from __future__ import annotations

WHAT = {
    "received": "Received",
    "classified": "Classified",
    "assigned": "Assigned",
    "paused": "Paused",
    "resumed": "Resumed",
    "escalated": "Escalated",
    "taken_over": "Taken over",
    "verified": "Information checked",
    "reclassified": "Classified again",
    "promised": "Promised time moved",
    "progressed": "The client was told how far it is",
    "requested": "Another system was asked how the goods stand",
    "noted": "Another system said how the goods stand",
    "sent_back": "Result sent back",
    "withdrawn": "Withdrawn by the client",
    "closed_as_duplicate": "Closed as a duplicate",
    "taken_up_again": "Taken up on its own again",
    "recorded": "Suggestion passed on to customer care",
    "completed": "Completed",
    "handed_over": "Handed over",
    "reminded": "Reminded the client",
    "confirmed": "Confirmed by the client",
    "refused": "Refused by the client",
    "logged": "Logged",
    "linked": "Linked with another request",
    "unlinked": "Link taken back",
    "attached": "File attached",
    "clock.started": "Promise began",
    "clock.reached": "Promise reached a rung",
    "clock.paused": "Promise stands still",
    "clock.resumed": "Promise runs again",
    "clock.repriced": "Promise was given another time",
    "clock.stopped": "Promise ended",
    "clock.cancelled": "Promise is owed no more",
}
"""An entry that is not here is shown by its code."""

COLUMNS = ("Number", "When (UTC)", "What", "Who", "Facts", "Hash")
