"""The copy is kept from the directory's events: units, and who staff are, who is away and who stands in for them.

Roles, calendars and authority are not notify's business: whom an event is for stands in the event.
"""

from shared.people import reactions

NEEDED = ("directory.staff.changed", "directory.absence.changed", "directory.substitution.changed")

REACTIONS = (*reactions.UNITS, *(reaction for reaction in reactions.PEOPLE if reaction.type in NEEDED))
