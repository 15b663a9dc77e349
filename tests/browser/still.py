"""The command `steward` in a process whose clock stands still as long as a file is there.

    python -m tests.browser.still FILE all

Everything else of the process is real. What must be pressed within ten seconds is pressed while the clock stands, so
that a machine that pauses cannot make a test late.
"""

from __future__ import annotations

import sys
import threading
from datetime import datetime
from pathlib import Path

from shared.kernel import moment
from shared.runtime import cli


def stand(file: Path) -> None:
    """While the file is there, it stays the moment at which that was first seen; then it is what the machine says."""
    inner, guard = moment.SystemTime.now, threading.Lock()
    at: list[datetime] = []

    def now(self: moment.SystemTime) -> datetime:
        with guard:
            if not file.exists():
                at.clear()
                return inner(self)
            if not at:
                at.append(inner(self))
            return at[0]

    moment.SystemTime.now = now  # type: ignore[method-assign]


if __name__ == "__main__":
    stand(Path(sys.argv[1]))
    cli.main(sys.argv[2:])
