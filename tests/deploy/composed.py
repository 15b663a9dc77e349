"""What is written in `deploy/`, read for the tests: the compose file with its anchors resolved, and the Dockerfile."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "compose"
FILE = FOLDER / "compose.yaml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"

COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGE = COMPOSE["x-role"]["image"]

OURS = {name: each for name, each in SERVICES.items() if each["image"] == IMAGE}
ROLES = {name: each for name, each in OURS.items() if each["command"][0] in ("web", "bus", "tasks")}
ONCE = {name: each for name, each in OURS.items() if name not in ROLES}  # they end by themselves
ALWAYS = {name: each for name, each in SERVICES.items() if name not in ONCE}


def networks(service: dict[str, Any]) -> set[str]:
    """The networks that it is in."""
    return set(service.get("networks", ()))


def ports(service: dict[str, Any]) -> list[str]:
    """What it publishes."""
    return list(service.get("ports", ()))


def variables() -> set[str]:
    """Everything that the file takes from the environment or `.env`."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its continued lines joined; `stage` counts from 0."""

    name: str
    text: str
    stage: int

    @property
    def is_exec(self) -> bool:
        """Whether it is a list of words and no line for a shell."""
        try:
            return isinstance(json.loads(self.text), list)
        except ValueError:
            return False


def dockerfile() -> list[Instruction]:
    """The Dockerfile's instructions in order."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    found: list[Instruction] = []
    stage = -1
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(name, rest.strip(), stage))
    return found
