"""What the services' codes are called on screen. English here; catalogues hold the other languages."""

from __future__ import annotations

TICKET_STATES = {
    "received": "Received",
    "classified": "Classified",
    "assigned": "Assigned",
    "waiting": "Waiting for somebody else",
    "completed": "Completed",
    "handed_over": "Handed over",
    "confirmed": "Confirmed by the client",
    "reopened": "Reopened",
    "logged": "Closed and logged",
    "withdrawn": "Withdrawn by the client",
    "duplicate": "Closed as a duplicate",
}

TICKET_VERBS = {
    "verify": "Check the information",
    "classify": "Classify",
    "reclassify": "Classify again",
    "take": "Take it myself",
    "assign": "Assign",
    "pause": "Pause",
    "resume": "Go on",
    "promise": "Move the promised time",
    "progress": "Tell the client how far it is",
    "escalate": "Escalate",
    "take_over": "Take over",
    "complete": "Record the result",
    "ask_goods": "Ask how the goods stand",
    "send_back": "Send the result back",
    "hand_over": "Hand the result over",
    "log_unanswered": "Close without an answer",
    "withdraw": "The client withdraws it",
    "confirm": "The client confirms",
    "refuse": "The client refuses",
    "log": "Write the record",
    "check": "Check the record",
}
"""What one can do with a ticket, as buttons and lists say it."""

CLOCKS = {
    "record": "Writing the request down",
    "classify": "Classification",
    "handle": "Handling",
    "rework": "Handling once more",
    "hand_over": "Handover of the result",
    "confirm": "The client's answer",
    "log": "Record",
    "demand": "Completion of the record",
    "record_check": "Check of the record",
}
"""What is promised; a playbook of one's own may have other clocks, which are shown by their name."""

CLOCK_STEPS = {
    "started": "Begun",
    "paused": "Paused",
    "resumed": "Gone on",
    "reached": "A step of the ladder",
    "over": "The time is over",
    "repriced": "New due moment",
    "stopped": "Ended",
    "cancelled": "Cancelled",
}
"""What happens to a clock."""

TRAIL = {
    "reply_written": "Reply written",
    "reply_taken_back": "Reply taken back",
    "replied": "Reply sent to the client",
    "answered": "Answer of the client",
    "note_kept": "Internal note",
    "consulted": "Question to colleagues",
    "advised": "Advice",
    "received": "Received",
    "verified": "Information checked",
    "classified": "Classified",
    "reclassified": "Classified again",
    "assigned": "Assigned",
    "promised": "Promised time moved",
    "progressed": "The client was told how far it is",
    "paused": "Paused",
    "resumed": "Gone on",
    "escalated": "Escalated",
    "taken_over": "Taken over",
    "completed": "Result recorded",
    "requested": "Another system was asked how the goods stand",
    "noted": "Another system said how the goods stand",
    "sent_back": "Result sent back",
    "withdrawn": "Withdrawn by the client",
    "closed_as_duplicate": "Closed as a duplicate",
    "taken_up_again": "Taken up on its own again",
    "handed_over": "Handed over",
    "confirmed": "Confirmed by the client",
    "refused": "Refused by the client",
    "reminded": "The client was reminded",
    "logged": "Record written",
    "demanded": "Completion of the record demanded",
    "opened": "Check opened",
    "checked": "Record checked",
    "recorded": "Suggestion passed on to customer care",
    "linked": "Linked with another request",
    "unlinked": "Link taken back",
    "attached": "File added",
}
"""What happened to an object."""

FACTS = {
    "type": "Type",
    "to": "Passed to",
    "instead_of": "Instead of",
    "from": "Until then with",
    "asked_at": "Asked on",
    "promised_before": "Promised before",
    "due_before": "Due before",
    "due_at": "Due now",
    "promised_at": "Promised by",
    "evidence": "Evidence",
    "percent": "Percent of the time",
    "rating": "Rating",
}
"""What is said of a line of what happened."""

SAID = {
    "reply": "Reply to the client",
    "answer": "Answer of the client",
    "note": "Internal note",
    "question": "Question to colleagues",
    "advice": "Advice",
}
"""What was said about a ticket."""

