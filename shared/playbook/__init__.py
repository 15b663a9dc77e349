"""Playbooks: a company's procedures as configuration. The flows are code; numbers, names and roles are the playbook's.

Invariants: a faulty playbook stops the start and is named with file, line and path; a pair of unit and flow has exactly
one active playbook; a version, once installed, never changes; a record keeps to the version it was opened under.
"""
