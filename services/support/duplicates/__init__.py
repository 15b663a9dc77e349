"""Tickets that may be one and the same request: suggested with a reason, linked by a person, never merged by itself."""
