"""The trail: every verb, decision, message and clock step of an object, in order, tamper-evident.

Invariants: the bytes that are hashed are the bytes that are stored; each row's hash covers the one before it; heads are
written to a second place every five minutes, so that a cut-off tail is found; personal text stands beside the chain,
sealed under a key of its person, so that destroying the key erases the person and leaves the chain whole.

The head of a chain stands in `trail_chain` and not on the object's own row, so that the clock loop and reactions may
append to the trail of an object whose table they do not know.
"""

from shared.trail.write import Entry, append

__all__ = ["Entry", "append"]
