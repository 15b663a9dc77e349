"""The events as AsyncAPI 3.0: which routing key carries what, for generators and catalogues of other systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from shared.bus import port
from shared.documents import contract
from shared.documents.house import Told
from shared.envelope import cloudevent

PATH = "asyncapi.yaml"

_ABOUT = """\
Domain events of Steward, CloudEvents 1.0 over AMQP 0-9-1. Every event is published if and only if its transaction
committed, at least once, in order per subject; a reader that remembers `source` and `id` sees each once. Readers ignore
what they do not know: within a version only optional fields are added."""

_INBOUND = {
    "system": {"description": "The name of the outside system; its broker user may write only this prefix."},
}


def text(events: Iterable[Told]) -> str:
    """The file."""
    return yaml.dump(document(list(events)), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay lines, and nothing is abbreviated by anchors that a reader would have to follow."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


_Dumper.add_representer(
    str,
    lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None),
)


def document(events: list[Told]) -> dict[str, Any]:
    """The whole description. It stands by itself: nothing in it points at another file."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Steward", "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": cloudevent.CONTENT_TYPE,
        "servers": {
            "broker": {
                "host": "{host}:{port}",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ; what STEWARD_AMQP_URL names.",
                "variables": {"host": {"default": "localhost"}, "port": {"default": "5672"}},
            }
        },
        "channels": {told.name: _channel(told) for told in events},
        "operations": {_verb(told): _operation(told) for told in events},
        "components": {
            "messages": {told.name: _message(told) for told in events},
            "schemas": {"envelope": _plain(contract.envelope())}
            | {told.name: _plain(contract.of(told)) for told in events},
        },
    }


def _channel(told: Told) -> dict[str, Any]:
    exchange = port.INBOUND if told.kind.inbound else port.EVENTS
    binding = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    found: dict[str, Any] = {
        "address": f"{{system}}.{told.name}" if told.kind.inbound else told.name,
        "description": told.kind.summary,
        "messages": {told.name: {"$ref": f"#/components/messages/{told.name}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": binding, "bindingVersion": "0.3.0"}},
    }
    if told.kind.inbound:
        found["parameters"] = _INBOUND
    return found


def _verb(told: Told) -> str:
    return f"{'take' if told.kind.inbound else 'publish'}.{told.name}"


def _operation(told: Told) -> dict[str, Any]:
    found: dict[str, Any] = {
        "action": "receive" if told.kind.inbound else "send",
        "channel": {"$ref": f"#/channels/{told.name}"},
        "summary": told.kind.summary,
        "tags": [{"name": told.service}],
        "messages": [{"$ref": f"#/channels/{told.name}/messages/{told.name}"}],
    }
    if heard := sorted({each.service for each in told.heard}):
        found["x-heard-by"] = heard
    return found


def _message(told: Told) -> dict[str, Any]:
    return {
        "name": told.name,
        "title": told.name,
        "summary": told.kind.summary,
        "contentType": cloudevent.CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": told.name},
                        "dataschema": {"const": told.kind.urn},
                        "data": {"$ref": f"#/components/schemas/{told.name}"},
                    },
                },
            ]
        },
        "examples": [{"name": "one", "payload": told.envelope()}],
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without what only a file of its own needs; AsyncAPI's schemas are a superset of what is left."""
    return {name: value for name, value in schema.items() if name not in ("$schema", "$id", "examples")}
