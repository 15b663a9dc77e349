"""What a module says to people: read from its source, with constants and tables looked up where it takes them from."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import marshmallow as ma

from shared.kernel import errors
from tests.architecture import sources

SAYING = re.compile(r"shared\.locale\.catalogue|services\.gateway\.front\.language")
SAYERS = {"sentence", "translate", "plural", "say"}
"""The functions whose first arguments are sentences, and where they live."""
FACTS = {"why", "missing"}
"""Facts of errors that are words of ours."""


class Shape(str):
    """What the results of an f-string look like; they are recognised by it, so the names in it do not matter."""

    __slots__ = ()


class Reader(ast.NodeVisitor):
    """Walks one module."""

    def __init__(self, module: sources.Module, add: Callable[[str, str], None]) -> None:
        self._module, self._note = module, add
        self._globals = vars(importlib.import_module(module.name))
        self._functions: list[ast.AST] = []

    def _where(self, node: ast.AST) -> str:
        return f"{self._module.path.relative_to(sources.ROOT)}:{getattr(node, 'lineno', 0)}"

    def _add(self, node: ast.expr) -> None:
        for text in self._texts(node, 0):
            self._note(text, self._where(node))

    def _function(self, node: Any) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    visit_FunctionDef = visit_Lambda = _function  # noqa: N815 - the visitor's names

    def visit_Call(self, node: ast.Call) -> None:
        """What is said, what validators refuse with, what errors are told."""
        called = self._value(node.func)
        if inspect.isfunction(called) and SAYING.fullmatch(called.__module__) and called.__name__ in SAYERS:
            for argument in node.args[: 2 if called.__name__.startswith("plural") else 1]:
                self._add(argument)
        elif node.args and (_refuses(called) or ast.unparse(node.func).endswith("faults.append")):  # joined into `why`
            self._add(node.args[0])
        for keyword in node.keywords:
            if keyword.arg in FACTS:
                self._add(keyword.value)
            elif keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
                for value in keyword.value.values:
                    self._add(value)
            elif keyword.arg == "fields" and isinstance(keyword.value, ast.DictComp):
                self._add(keyword.value.value)
        self.generic_visit(node)

    # ---- the texts that an expression may have

    def _texts(self, node: ast.expr, depth: int) -> Iterator[str]:
        if depth > 6:
            return
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield Shape(braced(node))
        elif isinstance(node, ast.List | ast.Tuple):
            for part in node.elts:
                yield from self._texts(part, depth + 1)
        elif isinstance(node, ast.Dict):
            for part in node.values:
                yield from self._texts(part, depth + 1)
        elif isinstance(node, ast.DictComp):
            yield from self._texts(node.value, depth + 1)
        elif isinstance(node, ast.IfExp):
            yield from self._texts(node.body, depth + 1)
            yield from self._texts(node.orelse, depth + 1)
        elif isinstance(node, ast.BoolOp):
            for part in node.values:
                yield from self._texts(part, depth + 1)
        elif isinstance(node, ast.Subscript):
            yield from self._texts(node.value, depth + 1)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "items"):
            yield from self._texts(node.func.value, depth + 1)
            for default in node.args[1:]:
                yield from self._texts(default, depth + 1)
        elif isinstance(node, ast.Call):
            yield from self._returned(self._value(node.func), depth)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from self._named(node, depth)

    def _returned(self, function: Any, depth: int) -> Iterator[str]:
        """What a function of ours may answer with."""
        if inspect.isfunction(function) and function.__module__ == self._module.name:
            for part in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Constant | ast.JoinedStr | ast.IfExp):
                    yield from self._texts(part.value, depth + 1)

    def _named(self, node: ast.Name | ast.Attribute, depth: int) -> Iterator[str]:
        bound = [value for value in self._bound(node.id) if value is not node] if isinstance(node, ast.Name) else []
        if bound:
            for value in bound:
                yield from self._texts(value, depth + 1)
        else:
            yield from strings(self._value(node))

    def _bound(self, name: str) -> list[ast.expr]:
        """What a local name is bound to in the functions around: by assignment, loop or comprehension."""
        values: list[ast.expr] = []
        for function in self._functions:
            for node in ast.walk(function):
                pairs: list[tuple[ast.expr, ast.expr]] = []
                if isinstance(node, ast.Assign):
                    pairs = [(target, node.value) for target in node.targets]
                elif isinstance(node, ast.For | ast.comprehension):
                    pairs = [(node.target, node.iter)]
                for target, value in pairs:
                    if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target)):
                        values.append(value)
        return values

    def _value(self, node: ast.expr) -> Any:
        """The value of a global name or of a module's attribute."""
        if isinstance(node, ast.Name):
            return self._globals.get(node.id)
        if isinstance(node, ast.Attribute):
            holder = self._value(node.value)
            return getattr(holder, node.attr, None) if inspect.ismodule(holder) or isinstance(holder, type) else None
        return None


def _refuses(called: Any) -> bool:
    return isinstance(called, type) and issubclass(called, (errors.StewardError, ma.ValidationError))


def strings(value: Any) -> Iterator[str]:
    """The texts in a constant: itself, or what a table holds (its keys are codes)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)


def braced(node: ast.JoinedStr) -> str:
    """An f-string as the sentence that its results match: each value in braces, by the name that it comes from."""
    names: dict[str, str] = {}
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            source = ast.unparse(part.value)
            if source not in names:
                name = _name_of(part.value)
                taken = sum(given.rstrip("0123456789") == name for given in names.values())
                names[source] = name if not taken else f"{name}{taken + 1}"
            text += "{" + names[source] + "}"
    return text


def _name_of(value: ast.expr) -> str:
    if isinstance(value, ast.Attribute):
        return value.attr.lower()
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name) and not hasattr(builtins, node.id)]
    return names[0].lower().strip("_") if names else "value"
