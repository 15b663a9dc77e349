"""Texts in three languages, rendered in a sandbox with limits."""