REPLY_STATES = {"scheduled": "Leaves in a moment", "sent": "Passed on to be sent", "taken_back": "Taken back"}

TIMELINE = {
    "conversation": "Conversation",
    "steps": "Steps",
    "clocks": "Promises",
    "messages": "Messages",
    "files": "Files",
}
"""The kinds of lines of what happened to a ticket, by which they are filtered."""

SOURCES = {
    "trail": "The steps and promises cannot be shown at the moment.",
    "said": "The conversation cannot be shown at the moment.",
    "messages": "The messages cannot be shown at the moment.",
    "files": "The files cannot be shown at the moment.",
}
"""What is missing from it while a service does not answer."""

STEPS = {
    "receive": "Receipt",
    "classify": "Classification",
    "support": "Support",
    "hand_over": "Handover of the result",
    "log": "Record",
}
"""The steps of procedures that RACI speaks of."""

LETTERS = {"R": "Responsible", "A": "Accountable", "C": "Consulted", "I": "Informed"}

CLIENT_STATES = {
    "received": "We have received your request and will reply shortly.",
    "classified": "Your request is being handled.",
    "assigned": "Your request is being handled.",
    "waiting": "Your request is being handled; we are waiting for information.",
    "completed": "Your request has been handled; we are preparing the result for you.",
    "handed_over": "The result has been sent to you and awaits your confirmation.",
    "confirmed": "You have confirmed the result. Thank you.",
    "reopened": "We have opened your request again and continue to work on it.",
    "logged": "Your request is closed. Thank you for your trust.",
    "withdrawn": "You have withdrawn your request. Thank you for letting us know.",
    "duplicate": "Your request continues under another number, of which we have told you.",
}

CLIENT_STEPS = {"received": "Received", "handled": "Being handled", "answered": "Result sent", "finished": "Settled"}
"""The way of a request as its client sees it."""
CLIENT_WAY = (
    ("received",),
    ("classified", "assigned", "waiting", "completed", "reopened"),
    ("handed_over", "confirmed"),
    ("logged",),
)
"""The states behind each of these steps."""


def client_step(state: str) -> int | None:
    """How far along its way a request in this state is; what was withdrawn is on no way any more."""
    return next((at for at, states in enumerate(CLIENT_WAY) if state in states), None)


TOPICS = {
    "question": "Question",
    "service_quality": "Quality of service",
    "policy": "Policy",
    "price": "Price",
    "incident": "Incident",
    "complaint": "Complaint",
    "suggestion": "Suggestion",
    "other": "Other matter",
}

CHANNELS = {
    "hotline": "Hotline",
    "direct": "In person",
    "email": "E-mail",
    "chat": "Chat",
    "social": "Social media",
    "website": "Website",
    "survey": "Survey",
    "intermediary": "Intermediary",
    "api": "Other system",
}

TAKEN_DOWN = ("hotline", "direct", "email", "chat", "social", "survey", "intermediary")
"""Channels whose requests staff write down themselves."""

CHECK_STATES = {"unchecked": "Not checked yet", "checked": "Checked"}

KPI = {
    "on_time": "On time",
    "late": "Late",
    "unanswered": "Without the client's answer",
    "open": "Open now",
    "open_late": "Open and late",
}
"""What is counted of promises."""

KPI_BY = {"step": "Step", "person": "Person", "unit": "Unit", "type": "Request type", "period": "Period"}

KPI_TITLES = {
    "step": "How promises were kept, by step: {period}",
    "person": "How promises were kept, by person: {period}",
    "unit": "How promises were kept, by unit: {period}",
    "type": "How promises were kept, by type of request: {period}",
    "period": "How promises were kept along the days: {period}",
}

PERIODS = {"week": "This week", "month": "This month", "quarter": "This quarter"}

