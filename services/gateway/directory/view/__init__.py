"""Saved views: a person's own filters of a list, by name."""
