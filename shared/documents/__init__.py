"""The documents that are written from the code: schemas, AsyncAPI, OpenAPI, lifecycles, the catalogue of events.

Invariant: they depend on the code alone, so that the same code writes the same bytes everywhere and `steward docs
--check` can say what is out of date. A published schema is a contract and is never overwritten by one that breaks it.
"""

from shared.documents.folder import BreakingChange, stale, write

__all__ = ["BreakingChange", "stale", "write"]
