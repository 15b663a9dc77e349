"""Every sentence that a person may read, found in the code itself, so that none can be left untranslated.

Found are: the docstrings of our errors; titles and details of problems; what validators of marshmallow and of our own
say; the facts `why` and `missing` of errors; whatever is handed to `say`, `translate`, `plural` and their like, or in
templates to `_`; the words of `words.py` modules; the states and verbs of every lifecycle, the steps of every flow.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import marshmallow as ma
from jinja2 import Environment, nodes
from marshmallow import fields, validate

from shared import locale as languages
from shared.documents import lifecycles
from shared.kernel import errors
from shared.runtime import manifest
from tests.architecture import sources, speech

IN_TEMPLATES = {"_": 1}
"""Their names in templates, and how many of the arguments are sentences."""
ACTS = re.compile(r"\.migrations\.|^shared\.runtime\.serve$")
"""Modules that do something when they are imported; they say nothing to anybody."""
FAILURE_STATES = ("parked", "replayed", "resolved", "discarded")
"""States of failed work, which has no lifecycle table of its own."""


def bare(text: str) -> str:
    """A sentence with the names of its facts taken out."""
    return re.sub(r"\{\w+\}", "{}", text)


@dataclass
class Found:
    """Sentences and words with the places they stand at, the first of each."""

    sentences: dict[str, str] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, text: str, where: str) -> None:
        """Note a sentence."""
        if text.strip() and re.search(r"[^\W\d_]", re.sub(r"\{\w*\}", "", text)):
            self.sentences.setdefault(text, where)

    def lacking(self, known: set[str]) -> dict[str, str]:
        """The sentences that are not among the known ones."""
        shapes = {bare(text) for text in known}
        return {
            text: where
            for text, where in self.sentences.items()
            if text not in known and not (isinstance(text, speech.Shape) and bare(text) in shapes)
        }

    def says(self, text: str) -> bool:
        """Whether anything here is said by this sentence."""
        return text in self.sentences or bare(text) in {bare(s) for s in self.sentences if isinstance(s, speech.Shape)}


@cache
def found() -> Found:
    """All of them."""
    result = Found()
    modules = [module for module in sources.modules() if not ACTS.search(module.name)]
    for module in modules:
        importlib.import_module(module.name)
    _errors(result)
    _validators(result)
    for module in modules:
        speech.Reader(module, result.add).visit(ast.parse(module.path.read_text(encoding="utf-8")))
        if module.name.endswith(".words"):
            _words(module, result)
    for path in sorted(sources.ROOT.glob("services/*/**/templates/**/*.html")):
        _template(path, result)
    for each in lifecycles.found():
        for state in each.lifecycle.states:
            result.words.setdefault((languages.STATE, state), each.lifecycle.name)
        for move in each.lifecycle.moves:
            result.words.setdefault((languages.VERB, move.verb), each.lifecycle.name)
    for name in manifest.existing():
        for flow in manifest.flows(manifest.load(name)).values():
            for step in flow.steps:
                result.words.setdefault((languages.VERB, step), flow.name)
    for state in FAILURE_STATES:
        result.words.setdefault((languages.STATE, state), "shared.failures")
    return result


def _errors(result: Found) -> None:
    pending = [errors.StewardError]
    while pending:
        class_ = pending.pop()
        pending += class_.__subclasses__()
        if class_.__module__.startswith(sources.PACKAGES) and class_.__doc__:
            text = " ".join(inspect.cleandoc(class_.__doc__).split("\n\n")[0].split())
            result.add(text, f"{class_.__module__}.{class_.__name__}")


def _validators(result: Found) -> None:
    """What the installed marshmallow can say: its texts are templates that it fills in before we see them."""
    for class_ in vars(fields).values():
        if isinstance(class_, type) and issubclass(class_, fields.Field):
            kind = {"obj_type": getattr(class_, "OBJ_TYPE", ""), "awareness": getattr(class_, "AWARENESS", "")}
            for key, text in class_.default_error_messages.items():
                said = all(value or f"{{{name}}}" not in str(text) for name, value in kind.items())
                if said and key != "format":  # which is about writing, not about what somebody sent
                    result.add(errors.fill(str(text), kind), f"marshmallow {class_.__name__}")
    for text in ma.Schema._default_error_messages.values():
        result.add(text, "marshmallow Schema")
    for class_ in vars(validate).values():
        if class_ is not validate.Range and isinstance(class_, type) and issubclass(class_, validate.Validator):
            for name, text in vars(class_).items():
                if (name.startswith("message") or name == "default_message") and isinstance(text, str):
                    result.add(text, f"marshmallow {class_.__name__}")
    for low, high in itertools.product((True, False), repeat=2):
        for least, most in ((0, None), (None, 0), (0, 0)):
            made = validate.Range(least, most, min_inclusive=low, max_inclusive=high)
            text = made.message_all if least == most else made.message_max if least is None else made.message_min
            result.add(text, "marshmallow Range")


def _words(module: sources.Module, result: Found) -> None:
    """Tables of what codes are called on screen: whatever starts like a sentence (the rest are codes and classes)."""
    for name, value in vars(importlib.import_module(module.name)).items():
        if name.isupper() and isinstance(value, dict):
            for text in speech.strings(value):
                if text[:1].isupper():
                    result.add(text, f"{module.name}.{name}")


def _template(path: Path, result: Found) -> None:
    parsed = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))  # read, never rendered
    where = path.relative_to(sources.ROOT)
    for call in parsed.find_all(nodes.Call):
        saying = IN_TEMPLATES.get(call.node.name, 0) if isinstance(call.node, nodes.Name) else 0
        for position, argument in enumerate(call.args):
            constants: list[nodes.Node] = []
            if position < saying:
                constants = [argument, *argument.find_all(nodes.Const)]
            elif isinstance(argument, nodes.Dict):  # words for codes, handed to a macro that says them
                constants = [pair.value for pair in argument.items]
            for constant in constants:
                if isinstance(constant, nodes.Const) and isinstance(constant.value, str):
                    result.add(constant.value, f"{where}:{call.lineno}")
