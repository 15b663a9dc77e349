"""Names of modules, weight of the start, and what must never stand in a file of the project."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import sources

NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}

# Each of these costs 50 ms to a second and tens of megabytes: imported by the task that uses it, not by the command.
HEAVY = [
    "typst",
    "openpyxl",
    "xlsxwriter",
    "charset_normalizer",
    "authlib",
    "pypinyin",
    "docx",
    "docxtpl",
    "obstore",
    "boto3",
    "rapidfuzz",
    "holidays",
    "testcontainers",
]

# Written in pieces, so that this file does not contain what it forbids.
REGISTRIES = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb.debian" + ".org"]
MACHINE_PATHS = ["/ro" + "ot/", "/wo" + "rk/", "/op" + "t/wheels", "/op" + "t/pypi", "/tmp/no" + "tes"]
FORBIDDEN = re.compile(
    "|".join([*map(re.escape, REGISTRIES), *(rf"(?<![\w.<}}-]){re.escape(path)}" for path in MACHINE_PATHS)])
)

SHEETS = {"openpyxl", "xlsxwriter", "charset_normalizer"}


def test_every_module_has_a_name_that_says_something() -> None:
    wrong = [module.name for module in sources.modules() if NAMELESS & set(module.name.split("."))]
    assert wrong == []


def test_the_command_starts_light() -> None:
    code = "import sys, shared.runtime.cli; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=sources.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "shared" in loaded
    assert sorted(loaded & set(HEAVY)) == []


def test_spreadsheet_libraries_are_imported_by_who_uses_them() -> None:
    """Inside the function: they are loaded with the first file, not with the process."""
    wrong = [
        f"{module.name}: {name}"
        for module in sources.modules()
        for node in ast.parse(module.path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.partition(".")[0] in SHEETS
    ]
    assert wrong == []


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    wrong: list[str] = []
    for path in _project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a compiled catalogue, a picture
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if FORBIDDEN.search(line):
                wrong.append(f"{path.relative_to(sources.ROOT)}:{number}: {line.strip()[:100]}")
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "caught"), [("see /wo" + "rk/main", True), ("GET /matters/wo" + "rk/1", False), ("a.b/c", False)]
)
def test_a_machine_path_is_told_from_a_part_of_an_address(line: str, caught: bool) -> None:
    assert bool(FORBIDDEN.search(line)) is caught


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-pages.lock"])
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock: str) -> None:
    lines = (sources.ROOT / lock).read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert packages
    assert [line for line in packages if not re.match(r"[a-z0-9._\[\],-]+==\S+( ;.*)? \\$", line)] == []
    assert sum(line.lstrip().startswith("--hash=sha256:") for line in lines) >= len(packages)


def test_both_locks_agree_so_that_tests_run_what_users_run() -> None:
    runtime, development = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


def _pins(lock: str) -> dict[str, str]:
    text = (sources.ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[\S+\])?==(\S+)", text, re.MULTILINE))


def _project_files() -> list[Path]:
    """What git tracks or would track; in an unpacked archive, everything but what tools leave behind."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=sources.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := sources.ROOT / name).is_file()]
    left_behind = {".venv", "var", "__pycache__", "build", "dist"}
    files = (path for path in sources.ROOT.rglob("*") if path.is_file())
    return [path for path in files if not left_behind & set(path.relative_to(sources.ROOT).parts)]
