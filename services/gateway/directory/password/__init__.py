"""Passwords: which may be chosen, and how they are kept."""
