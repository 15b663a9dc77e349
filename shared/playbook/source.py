"""A YAML file with the line of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_PLACES = 50_000  # an alias of an alias of an alias would grow without end

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `vimc-support.yaml:12: clocks.classify.within: ...`."""

    file: str
    line: int
    place: Place
    what: str

    def __str__(self) -> str:
        """One line, as editors and people read it."""
        path = ".".join(map(str, self.place))
        return f"{self.file}:{self.line}: {path + ': ' if path else ''}{self.what}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that could be read: its content, and the line of each place in it."""

    file: str
    content: dict[str, Any]
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(path: Path) -> Source | Fault:
    """The file's content, or the first thing that keeps it from being read."""
    name = path.name
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        return Fault(name, 1, (), f"cannot be read ({error.strerror or error})")
    except UnicodeDecodeError:
        return Fault(name, 1, (), "is not UTF-8")
    if len(raw) > MAX_BYTES:
        return Fault(name, 1, (), f"is larger than {MAX_BYTES} bytes")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Place, int] = {}
        content = _value(node, (), lines)
    except _Wrong as wrong:
        return Fault(name, wrong.line, wrong.place, wrong.what)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Fault(name, mark.line + 1 if mark else 1, (), f"is not YAML: {error.problem or error.context}")
    except (yaml.YAMLError, RecursionError) as error:
        return Fault(name, 1, (), f"is not YAML: {error}")
    if not isinstance(content, dict):
        return Fault(name, 1, (), "is not a mapping")
    return Source(name, content, lines)


class _Wrong(Exception):
    def __init__(self, line: int, place: Place, what: str) -> None:
        super().__init__(what)
        self.line, self.place, self.what = line, place, what


def _value(node: Any, place: Place, lines: dict[Place, int]) -> Any:
    """The node as plain values; a key that is given twice is a fault and not the last one's victory."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    if len(place) > MAX_DEPTH:
        raise _Wrong(line, place, f"is nested deeper than {MAX_DEPTH} levels")
    if len(lines) > MAX_PLACES:
        raise _Wrong(line, place, f"has more than {MAX_PLACES} entries")
    lines.setdefault(place, line)
    if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        raise _Wrong(line, place, f"the tag {node.tag} is not taken")
    if isinstance(node, yaml.MappingNode):
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            at = (*place, key)
            if key in found:
                raise _Wrong(key_node.start_mark.line + 1, at, "is given twice")
            lines[at] = key_node.start_mark.line + 1
            found[key] = _value(value_node, at, lines)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, index), lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        raise _Wrong(node.start_mark.line + 1, (), "a key is not a plain word")
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value  # a version like 2026-11-22 is a word to us
    if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() not in ("true", "false"):
        return node.value  # `on` is a word, as in YAML 1.2
    try:
        return yaml.SafeLoader("").construct_object(yaml.ScalarNode(node.tag, node.value))
    except (yaml.YAMLError, ValueError) as error:
        raise _Wrong(node.start_mark.line + 1, (), f"{node.value!r} cannot be read") from error
