"""The lifecycles as diagrams and tables, read from the tables that the code itself runs on."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from types import ModuleType

from shared.clocks import model as clocks
from shared.documents import house
from shared.kernel.lifecycle import Lifecycle
from shared.playbook import drawing
from shared.runtime import manifest

PATH = "lifecycles.md"

_HEAD = """\
# Lifecycles

Each kind of object has one table: which verb leads from which states to which. The code, this page and the answer to
"what is possible now" are read from the same table. A verb in another state is refused with 409, which names the state
and what is possible instead.

Written by `steward docs`; do not edit.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A lifecycle and the module whose functions are its verbs."""

    lifecycle: Lifecycle
    module: ModuleType


def found() -> list[Found]:
    """Every lifecycle of the house, by name."""
    modules = [clocks]
    for service in map(manifest.load, manifest.existing()):
        modules += manifest.models(service)
    tables = {
        value.name: Found(value, module)
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Lifecycle)
    }
    return [tables[name] for name in sorted(tables)]


def text() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_section(each) for each in found())])


def drawings() -> dict[str, str]:
    """Each lifecycle as a picture, by its path below the folder."""
    return {_picture(each): drawing.svg(each.lifecycle, title=each.lifecycle.name) for each in found()}


def _picture(each: Found) -> str:
    return f"lifecycles/{each.lifecycle.name}.svg"


def _section(each: Found) -> str:
    table = each.lifecycle
    lines = [
        f"## {table.name}",
        "",
        f"![{table.name}]({_picture(each)})",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {table.initial}",
    ]
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in table.moves:
        for source in move.sources:
            arrows.setdefault((source, move.target), []).append(move.verb)
    lines += [f"    {source} --> {target}: {', '.join(verbs)}" for (source, target), verbs in arrows.items()]
    lines += [f"    {state} --> [*]" for state in table.states if not table.possible(state)]
    lines += ["```", "", "| verb | from | to | what it is |", "|---|---|---|---|"]
    for verb in dict.fromkeys(move.verb for move in table.moves):
        moves = [move for move in table.moves if move.verb == verb]
        sources = ", ".join(f"`{source}`" for move in moves for source in move.sources)
        stays = all(move.sources == (move.target,) for move in moves)
        targets = "the same" if stays else ", ".join(dict.fromkeys(f"`{move.target}`" for move in moves))
        lines.append(f"| `{verb}` | {sources} | {targets} | {_about(each.module, verb)} |")
    return "\n".join([*lines, ""])


def _about(model: ModuleType, verb: str) -> str:
    """What the verb's function in the model says, else the command's; a verb may need neither."""
    places = [model]
    commands = f"{model.__name__.rpartition('.')[0]}.commands"
    if importlib.util.find_spec(commands):
        places.append(importlib.import_module(commands))
    for place in places:
        for name in (verb, f"{verb}_"):
            if callable(function := getattr(place, name, None)):
                return house.summary(function).partition(" Raises ")[0]
    return ""
