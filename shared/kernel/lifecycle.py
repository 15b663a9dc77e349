"""A lifecycle is one table: which verb leads from which states to which.

The code, the documentation's diagrams and the answer to "what is possible now" are all read from the same table.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.kernel import errors


@dataclass(frozen=True, slots=True)
class Move:
    """One verb: allowed in any of `sources`, leading to `target`."""

    verb: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one kind of object and the verbs between them."""

    name: str
    initial: str
    moves: tuple[Move, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of first mention."""
        named = [self.initial, *(s for move in self.moves for s in (*move.sources, move.target))]
        return tuple(dict.fromkeys(named))

    def possible(self, state: str) -> tuple[str, ...]:
        """The verbs that the state allows, in the table's order."""
        return tuple(dict.fromkeys(move.verb for move in self.moves if state in move.sources))

    def after(self, state: str, verb: str) -> str:
        """The state that the verb leads to. Raises `errors.WrongState`, which names what is possible instead."""
        for move in self.moves:
            if move.verb == verb and state in move.sources:
                return move.target
        raise errors.WrongState(state=state, verb=verb, possible=", ".join(self.possible(state)) or "-")
