"""Slow work: a task is a row, the message that announces it carries its id and nothing else.

Invariants: a task is hinted if and only if its transaction committed; a lost hint is found by the sweeper; a task that
killed its process three times is parked. No task runs over 20 s: longer work is cut into chunks with progress. The
only place that knows dramatiq.
"""

from shared.jobs.rows import Again, Task, add, add_later

__all__ = ["Again", "Task", "add", "add_later"]
