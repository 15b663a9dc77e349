"""The manifest of support."""

from shared.runtime import manifest

SERVICE = manifest.Service(
    name="support",
    title="Customer support",
    letter="s",
    slices=(
        "people",
        "request_type",
        "consultation",
        "return_address",
        "search",
        "attachment",
        "ticket",
        "triage",
        "ticket_file",
        "duplicates",
        "conversation",
        "macro",
        "mailbox",
        "record",
        "record_check",
        "importing",
        "received",
    ),
)
