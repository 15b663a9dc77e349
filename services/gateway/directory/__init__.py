"""The directory: who works where and may do what; other services keep copies from its `directory.*` events.

Invariant: companies of one installation are strangers to each other. Every command and query takes the caller's
`company`; what belongs to another does not exist for them. `None` is the operator at the command line.
"""
