"""Docker as a source of servers, where its engine runs and already has the image; nothing is ever pulled."""

from __future__ import annotations

import contextlib
import os
import socket
import urllib.parse
from collections.abc import Iterator
from typing import Any

ANSWER_S = 2  # an engine that needs longer is not a help


def client_with(image: str) -> Any | None:
    """A client of the local engine, or nothing when it does not answer in time or lacks the image."""
    if not _listens():  # the client leaks a socket when there is nobody, and takes half a second to import
        return None
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # its reaper is one more image; we end what we start
    import docker  # type: ignore[import-untyped]
    from docker import errors as refusals

    client = None
    try:
        client = docker.from_env(timeout=ANSWER_S)
        client.ping()
        client.images.get(image)
    except (refusals.DockerException, OSError):  # not running, not reachable, no such image
        if client is not None:
            client.close()
        return None
    client.close()
    return docker.from_env(timeout=60)


def _listens() -> bool:
    """Whether anybody accepts connections where the engine should be."""
    host = urllib.parse.urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    try:
        if host.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(ANSWER_S)
                probe.connect(host.path)
        elif host.hostname and host.port:
            socket.create_connection((host.hostname, host.port), timeout=ANSWER_S).close()
    except OSError:
        return False
    return True  # another kind of address (ssh, npipe): let the client find out


@contextlib.contextmanager
def container(
    image: str, *, port: int, inside: int, environment: dict[str, str], command: str | None = None
) -> Iterator[Any]:
    """A running container of the image whose port `inside` is `127.0.0.1:port`; yields docker's own handle of it."""
    from testcontainers.core.container import DockerContainer

    box: Any = DockerContainer(image)
    box.ports[f"{inside}/tcp"] = ("127.0.0.1", port)  # its own method would bind all addresses
    for name, value in environment.items():
        box = box.with_env(name, value)
    if command:
        box = box.with_command(command)
    box.start()
    try:
        yield box.get_wrapped_container()
    finally:
        box.stop()
