"""Notify owns the contact book it builds from events, templates, rules, the schedule, deliveries and consent. It never
takes a business decision.
"""
