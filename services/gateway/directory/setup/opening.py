"""What the embedded mode says at start while no company is set up."""

from __future__ import annotations

from services.gateway.directory.setup import commands
from shared.runtime import process


def offer(running: process.Process) -> list[str]:
    """A new one-time code, and where to type it; nothing once a real company exists."""
    with running.databases["gateway"].work(actor="system:setup") as work:
        code = commands.offer(work)
    if code is None:
        return []
    return [f"Set up your own company: {running.settings.public_url}/setup with the one-time code {code}"]


OPENINGS = (offer,)