SETTINGS = {
    "people-and-roles": "People and roles",
    "days": "Working days",
    "how-we-work": "How we work",
    "absences": "Absences",
    "absences-about": "Who is away when, and who acts for them; everybody enters their own.",
    "substitutes": "Substitutes",
    "substitutes-about": "Who acts in whose stead, with dates.",
    "roles": "Roles",
    "roles-about": "What each role may do, who holds it, and roles in other units than one's own.",
    "authority": "Authority table",
    "authority-about": "Who may handle which requests from which day on.",
    "calendar": "Working calendar",
    "calendar-about": "A unit's month, day by day: what is worked, and why a day is off.",
    "closures": "Closures",
    "closures-about": "Days on which a unit does not work.",
    "years": "Official years",
    "years-about": "Public holidays and make-up workdays of a country, proposed until somebody declares them.",
    "people": "People",
    "people-about": "Accounts, home units, roles, languages; one by one or from a file.",
    "units": "Units",
    "units-about": "The company, its branches and departments, with their forms for clients.",
    "procedures": "Procedures",
    "procedures-about": "Who does what until when, which requests there are, and the lifecycle drawn.",
    "texts": "Prepared texts",
    "texts-about": "Texts for replies that are written often.",
}
"""The pages of the settings, each with what it is for."""

MAIL_REASONS = {
    "loop": "It came from us: it went round in a circle",
    "auto-reply": "An automatic reply or a circular",
    "no-sender": "It has no valid sender",
    "too-many": "Too many mails of this sender within an hour",
    "unreadable": "It cannot be read",
    "too-large": "It is too large",
    "empty": "There is nothing in it",
}
"""Why a mail waits for a person."""

RECORD = {
    "content": "Request content",
    "received_at": "Request date",
    "requester": "Requester",
    "handler": "Handler",
    "request_type": "Request type",
    "processing_hours": "Processing time",
    "method": "Handling method",
    "state": "Processing status",
    "rating": "Customer evaluation",
}
"""The columns of the tracking record."""

IMPORTED = {
    "content": "Request content",
    "request_date": "Request date",
    "requester": "Requester",
    "handler": "Handler",
    "request_type": "Request type",
    "processing_hours": "Processing time",
    "method": "Handling method",
    "evaluation": "Customer evaluation",
    "reference": "Number",
}
"""The columns that an import of a record fills."""

IMPORT_STATES = {
    "uploaded": "Columns to be chosen",
    "ready": "Tried, not imported yet",
    "importing": "Being imported",
    "imported": "Imported",
    "undone": "Import taken back",
}

MESSAGE_STATES = {
    "waiting": "Waiting",
    "sending": "Being sent",
    "transmitting": "Being sent",
    "sent": "Sent",
    "bounced": "Refused by the mail server",
    "unknown": "Unclear whether it arrived",
    "failed": "Given up after 48 hours",
    "undeliverable": "No usable address",
    "cancelled": "Cancelled",
    "folded": "Told together with others",
}

MESSAGE_GROUPS = {
    "": "All",
    "scheduled": "To be sent",
    "again": "Waiting for the next attempt",
    "sent": "Sent",
    "failed": "Did not arrive",
}
"""What people look for among messages."""
MESSAGES_TO = {"client": "Clients", "staff": "Staff", "": "Everybody"}

MESSAGE_REASONS = {
    "bad-address": "The mail address cannot be used.",
    "no-mail": "The client left no mail address.",
    "deferred": "The mail server asked us to come back later.",
    "channel-away": "The mail server cannot be reached at the moment.",
    "refused": "The mail server refused it for good.",
    "gave-up": "It could not be delivered for 48 hours.",
    "unknown": "The connection broke at the last moment; the message may or may not have arrived.",
    "cancelled": "Somebody decided not to send it.",
}

MESSAGE_KINDS = {
    "ticket-reply": "Reply to the client",
    "task-answered": "Answer of the client",
    "task-consulted": "Question to colleagues",
    "ticket-received": "Acknowledgement of the request",
    "ticket-promised": "Promised time",
    "ticket-deadline": "New completion time",
    "ticket-progress": "Progress",
    "ticket-result": "Result",
    "ticket-confirm": "Result, with the link to confirm",
    "ticket-reminder": "Reminder to confirm",
    "ticket-reopened": "Request opened again",
    "ticket-thanks": "Thanks for the confirmation",
    "record-demanded": "To staff: record to be completed",
    "ticket-withdrawn": "Request withdrawn",
    "ticket-duplicate": "Continues under another number",
    "ticket-taken-up": "Request taken up again",
    "task-assigned": "To staff: assigned",
    "task-escalated": "To staff: escalated",
    "task-reopened": "To staff: refused by the client",
    "task-moved-on": "To staff: now somebody else's",
    "promise-warning": "To staff: due soon",
    "promise-late": "To staff: due or late",
    "task-digest": "To staff: several things at once",
    "task-decided": "To staff: decision, for information",
    "decision-digest": "To staff: decisions of an hour, for information",
    "password-reset": "Link to choose a password",
    "password-changed": "Password changed",
}

