"""The project's modules and what each of them imports, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared", "services")


@dataclass(frozen=True)
class Module:
    """One source file of the product."""

    name: str  # shared.bus.publisher
    path: Path
    is_package: bool

    @cached_property
    def imports(self) -> tuple[tuple[str, int], ...]:
        """(absolute dotted name, line) of everything imported anywhere in the file, also inside functions."""
        return tuple(imported(self.path.read_text(encoding="utf-8"), self.name, self.is_package))


def imported(source: str, name: str, is_package: bool) -> Iterator[tuple[str, int]]:
    """What a module called `name` with this source imports; `from a import b` counts as `a.b`."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{start}.{alias.name}", node.lineno) for alias in node.names)


def modules() -> list[Module]:
    """All modules of the product, tests not among them."""
    found: list[Module] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            found.append(Module(".".join(parts[:-1] if is_package else parts), path, is_package))
    return found


def within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or lies in it."""
    return name == package or name.startswith(package + ".")
