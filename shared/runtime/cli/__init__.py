"""The command `steward`: everything that an operator does, each with help, an example, `--json` and an exit code.

Commands of `shared` are named in the table of `shape`; a service's slices bring theirs in `cli.py` as a table COMMANDS
of click commands, found through `manifest.commands`. Nothing is imported before it is asked for.
"""

from shared.runtime.cli.shape import main

__all__ = ["main"]
