"""What the ticket's flow offers a playbook."""

from __future__ import annotations

from services.support.ticket import model, queries
from shared.playbook.model import Flow

TICKET = Flow(
    name="support.ticket",
    lifecycle=model.LIFECYCLE,
    steps={
        "receive": (),
        "classify": ("classify", "reclassify"),
        "support": (
            "verify",
            "take",
            "assign",
            "pause",
            "resume",
            "promise",
            "progress",
            "ask_goods",
            "escalate",
            "complete",
            "withdraw",
            "close_duplicate",
            "reopen_duplicate",
            "link",
            "unlink",
        ),
        "hand_over": ("hand_over", "send_back"),
        "log": ("log",),
    },
    events={
        "support.ticket.asked": "create",
        "support.ticket.received": "create",
        "support.ticket.verified": "verify",
        "support.ticket.classified": "classify",
        "support.ticket.reclassified": "reclassify",
        "support.ticket.assigned": "assign",
        "support.ticket.promised": "promise",
        "support.ticket.progressed": "progress",
        "support.ticket.escalated": "escalate",
        "support.ticket.completed": "complete",
        "support.ticket.sent_back": "send_back",
        "support.ticket.handed_over": "hand_over",
        "support.ticket.confirmed": "confirm",
        "support.ticket.refused": "refuse",
        "support.ticket.withdrawn": "withdraw",
        "support.ticket.closed_as_duplicate": "close_duplicate",
        "support.ticket.taken_up_again": "reopen_duplicate",
        "support.ticket.logged": "log",
        "support.record.demanded": "demand",
        "support.record_check.opened": "open",
        "support.record_check.checked": "check",
    },
    by_authority=("take", "assign", "complete"),
    grants={"take_over": "lead", "log_unanswered": "lead", "demand": "lead"},
    clients=model.CLIENT_VERBS,
    everybody=("create",),
    client_names=queries.client_names,
    contents=queries.contents,
)

FLOWS = (TICKET,)
