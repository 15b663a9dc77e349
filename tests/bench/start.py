"""The embedded mode: from the command to its first page on a home that was used before, and its memory then."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

FIRST_S = 120
_FLOOR = """
import flask, waitress
app = flask.Flask("floor")
app.get("/")(lambda: "hello")
waitress.serve(app, host="127.0.0.1", port={port})
"""
_PROJECT = "from shared.runtime.cli import main; main(['all'])"


class _Embedded:
    """Starts the whole system and asks for its first page."""

    higher_is_better, absolute = False, True

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[_Embedded]:
        with tempfile.TemporaryDirectory() as folder:
            self._home = Path(folder)
            self._measured(_PROJECT)  # the first start, which makes the databases
            yield self

    def _measured(self, code: str, *, settle_s: float = 0.0) -> tuple[float, float]:
        """Seconds to the first page, and resident megabytes some time after it."""
        port = _free()
        environment = {**os.environ, "STEWARD_HOME": str(self._home), "STEWARD_PORT": str(port), "STEWARD_LOG": "json"}
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code.format(port=port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                assert process.poll() is None, "the process ended"
                assert time.perf_counter() - begun < FIRST_S, "no page came"
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                        page.read()
                    break
                except OSError:
                    time.sleep(0.01)
            took = time.perf_counter() - begun
            time.sleep(settle_s)
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            resident = re.search(r"VmRSS:\s+(\d+) kB", status)
            assert resident is not None
            return took, int(resident[1]) / 1024
        finally:
            process.terminate()
            process.wait(60)


class Starting(_Embedded):
    """Seconds to the first page."""

    name, title, unit = "embedded_start", "Embedded: second start to first page", "s"
    need, reached_at = "≤ 3 s", 3.0

    def run(self) -> float:
        """The whole system."""
        return self._measured(_PROJECT)[0]

    def floor(self) -> float:
        """Flask on waitress with one view."""
        return self._measured(_FLOOR)[0]


class Resident(_Embedded):
    """Megabytes resident, a while after the first page."""

    name, title, unit = "embedded_memory", "Embedded: memory", "MB"
    need, reached_at = "≤ 300 MB resident", 300.0

    def run(self) -> float:
        """The whole system."""
        return self._measured(_PROJECT, settle_s=3)[1]

    def floor(self) -> float:
        """Flask on waitress with one view."""
        return self._measured(_FLOOR, settle_s=0.5)[1]


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
