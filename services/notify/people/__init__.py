"""Notify's copy of the directory: a mail is written in the name of a unit."""
