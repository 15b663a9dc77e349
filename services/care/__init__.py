"""Care owns customer groups and metrics, care programmes, occasions and greetings, gifts, conferences and invitations,
surveys and NPS, follow-up cadence and the customer profile. It never sends anything itself.
"""
