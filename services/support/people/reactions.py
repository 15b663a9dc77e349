"""The copy is kept from the directory's events: units, and people with their roles, substitutes and calendars."""

from shared.people import reactions

REACTIONS = (*reactions.UNITS, *reactions.PEOPLE)
