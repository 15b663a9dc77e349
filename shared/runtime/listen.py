"""Claiming an address before anything else is started, so that a taken one is a sentence and not a half start."""

from __future__ import annotations

import errno
import socket

from shared.kernel import errors

BACKLOG = 128


class PortInUse(errors.Refused):
    """The address {host}:{port} is in use. Stop what listens there, or choose another STEWARD_PORT."""

    code = "port-in-use"


class NoSuchAddress(errors.Refused):
    """Nothing can listen on {host}:{port} ({why}). Choose another STEWARD_HOST or STEWARD_PORT."""

    code = "no-such-address"


def on(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `PortInUse`, `NoSuchAddress`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(BACKLOG)  # claims it: a second bind with SO_REUSEADDR would succeed until somebody listens
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host=host, port=port) from error
        raise NoSuchAddress(host=host, port=port, why=error.strerror or str(error)) from error
    return made
