"""Counting attempts per account and per address, so that nobody can guess for long."""