ROLES_ABOUT = {
    "staff": "Receives, classifies and handles requests of the unit, and writes the record.",
    "lead": "Hands results over, takes over, closes what was never answered, and sees the unit's KPIs.",
    "executive": "Is told of what is escalated, handles what needs them, and sees the company's KPIs.",
    "admin": "Sets up people, units, roles, the authority table and the calendars.",
    "on-call": "Keeps the system running: sees what failed in every unit and has it done again.",
    "market-development": "Keeps the tracking record of all units.",
}
"""What a role is for, in a sentence."""

OCCASIONS = {
    "new-year": "New Year's Day",
    "lunar-new-year": "Lunar New Year",
    "hung-kings": "Hung Kings' Commemoration Day",
    "reunification": "Reunification Day",
    "labour": "Labour Day",
    "national": "National Day",
    "culture": "Vietnam Culture Day",
    "qingming": "Qingming Festival",
    "dragon-boat": "Dragon Boat Festival",
    "mid-autumn": "Mid-Autumn Festival",
}
"""Public holidays of Vietnam and China."""

ROLES = {
    "staff": "Staff",
    "lead": "Team lead",
    "executive": "Executive",
    "admin": "Administrator",
    "on-call": "On call",
    "market-development": "Market development",
}

DESK = {"mine": "Mine", "team": "My team", "informed": "For my information"}
"""Its lists: what I owe, what is open in my units, and what others owe in steps in which I have the letter I."""

UNIT_KINDS = {"company": "Company", "branch": "Branch", "department": "Department"}
COUNTRIES = {"VN": "Vietnam", "CN": "China"}

RELATIONS = {"duplicate": "A duplicate of", "original": "Its duplicate is", "related": "Has to do with"}
"""What a ticket is to another one, before that one's number."""

RATINGS = {5: "Very good", 4: "Good", 3: "Fair", 2: "Not good", 1: "Poor"}

TONES = {
    "unchecked": "waits",
    "checked": "good",
    "received": "new",
    "classified": "busy",
    "assigned": "busy",
    "reopened": "late",
    "completed": "busy",
    "handed_over": "waits",
    "confirmed": "good",
    "logged": "rest",
    "withdrawn": "rest",
    "duplicate": "rest",
    "waiting": "waits",
    "sending": "busy",
    "transmitting": "busy",
    "sent": "good",
    "bounced": "late",
    "unknown": "late",
    "failed": "late",
    "undeliverable": "late",
    "cancelled": "rest",
    "open": "good",
    "closed": "rest",
    "active": "good",
    "inactive": "rest",
}
"""The colour of a state's badge; the word beside it says the same."""

LIST_COLUMNS = {
    "requester": "Client",
    "content": "Request",
    "request_type": "Type",
    "state": "State",
    "owner": "Responsible",
    "clock": "Deadline",
    "promised_at": "Promised by",
    "asked_at": "Received on",
    "changed_at": "Last changed",
    "channel": "Channel",
    "topic": "Topic",
    "unit": "Unit",
}
"""What the list of tickets can show beside the number."""
LIST_FILTERS = {
    "q": "Words",
    "owner": "Responsible",
    "clock": "Deadline",
    "waits_for": "For whom it waits",
    "request_type": "Type",
    "channel": "Channel",
    "topic": "Topic",
    "from": "Received from",
    "to": "Received until",
    "unit": "Unit",
}
"""What its filters are about."""
LIST_CLOCKS = {"late": "Late", "soon": "Due within an hour", "paused": "Paused"}
LIST_ORDERS = {
    "-received": "Newest first",
    "received": "Oldest first",
    "promised": "Promised first",
    "-promised": "Promised last",
    "changed": "Longest unchanged",
    "-changed": "Last changed",
}
