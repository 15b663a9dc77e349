"""Support owns tickets (receive, classify, handle, hand over, confirm, log), service orders (remote, on-site, repair),
returns and exchanges, complaints and the case library. It never runs campaigns.
"""
