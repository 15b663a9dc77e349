"""What can be wrong with a test server, as sentences."""

from __future__ import annotations


class Unavailable(Exception):
    """A server that tests need cannot be had on this machine; the message says what was tried and what would help."""


class Uncontrolled(Exception):
    """The server belongs to somebody else (a URL from the environment), so a test may not stop, freeze or kill it."""
