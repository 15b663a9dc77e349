"""The databases: one per service, SQLite or PostgreSQL, written through one unit of work.

Invariants:
- A writing transaction on SQLite begins with BEGIN IMMEDIATE (pysqlite's own transactions lose updates).
- Every moment is stored in UTC with microseconds and comes back aware.
- What a use case changes, its events and its task hints are committed together or not at all.
"""
