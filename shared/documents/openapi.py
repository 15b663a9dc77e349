"""The HTTP APIs as OpenAPI 3.1, one file per service: what each serves at `/openapi.json`."""

from __future__ import annotations

from typing import Any

from shared.documents import contract
from shared.kernel import moment
from shared.runtime import manifest, settings
from shared.store import engine
from shared.web import app, site, tokens

FOLDER = "openapi"


def files() -> dict[str, str]:
    """The files by path, for every service that has an API."""
    found: dict[str, str] = {}
    for name in manifest.existing():
        service = manifest.load(name)
        if manifest.blueprints(service):
            found[f"{FOLDER}/{name}.json"] = contract.text(document(service))
    return found


def document(service: manifest.Service) -> dict[str, Any]:
    """What the service's app says of itself. The app is made for this alone and opens nothing."""
    time, given = moment.SystemTime(), settings.read({})
    database = engine.Database(given.database(service.name), service=service.name, time=time)
    here = site.Site(
        service=service,
        database=database,
        settings=given,
        keys=tokens.Verifier({"keys": [tokens.make_key()]}, audience=service.name, time=time),
    )
    try:
        found = app.create(here).extensions["steward.openapi"].to_dict()
    finally:
        database.close()
    return {**found, "servers": [{"url": f"/api/{service.name}", "description": "Below the address of the gateway."}]}
