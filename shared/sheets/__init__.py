"""Sheets: lists as files that people open in a spreadsheet, and files of theirs as rows.

Invariants: names arrive as they were written; no cell is ever run as a formula; a moment is written in the zone it is
given in; what is written and read is bounded, and the libraries that do it are loaded only by who does.
"""
