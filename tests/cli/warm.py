"""The command in a fresh process without the wait for a fresh interpreter: everything is imported once, then each
command line is a fork that runs the installed command's own `main` with its own environment, folder and output.

    python -m tests.cli.warm     reads one JSON request a line, answers each with the exit code
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

TIMEOUT_S = 60  # of one command, on two busy cores


class Warm:
    """The process that is ready to become any command. A context manager."""

    def __enter__(self) -> Warm:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.warm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def run(
        self, arguments: list[str], *, environment: Mapping[str, str], folder: Path, stdin: str = ""
    ) -> tuple[int, str, str]:
        """Run one command line to its end: exit code, output, errors."""
        files = {name: folder / f".command-{name}" for name in ("in", "out", "err")}
        files["in"].write_text(stdin, encoding="utf-8")
        asked = {
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
            "files": {name: str(path) for name, path in files.items()},
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        said = [files[name].read_text(encoding="utf-8") for name in ("out", "err")]
        for path in files.values():
            path.unlink()
        return code, said[0], said[1]


def _become(asked: dict[str, object]) -> None:
    """Never returns: this process is the command now."""
    from shared.runtime import cli

    signal.alarm(TIMEOUT_S)  # a command that hangs ends by the signal, and the test fails by its exit code
    files = asked["files"]
    assert isinstance(files, dict)
    handles = [os.open(files[name], os.O_RDWR | os.O_CREAT | os.O_TRUNC * (name != "in"), 0o600) for name in files]
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(asked["environment"])  # type: ignore[call-overload]
    os.chdir(str(asked["folder"]))
    code = 70
    try:
        cli.main(asked["arguments"])  # type: ignore[arg-type]
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _import_everything() -> None:
    """What the commands import when they run."""
    import alembic.command  # noqa: F401 - by import alone
    import kombu.transport.pyamqp  # noqa: F401 - by import alone

    from shared.bus import look, rabbit, tail, topology  # noqa: F401 - by import alone
    from shared.runtime import manifest
    from shared.runtime.cli import shape

    context = shape.steward.make_context("steward", [], resilient_parsing=True)
    for name in shape.steward.list_commands(context):
        shape.steward.get_command(context, name)
    for service in map(manifest.load, manifest.existing()):
        manifest.metadata(service)
        manifest.reactions(service)
        manifest.tasks(service)


def main() -> None:
    """Serve until the standard input ends."""
    _import_everything()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
