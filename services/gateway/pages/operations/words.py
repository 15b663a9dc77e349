"""What the console calls things. English here; catalogues hold the other languages. What is not here stays a code."""

from __future__ import annotations

SERVICES = {
    "intake": "Intake",
    "contracts": "Contracts",
    "support": "Customer support",
    "care": "Customer care",
    "notify": "Messages to clients",
    "gateway": "Pages and directory",
}

OBJECTS = {"ticket": "Client's request", "message": "Message to a client"}

WAITING = {
    "outbox": "Outbox",
    "refused": "Refused by the broker",
    "inbox": "Inbox",
    "retry": "Waiting for the next attempt",
    "tasks": "Tasks",
    "clocks": "Clock steps",
    "failures": "Failed",
}

ALARMS = {
    "outbox": "Events do not leave: the relay does not run, or the broker is away.",
    "refused": "The broker refuses events. Declare its topology again: steward topology.",
    "inbox": "Events are not handled: the inbox worker does not run, or does not keep up.",
    "tasks": "Tasks are not run: no task worker runs, or it does not keep up.",
    "clocks": "Promises are not watched: the clock loop does not run, or does not keep up.",
    "failures": "Failed work waits for a person.",
}

MISSING = {
    "bus": "No process moves events, reactions and clocks (role bus).",
    "tasks": "No process runs tasks (role tasks).",
}

LOOPS = {
    "relay": "Sends events",
    "inbox": "Runs reactions",
    "clock": "Watches promises",
    "janitor": "Cleans up and counts",
    "trail": "Anchors the trail",
    "failures": "Works off decisions",
    "receiver": "Receives events",
    "dead": "Collects what the broker gave up",
    "unrouted": "Counts events that nobody takes",
    "topology": "Declares the broker's queues",
    "tasks": "Runs tasks",
    "mail": "Reads mailboxes",
}

QUEUE_ALARMS = {"missing": "It does not exist: steward topology", "idle": "Nobody consumes it"}

STATES = {
    "parked": "Waits for a decision",
    "replayed": "Tried again",
    "resolved": "Succeeded",
    "discarded": "Given up",
}

KINDS = {"event": "Event", "task": "Task", "delivery": "Unreadable message"}

REASONS = {
    "exhausted": "Every attempt failed",
    "unknown-task": "This version knows no such task",
    "newer-version": "It was sent by a newer version",
    "refused": "It was refused",
    "invalid": "It is not valid",
    "wrong-state": "What it is about is in another state by now",
    "forbidden": "Whoever it acts for may not do it",
    "kills-process": "It kills the process that runs it",
    "schema-violation": "It does not have the agreed form",
    "unreadable-event": "It cannot be read",
    "forged-source": "It does not come from whom it says",
    "delivery-limit": "The broker gave it up",
    "not-found": "What it is about does not exist any more",
    "not-storable": "It cannot be stored",
}

DECISIONS = {
    "replayed": "Tried again",
    "discarded": "Given up",
    "restored": "Taken up again",
    "revealed": "Looked at the personal data",
}

ACTS = {"replay": "Try again", "discard": "Give up", "restore": "Take up again"}

BATCH_STATES = {
    "running": "Under way",
    "stopped": "Stopped",
    "finished": "Finished",
    "troubled": "Finished, not all succeeded",
}

COUNTS = {
    "waiting": "Waiting",
    "sent": "Begun, without an outcome",
    "done": "Done",
    "failed": "Failed anew",
    "refused": "Not possible any more",
    "left": "Left as it was",
}

WHY_NOT = {
    "not-parked": "Somebody else decided about it",
    "not-discarded": "Somebody else decided about it",
    "work-gone": "The work behind it is gone",
    "failed-again": "The first of them failed anew",
    "not-found": "It does not exist any more",
}

RATES = {
    "0.1": "One every ten seconds",
    "1": "One a second",
    "5": "Five a second",
    "20": "Twenty a second",
}

TONES = {
    "parked": "late",
    "replayed": "busy",
    "resolved": "good",
    "discarded": "rest",
    "running": "busy",
    "stopped": "late",
    "finished": "good",
    "troubled": "late",
}
"""The colour of a badge; the word in it says the same."""
