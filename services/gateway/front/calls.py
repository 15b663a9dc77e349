"""The services as the page that is being made calls them: its person, its language, its trace."""

from __future__ import annotations

import flask

from services.gateway import clients
from services.gateway.front import language, signed
from shared.runtime import manifest
from shared.web import site, tokens


def service(name: str) -> clients.Client:
    """For the signed-in person."""
    return _of(name, signed.person().caller)


def public(name: str) -> clients.Client:
    """For a client without an account, whoever is signed in in this browser."""
    return _of(name, tokens.ANONYMOUS)


def promising() -> list[str]:
    """The services that have a flow, and so a desk."""
    return [name for name in manifest.existing() if manifest.flows(manifest.load(name))]


def _of(name: str, who: tokens.Caller) -> clients.Client:
    known: clients.Clients = site.current().extras["clients"]
    return known.of(name, who, language.current(), trace=flask.g.get("trace"))
