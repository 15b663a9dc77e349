"""Roles in units that are not somebody's home."""
