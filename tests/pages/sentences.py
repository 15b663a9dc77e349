"""Every sentence that the gateway can say on a page, found where it is written."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jinja2
from jinja2 import lexer
from jinja2.ext import babel_extract

import services.gateway
from services.gateway.front import done, forms, moments, words
from services.gateway.pages import steps
from shared.kernel import errors

ROOT = Path(services.gateway.__file__).parent
TABLES = (
    *(table for name, table in vars(words).items() if name.isupper() and isinstance(table, dict) and name != "TONES"),
    done.SENTENCES,
    moments.ZONE_NAMES,
    steps.WHY_NOT,
)


def templates() -> list[Path]:
    """Every template."""
    return sorted((ROOT / "templates").rglob("*.html"))


def in_templates() -> Iterator[str]:
    """What `_()` is given there."""
    for path in templates():
        with path.open("rb") as file:
            for _line, _function, text, _comments in babel_extract(file, ("_",), (), {}):
                found = text[0] if isinstance(text, tuple | list) else text
                if found:
                    yield found


def in_code() -> Iterator[str]:
    """What `say` is given in the code of the pages."""
    for folder in ("front", "pages", "public"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) == "say" and node.args:
                    given = node.args[0]
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value


def in_tables() -> Iterator[str]:
    """What services' codes are called, and what was just done."""
    for table in TABLES:
        yield from (str(text) for text in table.values())
    yield from (forms.SENT_BEFORE, forms.EMPTY, steps.PAUSED)
    yield from ("Open", "Closed", "Active", "Deactivated")


def in_errors() -> Iterator[str]:
    """What the gateway's errors say."""
    for module in _modules():
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, errors.StewardError) and kind.__module__ == module.__name__:
                yield " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())


def in_faults() -> Iterator[str]:
    """What the directory says beside fields: `fields={"mail": ["..."]}`."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "fields" and isinstance(node.value, ast.Dict):
                for value in ast.walk(node.value):
                    if isinstance(value, ast.List):
                        yield from (e.value for e in value.elts if isinstance(e, ast.Constant))  # type: ignore[misc]


def loose_text(path: Path) -> list[str]:
    """Text of a template that stands outside every `_()`, attributes that people meet included."""
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
    source = path.read_text(encoding="utf-8")
    data = "".join(
        text if kind == lexer.TOKEN_DATA else "\x00" if kind == lexer.TOKEN_VARIABLE_BEGIN else ""
        for _line, kind, text in environment.lex(source)
    )
    spoken = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"\x00]*)"', data)
    outside = re.sub(r"<[^>]*>", "\n", data).replace("\x00", "\n")
    return [text.strip() for text in (*spoken, *outside.splitlines()) if re.search(r"[A-Za-z]{2}", text)]


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(services.gateway.__path__, "services.gateway."):
        if "migrations" not in found.name:
            yield importlib.import_module(found.name)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
