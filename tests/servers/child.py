"""Starts a server as a child that cannot outlive the test run: `python child.py SIGNAL USER|- COMMAND...`.

Asks the kernel to send SIGNAL to this process when its parent dies (Linux), drops root to USER, and becomes COMMAND.
A program of its own instead of a `preexec_fn`, which is not safe in a process with threads. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main(signal_name: str, user: str, command: list[str]) -> None:
    """Never returns: becomes the command."""
    parent = os.getppid()
    if user != "-":
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.environ.update(HOME=entry.pw_dir, USER=user, LOGNAME=user)
    if sys.platform == "linux":  # after the change of user, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.Signals[signal_name]), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the test run ended before its server began")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell that runs the tests in the background has it ignored
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
