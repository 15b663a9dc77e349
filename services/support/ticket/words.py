"""What the codes of a ticket and the columns of its lists are called in files; catalogues hold the other languages."""

from __future__ import annotations

COLUMNS = {
    "number": "Number",
    "unit": "Unit",
    "state": "State",
    "channel": "Channel",
    "topic": "Topic",
    "content": "Request",
    "requester": "Client",
    "mails": "Mail address",
    "phones": "Phone",
    "reference": "Reference",
    "asked_at": "Asked on",
    "received_at": "Received on",
    "received_by": "Written down by",
    "verified_at": "Checked on",
    "request_type": "Type",
    "owner": "Responsible",
    "handler": "Handled by",
    "classified_at": "Classified on",
    "promised_at": "Promised by",
    "completed_at": "Completed on",
    "method": "Method",
    "result": "Result",
    "handed_over_at": "Handed over on",
    "answered_at": "Answered on",
    "rating": "Rating",
    "comment": "Comment",
    "reason": "What is not solved",
    "closing_reason": "Why it was closed",
    "withdrawn_at": "Withdrawn on",
    "logged_at": "Record written on",
    "changed_at": "Last changed on",
}
"""Every field of a ticket that a list shows, in the order of the exported columns."""

CHANNELS = {
    "website": "Website",
    "email": "E-mail",
    "social": "Social media",
    "chat": "Chat",
    "hotline": "Hotline",
    "survey": "Survey",
    "intermediary": "Intermediary",
    "direct": "In person",
    "api": "Other system",
}

TOPICS = {
    "service_quality": "Quality of service",
    "policy": "Policy",
    "price": "Price",
    "incident": "Incident",
    "complaint": "Complaint",
    "question": "Question",
    "suggestion": "Suggestion",
    "other": "Other matter",
}

RATINGS = {5: "Very good", 4: "Good", 3: "Fair", 2: "Not good", 1: "Poor"}
