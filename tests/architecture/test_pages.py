"""What the README and the documents say exists: links, commands, settings, make targets, code."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from shared.runtime import settings
from shared.runtime.cli import shape
from tests.architecture import sources

PAGES = [
    sources.ROOT / "README.md",
    sources.ROOT / "CONTRIBUTING.md",
    *sorted((sources.ROOT / "docs").glob("*.md")),
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
READ_ELSEWHERE = {"STEWARD_TRACEBACK", "STEWARD_<SERVICE>_URL"}
"""Settings that are no simple reading of one name."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of a page in these languages."""
    return [text for language, text in BLOCK.findall(page.read_text("utf-8")) if language in languages]


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.M):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(BLOCK.sub("", page.read_text("utf-8"))):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def commands(page: Path) -> Iterator[str]:
    """Every line or span that begins with `steward` or `make`, joined over line ends, without comments."""
    text = page.read_text("utf-8")
    lines = [line for block in blocks(page, "") for line in block.replace("\\\n", " ").splitlines()]
    spans = [" ".join(span.split()) for span in SPAN.findall(BLOCK.sub("", text))]
    for line in (*lines, *spans):
        plain = re.sub(r"\s+#.*$", "", line.strip())
        plain = re.sub(r"^(export )?(\w+=\$\(|(STEWARD_)?\w+=\S+ )+", "", plain).rstrip(")")
        plain = plain.removeprefix(".venv/bin/")
        if re.match(r"(steward|make) \S", plain):
            yield plain


@pages
def test_every_command_exists_with_its_options(page: Path) -> None:
    wrong = [line for line in commands(page) if line.startswith("steward ") and not understood(line)]
    assert wrong == []


def understood(line: str) -> bool:
    """Whether the command line names commands and options that there are; `<placeholders>` stand for anything."""
    words = shlex.split(line)[1:]
    command: click.Command = shape.steward
    context = click.Context(command, info_name="steward")
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        if words[0].startswith("<") or words[0].isupper():
            return True
        below = command.get_command(context, words.pop(0))
        if below is None:
            return False
        command, context = below, click.Context(below, parent=context)
    options = {option for each in command.get_params(context) for option in (*each.opts, *each.secondary_opts)}
    return all(word.partition("=")[0] in options for word in words if re.match(r"--?[a-z]", word))


@pages
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (sources.ROOT / "Makefile").read_text("utf-8"), re.M))
    named = [
        word for line in commands(page) if line.startswith("make ") for word in line.split()[1:] if "=" not in word
    ]
    assert sorted(set(named) - targets) == []


@pages
def test_every_piece_of_python_is_python(page: Path) -> None:
    for block in blocks(page, "python"):
        ast.parse(block)


def test_the_page_for_operators_lists_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| `(STEWARD_[\w<>]+)` \|([^|]*)\|", (sources.ROOT / "docs/operators.md").read_text("utf-8"), re.M
    )
    told = {name: default.strip().strip("`") for name, default in rows}
    read = dict(read_settings())
    assert set(told) - READ_ELSEWHERE == {f"STEWARD_{name}" for name in read}
    wrong = {
        name: (told[f"STEWARD_{name}"], default)
        for name, default in read.items()
        if default is not None and told[f"STEWARD_{name}"] != str(default)
    }
    assert wrong == {}


def read_settings() -> Iterator[tuple[str, object]]:
    """Each setting that is read by name, with its default where that is a plain value."""
    source = Path(settings.__file__).read_text("utf-8")
    reading = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "read")
    for node in ast.walk(reading):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            name = node.args[0]
            if node.func.attr in ("text", "number", "url", "one_of") and isinstance(name, ast.Constant):
                default = node.args[1] if node.func.attr != "url" and len(node.args) > 1 else None
                yield str(name.value), default.value if isinstance(default, ast.Constant) else None


def test_the_reading_of_pages_finds_what_it_is_for() -> None:
    found = [line for page in PAGES for line in commands(page)]
    assert "steward token issue tos --unit hai-phong --scope inbound" in found
    assert "make run" in found
    assert understood("steward failures replay <id> --reason why")
    assert not understood("steward failures repeat")
    assert not understood("steward failures replay --because why")


def test_the_log_events_that_operators_are_told_of_are_logged() -> None:
    logged = set()
    for module in sources.modules():
        logged |= set(re.findall(r'log\.\w+\(\s*"([a-z_]+)"', module.path.read_text("utf-8")))
    text = (sources.ROOT / "docs/operators.md").read_text("utf-8")
    told = {name for name in re.findall(r"`([a-z]+_[a-z_]+)`", text) if not name.startswith("steward_")}
    assert "event_parked" in told
    assert told - logged == set()
