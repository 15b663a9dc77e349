"""The check for containers and supervisors: quick, light, and asking the loops themselves."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any

import click

from shared.runtime import beat, settings
from shared.runtime.cli import output, shape

TIMEOUT_S = 4  # under the five seconds that a container's check usually has
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a role listens, not where we would

ROLES = ("all", "web", "bus", "tasks")


@output.example("steward health bus support notify", "steward health web support --ready")
@click.command()
@click.argument("role", type=click.Choice(ROLES))
@click.argument("services", nargs=-1)
@click.option("--ready", is_flag=True, help="Also whether it can serve right now: its database answers (web, all).")
@output.as_json
def health(role: str, services: tuple[str, ...], ready: bool, as_json: bool) -> int:
    """Whether a ROLE with these SERVICES is alive here: exit code 0 or 1, with the reasons.

    bus and tasks are judged by the beat of their loops, web by its answer over HTTP, all by both. The settings must be
    those of the role itself.
    """
    given = settings.read()
    reasons: list[str] = []
    if role != "web":
        try:
            beat.check(beat.path(given, role, services) if services else beat.newest(given, role), role)
        except (beat.NoBeat, beat.Stuck) as error:
            reasons.append(str(error))
    if role in ("web", "all"):
        reasons += _over_http(given, "/readyz" if ready else "/livez")
    if as_json:
        output.document({"alive": not reasons, "reasons": reasons})
    else:
        click.echo("\n".join(reasons) or "ok")
    return shape.FOUND if reasons else shape.OK


def _over_http(given: settings.Settings, path: str) -> list[str]:
    host = ANYWHERE.get(given.host, given.host)
    connection = http.client.HTTPConnection(host, given.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return [f"http://{host}:{given.port}{path} does not answer ({_why(error)})."]
    finally:
        connection.close()
    if answer.status == 200:
        return []
    checks = _checks(body)
    return [f"{name}: {said}" for name, said in checks.items() if said != "ok"] or [f"{path} answered {answer.status}."]


def _checks(body: bytes) -> dict[str, Any]:
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return {}
    return checks if isinstance(checks, dict) else {}


def _why(error: Exception) -> str:
    return "timeout" if isinstance(error, socket.timeout) else getattr(error, "strerror", None) or type(error).__name__
